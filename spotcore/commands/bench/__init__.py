"""`python -m spotcore bench WHAT`: speed, in ratios of one run; what is measured stands in a module each."""

from __future__ import annotations

import argparse
import json

from spotcore.commands.bench import flow, folds, networks, spotting

MEASUREMENTS = {
    "spot": (spotting, "frames a second of spotting a video, against decoding it"),
    "flow": (flow, "our flow scheme against sixteen direct flows per frame and the papers' recipe"),
    "networks": (networks, "parameters, MFLOP, ms per frame and seconds per hour of video of each architecture"),
    "loso": (folds, "the folds of leave-one-subject-out side by side against one by one"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the measurements; torch is not needed for that."""
    parser.description = "Measure speed. Compare ratios of one run, not figures of two: machines are busy differently."
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, (module, meaning) in MEASUREMENTS.items():
        kind = kinds.add_parser(name, help=meaning)
        module.configure(kind)
        kind.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    answer = MEASUREMENTS[arguments.what][0].run(arguments)
    print(json.dumps(answer, indent=2) if arguments.json else "\n".join(_lines(answer)))
    return 0


def _lines(answer: dict[str, object], indent: str = "") -> list[str]:
    lines = []
    for name, value in answer.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}", *_lines(value, indent + "  ")]
        else:
            lines.append(f"{indent + name:30} {value}")
    return lines
