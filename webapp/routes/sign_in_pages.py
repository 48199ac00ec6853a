"""The HTML of signing in and out and of invitations: plain forms without scripts, everything in them escaped."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark; --back: #fbfcfc; --text: #1c2b30; --line: #b8c4c8; --main: #0b7a75; --bad: #a63f26; }
@media (prefers-color-scheme: dark) { :root { --back: #14191c; --text: #e3eaec; --line: #46575f; --main: #23938b;
  --bad: #f0977c; } }
body { background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; margin: 0;
  display: grid; place-items: center; min-height: 100vh; }
main { width: min(22rem, calc(100vw - 3rem)); padding: 2rem 0; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } p { margin: .3rem 0 1rem; }
label { display: block; margin: .9rem 0 .2rem; }
input { box-sizing: border-box; width: 100%; font: inherit; padding: .5rem .6rem; border: 1px solid var(--line);
  border-radius: .4rem; background: transparent; color: inherit; }
button, a.button { display: block; box-sizing: border-box; width: 100%; margin-top: 1.3rem; padding: .55rem;
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; color: #fff; background: #0b7a75;
  border: 0; border-radius: .4rem; cursor: pointer; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.wrong { color: var(--bad); font-weight: 600; } a { color: var(--main); }
"""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}


def shown(title: str, body: str, status: int = 200) -> HTMLResponse:
    """A whole page around a body of HTML."""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · Glint</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(text, status, headers=_HEADERS)


def told(sentence: str, *, wrong: bool = False) -> str:
    """A paragraph."""
    return f'<p{" class=wrong role=alert" if wrong else ""}>{escape(sentence)}</p>' if sentence else ""


def form(fields: str, button: str, hidden: dict[str, str]) -> str:
    """A form that comes back to its own address."""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value, quote=True)}">'
        for name, value in hidden.items()
    )
    return f'<form method="post">{kept}{fields}<button type="submit">{escape(button)}</button></form>'


def field(label: str, name: str, kind: str, complete: str, value: str = "", *, first: bool = False) -> str:
    """One line to type into."""
    return (
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" type="{kind}" required '
        f'autocomplete="{complete}" maxlength="300" value="{escape(value, quote=True)}"{" autofocus" if first else ""}>'
    )


def link(label: str, address: str) -> str:
    """A link that looks like a button."""
    return f'<a class="button" href="{escape(address, quote=True)}">{escape(label)}</a>'
