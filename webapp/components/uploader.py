"""The upload box for videos: mounts the JavaScript under assets/uploader, which sends files through /api/uploads.

No bytes of a video pass through Streamlit; `st.file_uploader` would hold every file in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parent / "assets"
_NAMES = ("uploader/uploader.js", "uploader/transfer.js")

# The inline part stays a stub: Streamlit sends it again at every rerun.
_STUB = """export default function (component) {
  const address = new URL(component.data.assets["uploader/uploader.js"], location.origin).href;
  import(address).then((module) => module.mount(component));
}"""


def asset_url(name: str) -> str:
    """Address of an asset with its content hash, so that browsers may keep it for ever."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:16]
    return f"/api/assets/{name}?v={digest}"


def uploader(token: str, subjects: Sequence[str] = (), limit: str = "", key: str = "uploader") -> int:
    """Draw the box.

    Args:
        token: for the routes, fresh at every rerun.
        subjects: known subject codes, offered while typing.
        limit: a remark beside the button, such as the largest size allowed.

    Returns:
        Number of files that were uploaded since the page was opened.
    """
    # Registered at every run: what is registered at import exists only in the first session of a test process.
    mount = st.components.v2.component(
        "glint_uploader", css=(ASSETS / "uploader/uploader.css").read_text(), js=_STUB
    )
    result = mount(
        key=key,
        data={
            "token": token,
            "subjects": list(subjects),
            "limit": limit,
            "assets": {name: asset_url(name) for name in _NAMES},
        },
        on_finished_change=_ignore,
        on_renew_change=_ignore,
    )
    finished = result.get("finished") if result else None
    return int((finished or {}).get("count", 0))


def _ignore() -> None:
    """The rerun itself is what is wanted: it hands out a fresh token and draws the new list."""
