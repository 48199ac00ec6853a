"""The report of an experiment as JSON, as a table in text and Markdown, and as one HTML page that needs no network.

As in `reports`: the chart is drawn as SVG and carries its Vega-Lite specification, which Altair opens.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spotcore.report_charts import VEGA_LITE

_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")
_LEFT, _TOP, _WIDTH, _HEIGHT = 52, 16, 560, 280


def as_table(report: Mapping[str, Any]) -> str:
    """Plain text: a line per condition with every figure, and its difference from the reference in the main one."""
    names = list(report["better"])
    main = names[0]
    head = ["", *(f"{main} [95 %]" if name == main else name for name in names), f"{main}, against the reference"]
    body = []
    for row in report["rows"]:
        label = f"{row['series']}: {row['name']}" if row["series"] else row["name"]
        cells = [label]
        for name in names:
            found = row["figures"][name]
            interval = f" [{found['low']:.3f}, {found['high']:.3f}]" if name == main else ""
            cells.append(f"{found['value']:.3f}{interval}")
        body.append([*cells, "reference" if row["reference"] else _difference(row["difference"][main])])
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    lines = [f"{report['name']}: {report['question']}",
             f"{report['corpus']}, preset {report['preset']}: {report['subjects']} subjects, "
             f"{_seeds(report)}, {report['seconds']} s of processor time", ""]  # fmt: skip
    for line in [head, *body]:
        first, *rest = line
        padded = [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest[:-1], widths[1:-1], strict=True)), rest[-1]]
        lines.append("  ".join(padded).rstrip())
    return "\n".join([*lines, *(f"note: {note}" for note in report["notes"])])


def as_markdown(report: Mapping[str, Any]) -> str:
    """The table for a text such as EXPERIMENTS.md: intervals in the main figure only."""
    names = list(report["better"])
    main = names[0]
    head = [report["axis"], f"{main} [95 %]", *names[1:], "difference [95 %]"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in report["rows"]:
        found = row["figures"][main]
        cells = [f"{row['series']}: {row['name']}" if row["series"] else row["name"],
                 f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]",
                 *(f"{row['figures'][name]['value']:.3f}" for name in names[1:]),
                 "reference" if row["reference"] else _difference(row["difference"][main])]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _seeds(report: Mapping[str, Any]) -> str:
    if not report["trains"]:
        return "nothing is trained"
    count = report["seeds"]
    return "ONE SEED (no spread between trainings is known)" if count == 1 else f"{count} seeds"


def _difference(found: Mapping[str, Any]) -> str:
    return f"{found['value']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}] {found['verdict']}"


def as_html(report: Mapping[str, Any]) -> str:
    """The whole page as text."""
    title = html.escape(f"{report['name']}: {report['question']}")
    charts = []
    for name in report["better"]:
        spec = json.dumps(chart(report, name)).replace("<", "\\u003c")
        charts += [f"<h2>{html.escape(name)}</h2>", _svg(report, name),
                   f'<script type="application/vnd.vegalite+json">{spec}</script>']  # fmt: skip
    style = (
        "body{font:15px system-ui,sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color-scheme:light dark}"
        "pre{overflow-x:auto;font-size:13px}svg{max-width:100%}"
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style><body>'
        f"<h1>{title}</h1><pre>{html.escape(as_table(report))}</pre>"
        "<p>Points are means over seeds; lines are 95 % intervals of drawing subjects and seeds again.</p>"
        + "\n".join(charts)
        + "</body></html>\n"
    )


def chart(report: Mapping[str, Any], figure: str) -> dict[str, Any]:
    """Vega-Lite: a point with its interval per condition, series by colour; the data are inside."""
    values = [
        {"condition": row["name"], "series": row["series"] or report["name"], **_ends(row["figures"][figure])}
        for row in report["rows"]
    ]
    order = list(dict.fromkeys(row["name"] for row in report["rows"]))
    x = {"field": "condition", "type": "nominal", "sort": order, "title": report["axis"]}
    colour = {"field": "series", "type": "nominal"}
    offset = {"field": "series"}
    return {
        "$schema": VEGA_LITE,
        "data": {"values": values},
        "encoding": {"x": x, "xOffset": offset, "color": colour},
        "layer": [
            {"mark": "rule", "encoding": {"y": {"field": "low", "type": "quantitative", "title": figure},
                                          "y2": {"field": "high"}}},
            {"mark": {"type": "point", "filled": True, "size": 70},
             "encoding": {"y": {"field": "value", "type": "quantitative"}}},
        ],
        "width": _WIDTH,
        "height": _HEIGHT,
    }  # fmt: skip


def _ends(found: Mapping[str, Any]) -> dict[str, float]:
    return {name: found[name] for name in ("value", "low", "high")}


def _svg(report: Mapping[str, Any], figure: str) -> str:
    """The same chart drawn: conditions side by side, series beside each other within one."""
    rows = report["rows"]
    names = list(dict.fromkeys(row["name"] for row in rows))
    series = list(dict.fromkeys(row["series"] for row in rows))
    low, high = _axis([row["figures"][figure] for row in rows])

    def height(value: float) -> float:
        return _TOP + _HEIGHT * (high - min(max(value, low), high)) / (high - low)

    parts = []
    for step in range(5):
        value = low + (high - low) * step / 4
        y = height(value)
        parts.append(f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#8884"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>')
    slot = _WIDTH / len(names)
    turned = slot < 7 * max(map(len, names))
    for number, name in enumerate(names):
        x = _LEFT + (number + 0.5) * slot
        anchor = f'text-anchor="end" transform="rotate(-28 {x:.1f} {_TOP + _HEIGHT + 16})"' if turned else (
            'text-anchor="middle"')  # fmt: skip
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _HEIGHT + 18}" {anchor}>{html.escape(name)}</text>')
    for number, kind in enumerate(series):
        colour, places = _COLOURS[number % len(_COLOURS)], []
        for row in (row for row in rows if row["series"] == kind):
            found = row["figures"][figure]
            x = _LEFT + (names.index(row["name"]) + (number + 1) / (len(series) + 1)) * slot
            y = height(found["value"])
            places.append(f"{x:.1f},{y:.1f}")
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{height(found["low"]):.1f}" '
                         f'y2="{height(found["high"]):.1f}" stroke="{colour}" stroke-width="2"/>')  # fmt: skip
            fill = colour if not row["reference"] else "none"
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="{colour}" stroke-width="2"/>')
        if kind:
            parts.append(f'<text x="{_LEFT + _WIDTH + 10}" y="{_TOP + 14 + 20 * number}" fill="{colour}">'
                         f"{html.escape(kind)}</text>")  # fmt: skip
    drop = 20 + (int(3.4 * max(map(len, names))) if turned else 0)
    parts.append(f'<text x="{_LEFT + _WIDTH / 2}" y="{_TOP + _HEIGHT + drop + 24}" text-anchor="middle">'
                 f'{html.escape(report["axis"])} (hollow: reference)</text>')  # fmt: skip
    right = 20 + int(7.2 * max((len(kind) for kind in series), default=0))
    size = f"{_LEFT + _WIDTH + right} {_TOP + _HEIGHT + drop + 36}"
    return (f'<svg viewBox="0 0 {size}" width="{size.split()[0]}" fill="currentColor" font-size="12" '
            f'role="img">{"".join(parts)}</svg>')  # fmt: skip


def _axis(found: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """From 0 where the data come near it, so that differences are not blown up, to a round number above."""
    top = max(entry["high"] for entry in found)
    bottom = min(0.0, min(entry["low"] for entry in found))
    if top <= 1 and bottom >= 0 and top > 0.4:
        return 0.0, 1.0
    return bottom, top * 1.08 if top > bottom else bottom + 1


def write_report(out: Path, report: Mapping[str, Any]) -> None:
    """result.json, result.txt, result.md and result.html in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    numbers = json.dumps(report, indent=1, ensure_ascii=False)
    text = {"json": numbers, "txt": as_table(report), "md": as_markdown(report), "html": as_html(report)}
    for suffix, content in text.items():
        part = out / f"result.{suffix}.part"
        part.write_text(content + "\n", encoding="utf-8")
        part.replace(out / f"result.{suffix}")
