"""`python -m spotcore decoding-table --benchmark FOLDER`: what each step of decoding gives on published scores."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spotcore.decoding_steps import decoding_table, read_sl_swin


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Decode the published per-frame scores of SL-Swin on CAS(ME)^2 step by step, from the published recipe to "
        "ours. Settings and thresholds of a subject are chosen on all other subjects."
    )
    parser.add_argument(
        "--benchmark", type=Path, required=True, metavar="FOLDER", help="casme2_{mae,me}_{scores.npz,gt.csv}"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--out", type=Path, help="also write the JSON to this file")


def run(arguments: argparse.Namespace) -> int:
    """Decode, score, print."""
    curves = read_sl_swin(arguments.benchmark)
    report = decoding_table(curves, progress=lambda name: print(f"step: {name}", file=sys.stderr))
    text = json.dumps(report, indent=1)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text + "\n", encoding="utf-8")
    print(text if arguments.json else as_table(report))
    return 0


def as_table(report: Mapping[str, Any]) -> str:
    """Markdown: a line per step, then what each step does and what was chosen."""
    events, videos = report["events"], report["videos"]
    lines = [
        f"SL-Swin scores on CAS(ME)^2: {report['subjects']} subjects, {events['macro']} macro in {videos['macro']} "
        f"videos, {events['micro']} micro in {videos['micro']}. One-to-one, exclusive lengths, IoU >= 0.5.",
        "",
        "| step | TP | FP | FN | overall F1 [95 %] | macro F1 | micro F1 | minus published [95 %] |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in report["steps"]:
        scores, spread, against = row["scores"], row["f1_range_95"], row["against_published"]
        overall = scores["overall"]
        difference = "-" if against is None else (
            f"{against['difference']:+.3f} [{against['low']:+.3f}, {against['high']:+.3f}]"
        )  # fmt: skip
        lines.append(
            f"| {row['name']} | {overall['tp']} | {overall['fp']} | {overall['fn']} "
            f"| {overall['f1']:.4f} [{spread['low']:.3f}, {spread['high']:.3f}] "
            f"| {scores['macro']['f1']:.4f} | {scores['micro']['f1']:.4f} | {difference} |"
        )
    lines.append("")
    for row in report["steps"]:
        lines.append(f"{row['name']}: {row['meaning']} ({row['settings_tried_per_type']} settings a type).")
    lines += ["", f"Chosen in the step {report['steps'][-1]['name']!r}:"]
    for kind, picks in report["steps"][-1]["chosen"].items():
        lines += [f"  {kind}: {_pick(pick)}" for pick in picks]
    return "\n".join(lines)


def _pick(pick: Mapping[str, Any]) -> str:
    limits = pick["thresholds"]
    between = "" if limits is None else f", prominence above {limits[0]:.3f} to {limits[1]:.3f}"
    left_out = f", left out for {pick['suppressed']}" if pick["suppressed"] else ""
    return (
        f"smoothing {pick['smoothing']:g} k, level {pick['level']:g}, fixed share {pick['fixed_share']:g}, "
        f"pair {pick['pair_distance']:g} k "
        f"for {pick['subjects']} subjects{between}{left_out}"
    )
