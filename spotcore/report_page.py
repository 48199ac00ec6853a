"""A report as one HTML page that works without a network: tables are HTML, charts SVG (see `report_charts`)."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from spotcore.error_causes import SIDES
from spotcore.intervals import EXPRESSION_TYPES
from spotcore.report_charts import charts, svg

MEANINGS = {
    "nested": "epoch and thresholds chosen on the fold's validation subjects: the figure to quote",
    "nested_pooled": "epoch and thresholds chosen on the other folds' held-out subjects",
    "last_epoch": "last epoch, thresholds from the validation subjects",
    "paper_style": "epoch chosen ON the held-out subject, as releases do: too good by construction",
    "baseline": "training-free baseline on the same videos, thresholds from all other subjects",
}
STYLE = (
    "body{font:15px system-ui,sans-serif;max-width:64em;margin:2em auto;padding:0 1em;color-scheme:light dark}"
    "table{border-collapse:collapse;margin:1em 0}td,th{padding:.25em .7em;border-bottom:1px solid #8886;"
    "text-align:right;font-variant-numeric:tabular-nums}td:first-child,th:first-child{text-align:left}td{white-space:nowrap}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1em}dd{margin:0}"
    "svg{max-width:100%}h2{margin-top:2em;font-size:1.2em}.about{max-width:48em}"
)


def as_html(report: Mapping[str, Any]) -> str:
    """The whole page as text."""
    title = html.escape(report["title"])
    parts = [f"<h1>{title}</h1>", _words(report["about"]), _results(report["results"])]
    of = report["figures_of"]
    parts.append(_words(f"Everything below describes the proposals of “{of}”."))
    parts += [_quality(report), *_charts(report), *_confusions(report), *_causes(report["error_causes"])]
    if report["notes"]:
        parts += ["<h2>Notes</h2><ul>", *(f"<li>{html.escape(note)}</li>" for note in report["notes"]), "</ul>"]
    settings = html.escape(json.dumps(report["settings"], indent=1))
    parts.append(f"<details><summary>Settings</summary><pre>{settings}</pre></details>")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    body = "\n".join(parts)
    return f'<!doctype html><html lang="en">{head}<body>{body}</body></html>\n'


def _results(results: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [["", "overall F1", "95 %", "macro F1", "micro F1", "TP", "FP", "FN", "parameters", "MFLOP / frame",
             "ms / frame"]]  # fmt: skip
    for name, row in results.items():
        scores, (low, high) = row["scores"], row["f1_range_95"]["overall"]
        cost = row.get("cost") or {}
        rows.append([
            name,
            f"{scores['overall']['f1']:.4f}",
            f"{low:.3f} to {high:.3f}",
            *(f"{scores[kind]['f1']:.4f}" for kind in EXPRESSION_TYPES),
            *(scores["overall"][key] for key in ("tp", "fp", "fn")),
            *(_cell(cost.get(key)) for key in ("parameters", "mflop_per_frame", "ms_per_frame")),
        ])  # fmt: skip
    meant = [f"<dt>{name}</dt><dd>{html.escape(MEANINGS[name])}</dd>" for name in results if name in MEANINGS]
    return _table(rows) + (f"<dl>{''.join(meant)}</dl>" if meant else "")


def _quality(report: Mapping[str, Any]) -> str:
    figures = [("mean IoU of hits", "mean_iou_of_hits"), ("mean apex error, frames", "apex_error_frames")]
    return _table([["of hits", ""], *([words, _cell(report[key])] for words, key in figures)])


def _charts(report: Mapping[str, Any]) -> list[str]:
    parts = []
    for name, spec in charts(report).items():
        text = json.dumps(spec).replace("<", "\\u003c")
        parts += [f"<h2>{html.escape(name)}</h2>", svg(spec),
                  f'<script type="application/vnd.vegalite+json">{text}</script>']  # fmt: skip
    return parts


def _confusions(report: Mapping[str, Any]) -> list[str]:
    columns = (*EXPRESSION_TYPES, "missed")
    rows = [[kind, *(row.get(key, "–") for key in columns)] for kind, row in report["type_confusion"].items()]
    parts = [
        "<h2>Macro and micro taken for each other</h2>",
        _words("Matched without regard to the type; “false” are proposals without a partner."),
        _table([["true", *(f"as {kind}" for kind in EXPRESSION_TYPES), "missed"], *rows]),
    ]
    if report["confusion_by_duration"]:
        rows = [[duration_words(entry), *(entry[key] for key in columns)] for entry in report["confusion_by_duration"]]
        parts += [
            _words("By true duration; the border between the types is 0.5 s."),
            _table([["duration", *(f"as {kind}" for kind in EXPRESSION_TYPES), "missed"], *rows]),
        ]
    near = report["confusion_near_boundaries"]
    rows = [[name, *row.values()] for name, row in near.items()]
    parts += [
        _words("Frames within 0.2 s (six frames where no rate is known) of a true onset or offset."),
        _table([["true frame", *(f"as {name}" for name in near)], *rows]),
    ]
    return parts


def duration_words(entry: Mapping[str, Any]) -> str:
    """Name of a bin of `duration_confusion`."""
    if entry["up_to"] is None:
        return f"over {entry['above']:g} s"
    return f"{entry['above']:g} to {entry['up_to']:g} s" if entry["above"] else f"up to {entry['up_to']:g} s"


def _causes(causes: Mapping[str, Mapping[str, int]]) -> list[str]:
    rows = [[cause, *(causes[side][cause] for side in SIDES)] for cause in causes["false"]]
    return [
        "<h2>Errors by cause</h2>",
        _words(
            "One cause each, the first that applies. “Boundary”: the same type overlaps with an IoU of 0.1 to 0.5; "
            "“rival of a hit”: its partner was given to a better one. Blink, head, speech and noisy flow are what the "
            "measurements show there; the last column counts the same signs in proposals that were right, so a sign "
            "that is as common there explains little."
        ),
        _table([["", "false proposals", "missed", "hits"], *(row for row in rows if any(row[1:]))]),
    ]


def _words(text: str) -> str:
    return f'<p class="about">{html.escape(text)}</p>'


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _table(rows: Sequence[Sequence[Any]]) -> str:
    """The first row is the head."""
    lines = []
    for tag, row in zip(("th", *("td",) * len(rows)), rows, strict=False):
        lines.append("<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in row) + "</tr>")
    return "<table>" + "".join(lines) + "</table>"
