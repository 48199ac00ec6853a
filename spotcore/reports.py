"""Reports of scores as JSON and as a text table; the page stands in `report_page`, the figures in `error_analysis`.

A report is a mapping with "title", "about" (a sentence), "results" (name -> scores, range, cost), the figures of
`secondary_figures`, "figures_of" (the result that those describe), "notes" and "settings".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spotcore.corpora.megc import write_submission
from spotcore.error_causes import SIDES
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.label_csv import LabelRow, write_labels
from spotcore.report_page import as_html, duration_words

RECALLS = (0.2, 0.4, 0.6, 0.8)


def as_json(report: Mapping[str, Any]) -> str:
    return json.dumps(report, indent=1, ensure_ascii=False)


def as_table(report: Mapping[str, Any]) -> str:
    """Plain text: a line per result with its cost, then the secondary figures and notes."""
    lines = [report["title"], report["about"], "", *_results(report["results"]), ""]
    lines.append(f"Of {report['figures_of']}:")
    for kind in ("overall", *EXPRESSION_TYPES):
        sweep = "  ".join(f"{iou} {row[kind]:.3f}" for iou, row in report["iou_sweep"].items())
        lines.append(f"  F1 at IoU, {kind:8} {sweep}")
    for kind, curve in report["precision_recall"].items():
        lines.append(f"  precision, {kind:8} {_precision_at(curve)}")
    for key, words in (("mean_iou_of_hits", "mean IoU of hits"), ("apex_error_frames", "apex error, frames")):
        lines.append(f"  {words:19} " + ("-" if report[key] is None else f"{report[key]:.3f}"))
    lines += ["", *_confusions(report), "", *_causes(report["error_causes"])]
    lines += [f"note: {note}" for note in report["notes"]]
    return "\n".join(lines)


def _results(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [
        f"{'':14} {'overall F1 [95 %]':23} {'macro':>7} {'micro':>7}   TP   FP   FN "
        f"{'parameters':>11} {'MFLOP':>8} {'ms/frame':>9}"
    ]
    for name, row in results.items():
        scores, (low, high) = row["scores"], row["f1_range_95"]["overall"]
        overall = f"{scores['overall']['f1']:.4f} [{low:.3f}, {high:.3f}]"
        counts = " ".join(f"{scores['overall'][key]:4d}" for key in ("tp", "fp", "fn"))
        kinds = " ".join(f"{_number(scores[kind]['f1'], '.4f'):>7}" for kind in EXPRESSION_TYPES)
        cost = row.get("cost") or {}
        spent = [_number(cost.get(key), form) for key, form in (("parameters", ",d"), ("mflop_per_frame", "g"),
                                                                ("ms_per_frame", "g"))]  # fmt: skip
        lines.append(f"{name:14} {overall:23} {kinds} {counts} {spent[0]:>11} {spent[1]:>8} {spent[2]:>9}")
    return lines


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _precision_at(curve: Sequence[Mapping[str, float]]) -> str:
    """The best precision that still reaches each recall."""
    parts = []
    for recall in RECALLS:
        reached = [point["precision"] for point in curve if point["recall"] >= recall]
        parts.append(f"{_number(max(reached, default=None), '.3f')} at recall {recall:g}")
    return "  ".join(parts)


def _confusions(report: Mapping[str, Any]) -> list[str]:
    """The three tables of types taken for each other."""
    lines = [f"{'types ignored: true':22} {'as macro':>9} {'as micro':>9} {'missed':>9}"]
    for kind, row in report["type_confusion"].items():
        cells = " ".join(f"{row.get(key, '-'):>9}" for key in (*EXPRESSION_TYPES, "missed"))
        lines.append(f"  {kind:20} {cells}")
    for entry in report["confusion_by_duration"] or ():
        cells = " ".join(f"{entry[key]:>9}" for key in (*EXPRESSION_TYPES, "missed"))
        lines.append(f"  {duration_words(entry):20} {cells}")
    near = report["confusion_near_boundaries"]
    lines += ["", f"{'frames near boundaries':22} " + " ".join(f"{'as ' + name:>10}" for name in near)]
    for name, row in near.items():
        lines.append(f"  {name:20} " + " ".join(f"{count:>10}" for count in row.values()))
    return lines


def _causes(causes: Mapping[str, Mapping[str, int]]) -> list[str]:
    lines = [f"{'errors by cause':22} " + " ".join(f"{side:>9}" for side in SIDES)]
    for cause in causes["false"]:
        counts = [causes[side][cause] for side in SIDES]
        if any(counts):
            lines.append(f"  {cause:20} " + " ".join(f"{count:>9}" for count in counts))
    return lines


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
