"""The report of a leave-one-subject-out run as JSON, as a text table and as one HTML page.

The page works without a network: tables are HTML, charts are drawn as SVG. Each chart also carries its Vega-Lite
specification, which Altair opens (`altair.Chart.from_dict`); loading Vega from elsewhere would break the promise that
nothing leaves the machine, and spotcore does not depend on Altair.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spotcore.corpora.megc import write_submission
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.label_csv import LabelRow, write_labels

KINDS = ("overall", *EXPRESSION_TYPES)
MEANINGS = {
    "nested": "epoch and thresholds chosen on the fold's validation subjects: the figure to quote",
    "nested_pooled": "epoch and thresholds chosen on the other folds' held-out subjects",
    "last_epoch": "last epoch, thresholds from the validation subjects",
    "paper_style": "epoch chosen ON the held-out subject, as releases do: too good by construction",
    "baseline": "training-free baseline on the same videos, thresholds from all other subjects",
}
_COLOURS = {"overall": "#444444", "macro": "#1f77b4", "micro": "#d62728"}
VEGA_LITE = "https://vega.github.io/schema/vega-lite/v6.json"


def as_json(report: Mapping[str, Any]) -> str:
    return json.dumps(report, indent=1, ensure_ascii=False)


def as_table(report: Mapping[str, Any]) -> str:
    """Plain text: a line per way of choosing, then costs, secondary figures and notes."""
    cost = report["cost"]
    lines = [
        f"{report['corpus']}  {report['architecture']}  {report['subjects']} subjects, {report['videos']} videos, "
        f"{report['events']['macro']} macro + {report['events']['micro']} micro",
        f"{cost['parameters']:,} parameters, {cost['mflop_per_frame']:g} MFLOP and "
        f"{cost['ms_per_frame']:g} ms per frame ({cost['device']})",
        "",
        f"{'':14} {'overall F1 [95 %]':24} {'macro':>7} {'micro':>7}   TP   FP   FN",
    ]
    for name, row in report["results"].items():
        scores, (low, high) = row["scores"], row["f1_range_95"]["overall"]
        overall = f"{scores['overall']['f1']:.4f} [{low:.3f}, {high:.3f}]"
        counts = " ".join(f"{scores['overall'][key]:4d}" for key in ("tp", "fp", "fn"))
        lines.append(f"{name:14} {overall:24} {scores['macro']['f1']:7.4f} {scores['micro']['f1']:7.4f} {counts}")
    sweep = "  ".join(f"{iou} {row['overall']:.3f}" for iou, row in report["iou_sweep"].items())
    lines += ["", f"nested: F1 at IoU {sweep}"]
    for key, words in (("mean_iou_of_hits", "mean IoU of hits"), ("apex_error_frames", "apex error, frames")):
        lines.append(f"nested: {words} " + ("-" if report[key] is None else f"{report[key]:.3f}"))
    lines += [f"note: {note}" for note in report["notes"]]
    return "\n".join(lines)


def charts(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Title -> Vega-Lite specification with its data inside."""
    sweep = [
        {"iou": float(iou), "f1": value, "type": kind}
        for iou, row in report["iou_sweep"].items()
        for kind, value in row.items()
    ]
    curves = [
        {"recall": point["recall"], "precision": point["precision"], "type": kind}
        for kind, points in report["precision_recall"].items()
        for point in points
    ]
    return {
        "F1 over the IoU that counts as a hit": _line(sweep, "iou", "f1"),
        "Precision over recall (above the chosen thresholds)": _line(curves, "recall", "precision"),
    }


def _line(values: list[dict[str, Any]], x: str, y: str) -> dict[str, Any]:
    return {
        "$schema": VEGA_LITE,
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": x, "type": "quantitative"},
            "y": {"field": y, "type": "quantitative", "scale": {"domain": [0, 1]}},
            "color": {"field": "type", "type": "nominal"},
        },
        "width": 420,
        "height": 260,
    }


