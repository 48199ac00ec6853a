"""`python -m spotcore score TRUTH.csv PROPOSALS.csv`: compare two CSV files of intervals, without a video."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spotcore.error_analysis import secondary_figures
from spotcore.errors import InvalidSettings
from spotcore.evaluation import Scores, bootstrap_f1, score_videos
from spotcore.feature_files import Traces, load_traces
from spotcore.label_csv import LabelTable, read_labels
from spotcore.matching import LENGTHS, MATCHINGS, MatchingRule


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Score proposals against true intervals; both files are joined on the column video."
    parser.add_argument("truth", metavar="TRUTH.csv", help="true intervals: video,type,onset,apex,offset")
    parser.add_argument("proposals", metavar="PROPOSALS.csv", help="proposals: video,type,onset,apex,offset,score, "
                        "or a MEGC submission: vid,pred_onset,pred_offset,type")  # fmt: skip
    parser.add_argument("--iou", type=float, default=0.5, help="smallest intersection over union of a hit (0.5)")
    parser.add_argument("--matching", choices=MATCHINGS, default=MATCHINGS[0], help="one-to-one, greedy by score")
    parser.add_argument("--ignore-type", action="store_true", help="a macro may find a micro and the reverse")
    parser.add_argument("--lengths", choices=LENGTHS, default=LENGTHS[0], help="how frames are counted in the IoU")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--report", metavar="DIR", help="also write report.json, report.txt and report.html there: "
                        "IoU sweep, precision and recall, confusions, errors by cause; always by our rule")  # fmt: skip
    parser.add_argument("--features", metavar="DIR", help="with --report: trace files VIDEO.npz, for causes of errors")
    parser.add_argument("--fps", type=float, help="with --report: frames per second of all videos without traces")
    parser.add_argument("--model", metavar="DIR", help="with --report: checkpoint whose cost stands beside the scores")


def run(arguments: argparse.Namespace) -> int:
    """Score and print; notes go to stderr (and into the JSON)."""
    if not 0 < arguments.iou <= 1:
        raise InvalidSettings(f"--iou: expected a number above 0 and up to 1, got {arguments.iou:g}")
    truth, proposals = read_labels(arguments.truth), _read_proposals(arguments.proposals)
    untyped = [name for name, table in (("truth", truth), ("proposals", proposals)) if _untyped(table)]
    rule = MatchingRule(
        iou=arguments.iou,
        matching=arguments.matching,
        by_type=not arguments.ignore_type and not untyped,
        lengths=arguments.lengths,
    )
    true, found = truth.by_video(), proposals.by_video()
    scores = score_videos(
        true, found, rule, truth_typed="truth" not in untyped, proposals_typed="proposals" not in untyped
    )
    only_truth, only_proposals = sorted({*true} - {*found}), sorted({*found} - {*true})
    notes = []
    if untyped and not arguments.ignore_type:
        notes.append(f"no type column in the {' and the '.join(untyped)}: types were ignored")
    if untyped:
        notes.append("what would need those types is not counted per type, only overall")
    if only_truth:
        notes.append(f"{len(only_truth)} videos of the truth have no proposals, all missed: {', '.join(only_truth)}")
    if only_proposals:
        count = len(only_proposals)
        notes.append(f"{count} videos of the proposals are not in the truth, all false: {', '.join(only_proposals)}")
    if arguments.report is not None:
        if untyped:
            raise InvalidSettings(f"--report needs types; the {' and the '.join(untyped)} has none")
        write_full_report(truth, proposals, arguments, notes)
    if arguments.json:
        answer = scores.as_dict() | {
            "settings": rule.as_dict(),
            "videos": len({*true, *found}),
            "videos_without_proposals": only_truth,
            "videos_without_truth": only_proposals,
            "notes": notes,
        }
        print(json.dumps(answer, indent=2))
    else:
        print(_table(scores))
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    return 0


def _read_proposals(path: str) -> LabelTable:
    """Our CSV, or a submission of the MEGC challenge, told by its columns."""
    from spotcore.corpora.megc import is_submission, read_submission

    if is_submission(path):
        return LabelTable(tuple(read_submission(path)), has_types=True)
    return read_labels(path)


def write_full_report(
    truth: LabelTable, proposals: LabelTable, arguments: argparse.Namespace, notes: Sequence[str]
) -> None:
    """What METHODS section 7 wants, as JSON, table and page, in the folder that --report names."""
    from spotcore.reports import write_report

    true, found = truth.by_video(), proposals.by_video()
    traces = _traces({*true, *found}, arguments.features)
    rates = dict.fromkeys(true, arguments.fps) if arguments.fps else {}
    rates |= {video: _full_rate(one) for video, one in traces.items() if len(one) > 1}
    subjects = {row.video: row.extra["subject"] for row in truth.rows if row.extra.get("subject")}
    notes = list(notes)
    if not subjects:
        notes.append("the truth has no column subject: the range of F1 comes from drawing videos")
    if lacking := len({*true, *found} - {*traces}) if arguments.features else 0:
        notes.append(f"{lacking} videos have no trace file in {arguments.features}: signs of errors not measured there")
    ranges = bootstrap_f1(true, found, subjects)
    row: dict[str, Any] = {
        "scores": score_videos(true, found).as_dict(),
        "f1_range_95": {kind: [one.low, one.high] for kind, one in ranges.items()},
        "cost": None if arguments.model is None else _cost(arguments.model),
    }
    report = {
        "format": "glint-score/1",
        "title": f"{Path(arguments.proposals).name} against {Path(arguments.truth).name}",
        "about": f"{len({*true, *found})} videos, {len(truth.rows)} true expressions. A hit has the same type and an "
        "IoU of 0.5 or more, one to one by score, pooled over videos.",
        "results": {"proposals": row},
        "figures_of": "proposals",
        "notes": notes,
        "settings": {"truth": str(arguments.truth), "proposals": str(arguments.proposals)},
    }
    write_report(Path(arguments.report), report | secondary_figures(true, found, rates, traces), found)


def _traces(videos: set[str], folder: str | None) -> dict[str, Traces]:
    """Those of the videos that have a trace file; the name in the CSV may be a path with an ending."""
    if folder is None:
        return {}
    if not Path(folder).is_dir():
        raise InvalidSettings(f"--features: {folder} is no folder")
    paths = {video: Path(folder) / f"{Path(video).stem}.npz" for video in sorted(videos)}
    return {video: load_traces(path) for video, path in paths.items() if path.exists()}


def _full_rate(traces: Traces) -> float:
    """Original frames per second."""
    return float((traces.frames[-1] - traces.frames[0]) / (traces.timestamps[-1] - traces.timestamps[0]))


def _cost(folder: str) -> Mapping[str, Any]:
    from spotcore.models.cost import cost
    from spotcore.training.checkpoint import load

    return cost(load(folder).network)


def _untyped(table: LabelTable) -> bool:
    return not table.has_types


def _table(scores: Scores) -> str:
    columns = ("tp", "fp", "fn", "precision", "recall", "f1")
    lines = [f"{'':8}" + "".join(f"{name:>11}" for name in columns)]
    for kind, row in scores.as_dict().items():
        lines.append(f"{kind:8}" + "".join(f"{_cell(row[name]):>11}" for name in columns))
    return "\n".join(lines)


def _cell(value: int | float | None) -> str:
    return "-" if value is None else f"{value:.6f}" if isinstance(value, float) else str(value)
