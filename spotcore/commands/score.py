"""`python -m spotcore score TRUTH.csv PROPOSALS.csv`: compare two CSV files of intervals, without a video."""

from __future__ import annotations

import argparse
import json
import sys

from spotcore.errors import InvalidSettings
from spotcore.evaluation import Scores, score_videos
from spotcore.label_csv import LabelTable, read_labels
from spotcore.matching import LENGTHS, MATCHINGS, MatchingRule


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Score proposals against true intervals; both files are joined on the column video."
    parser.add_argument("truth", metavar="TRUTH.csv", help="true intervals: video,type,onset,apex,offset")
    parser.add_argument("proposals", metavar="PROPOSALS.csv", help="proposals: video,type,onset,apex,offset,score")
    parser.add_argument("--iou", type=float, default=0.5, help="smallest intersection over union of a hit (0.5)")
    parser.add_argument("--matching", choices=MATCHINGS, default=MATCHINGS[0], help="one-to-one, greedy by score")
    parser.add_argument("--ignore-type", action="store_true", help="a macro may find a micro and the reverse")
    parser.add_argument("--lengths", choices=LENGTHS, default=LENGTHS[0], help="how frames are counted in the IoU")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Score and print; notes go to stderr (and into the JSON)."""
    if not 0 < arguments.iou <= 1:
        raise InvalidSettings(f"--iou: expected a number above 0 and up to 1, got {arguments.iou:g}")
    truth, proposals = read_labels(arguments.truth), read_labels(arguments.proposals)
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