def as_html(report: Mapping[str, Any]) -> str:
    """The whole page as text."""
    title = html.escape(f"{report['architecture']} on {report['corpus']}: leave one subject out")
    rows = [["", "overall F1", "95 %", "macro F1", "micro F1", "TP", "FP", "FN", "what it is"]]
    for name, row in report["results"].items():
        s, (low, high) = row["scores"], row["f1_range_95"]["overall"]
        f1 = {kind: f"{s[kind]['f1']:.4f}" for kind in KINDS}
        counts = [s["overall"][key] for key in ("tp", "fp", "fn")]
        between = f"{low:.3f} to {high:.3f}"
        rows.append([name, f1["overall"], between, f1["macro"], f1["micro"], *counts, MEANINGS[name]])
    cost, confusion = report["cost"], report["type_confusion"]
    parts = [
        f"<h1>{title}</h1>",
        f"<p>{report['subjects']} subjects, {report['videos']} videos, {report['events']['macro']} macro and "
        f"{report['events']['micro']} micro expressions. {html.escape(report['matching'])}.</p>",
        _html_table(rows),
        _html_table([["parameters", "MFLOP per frame", "ms per frame", "device"],
                     [f"{cost['parameters']:,}", cost["mflop_per_frame"], cost["ms_per_frame"], cost["device"]]]),
        "<h2>Macro and micro taken for each other</h2>",
        _html_table([["true", "macro", "micro", "missed"],
                     *([kind, *(row.get(key, "") for key in ("macro", "micro", "missed"))]
                       for kind, row in confusion.items())]),
    ]  # fmt: skip
    for name, spec in charts(report).items():
        text = json.dumps(spec).replace("<", "\\u003c")
        parts += [f"<h2>{html.escape(name)}</h2>", _svg(spec),
                  f'<script type="application/vnd.vegalite+json">{text}</script>']  # fmt: skip
    parts += ["<h2>Notes</h2><ul>", *(f"<li>{html.escape(note)}</li>" for note in report["notes"]), "</ul>"]
    parts += ["<details><summary>Settings</summary><pre>", html.escape(json.dumps(report["settings"], indent=1))]
    style = (
        "body{font:15px system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color-scheme:light dark}"
        "table{border-collapse:collapse;margin:1em 0}td,th{padding:.25em .7em;border-bottom:1px solid #8886}"
        "td{text-align:right}td:first-child,td:last-child{text-align:left}svg{max-width:100%}"
    )
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        f"<body>{body}</pre></details></body></html>\n"
    )


def _html_table(rows: Sequence[Sequence[Any]]) -> str:
    head, *body = [[html.escape(str(cell)) for cell in row] for row in rows]
    lines = ["<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body]
    return "<table>" + "".join(lines) + "</table>"


def _svg(spec: Mapping[str, Any]) -> str:
    """The lines of a specification of `_line`, drawn in the unit square or the range of its x values."""
    x, y = (spec["encoding"][axis]["field"] for axis in "xy")
    values = spec["data"]["values"]
    left, top, width, height = 45, 10, spec["width"], spec["height"]
    low = min((v[x] for v in values), default=0.0)
    span = max((v[x] for v in values), default=1.0) - low or 1.0

    def place(v: Mapping[str, float]) -> str:
        return f"{left + width * (v[x] - low) / span:.1f},{top + height * (1 - v[y]):.1f}"

    parts = []
    for mark in (0, 0.25, 0.5, 0.75, 1):
        down = top + height * (1 - mark)
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{down}" y2="{down}" stroke="#8884"/>')
        parts.append(f'<text x="{left - 6}" y="{down + 4}" text-anchor="end">{mark:g}</text>')
    for share in (0, 0.5, 1):
        across = left + width * share
        parts.append(f'<text x="{across}" y="{top + height + 18}" text-anchor="middle">{low + span * share:.2f}</text>')
    for number, kind in enumerate(dict.fromkeys(v["type"] for v in values)):
        colour = _COLOURS.get(kind, "#2ca02c")
        line = " ".join(place(v) for v in values if v["type"] == kind)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{left + width + 8}" y="{top + 16 + 18 * number}" fill="{colour}">{kind}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 36}" text-anchor="middle">{x}</text>')
    parts.append(f'<text x="{left}" y="{top - 1}">{y}</text>')
    size = f'viewBox="0 -6 {left + width + 80} {top + height + 50}" width="{left + width + 80}"'
    return f'<svg {size} fill="currentColor" font-size="12" role="img">{"".join(parts)}</svg>'


def write_report(out: Path, report: Mapping[str, Any], proposals: Mapping[str, Sequence[Interval]]) -> None:
    """report.json, report.txt, report.html, proposals.csv (0-based) and submission.csv (MEGC format) in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (("json", as_json(report)), ("txt", as_table(report)), ("html", as_html(report))):
        part = out / f"report.{name}.part"
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(out / f"report.{name}")
    rows = [LabelRow(video, interval) for video in sorted(proposals) for interval in proposals[video]]
    write_labels(out / "proposals.csv", rows)
    write_submission(out / "submission.csv", rows)
