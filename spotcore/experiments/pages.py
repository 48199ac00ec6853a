"""The report of an experiment as JSON, as a table in text and Markdown, and as one HTML page that needs no network.

As in `reports`: the chart is drawn as SVG and carries its Vega-Lite specification, which Altair opens.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spotcore.report_charts import VEGA_LITE

_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")
_LEFT, _TOP, _WIDTH, _HEIGHT = 52, 16, 560, 280


def as_table(report: Mapping[str, Any]) -> str:
    """Plain text: a line per condition with every figure, and its difference from the reference in the main one."""
    rows = _cells(report)
    rows[0][0] = ""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"{report['name']}: {report['question']}", _about(report), ""]
    for first, *rest in rows:
        middle = [cell.rjust(width) for cell, width in zip(rest[:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *middle, rest[-1]]).rstrip())
    return "\n".join([*lines, *(f"note: {note}" for note in report["notes"])])


def as_markdown(report: Mapping[str, Any]) -> str:
    """The same table for a text such as EXPERIMENTS.md."""
    head, *body = ["| " + " | ".join(row) + " |" for row in _cells(report)]
    return "\n".join([head, "|---" * (len(report["better"]) + 2) + "|", *body])


def _cells(report: Mapping[str, Any]) -> list[list[str]]:
    """Heading and a row per condition: its name, the main figure with its interval, the others, the difference."""
    main, *others = report["better"]
    rows = [[report["axis"], f"{main} [95 %]", *others, f"difference in {main} [95 %]"]]
    for row in report["rows"]:
        found = row["figures"][main]
        rows.append([
            f"{row['series']}: {row['name']}" if row["series"] else row["name"],
            f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]",
            *(f"{row['figures'][name]['value']:.3f}" for name in others),
            "reference" if row["reference"] else _difference(row["difference"][main]),
        ])  # fmt: skip
    return rows


def _about(report: Mapping[str, Any]) -> str:
    return (
        f"{report['corpus']}, preset {report['preset']}: {report['subjects']} subjects, {_seeds(report)}, "
        f"{report['seconds']} s of processor time"
    )


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
        "table{border-collapse:collapse}td,th{padding:.25em .7em;border-bottom:1px solid #8886;text-align:left}"
        "svg{max-width:100%}"
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style><body>'
        f"<h1>{title}</h1><p>{html.escape(_about(report))}.</p>{_html_table(report)}<ul>"
        + "".join(f"<li>{html.escape(note)}</li>" for note in report["notes"])
        + "</ul><p>Points are means over seeds; lines are 95 % intervals of drawing subjects and seeds again.</p>"
        + "\n".join(charts)
        + "</body></html>\n"
    )


def _html_table(report: Mapping[str, Any]) -> str:
    head, *body = [[html.escape(cell) for cell in row] for row in _cells(report)]
    lines = ["".join(f"<th>{cell}</th>" for cell in head), *("".join(f"<td>{c}</td>" for c in row) for row in body)]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


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
    """From 0, so that differences are not blown up, or a round number below it, to a round number above."""
    top, bottom = max(entry["high"] for entry in found), min(entry["low"] for entry in found)
    if bottom >= 0 and 0.4 < top <= 1:
        return 0.0, 1.0
    span = max(top, -bottom)
    if span == 0:
        return 0.0, 1.0
    unit = 10 ** np.floor(np.log10(span))
    step = float(unit * next(size for size in (1, 2, 4, 8, 10) if size * unit >= span))
    return -step if bottom < 0 else 0.0, step if top > 0 else 0.0


def write_report(out: Path, report: Mapping[str, Any]) -> None:
    """result.json, result.txt, result.md and result.html in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    numbers = json.dumps(report, indent=1, ensure_ascii=False)
    text = {"json": numbers, "txt": as_table(report), "md": as_markdown(report), "html": as_html(report)}
    for suffix, content in text.items():
        part = out / f"result.{suffix}.part"
        part.write_text(content + "\n", encoding="utf-8")
        part.replace(out / f"result.{suffix}")
