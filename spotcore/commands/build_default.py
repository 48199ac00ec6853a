"""`python -m spotcore build-default --out DIR`: make the model that ships as `default` again.

Draws and renders the training data, trains the members, joins them with the baseline, calibrates. About two
hours on two cores; a second call goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from spotcore.commands.progress import video_progress


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Build the default model from nothing but this repository. DIR/model is the folder to ship; everything else in "
        "DIR (data, members, states) is only needed to go on after an interruption."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the build")


def run(arguments: argparse.Namespace) -> int:
    """Build, write, print what it promises."""
    from spotcore.commands.with_baseline import gather_footage, joint_model, print_promise
    from spotcore.training import checkpoint
    from spotcore.training.default_model import Recipe, build_ensemble

    with video_progress() as progress:
        ensemble = build_ensemble(arguments.out, Recipe(), progress.start)
        footage = gather_footage(arguments.out / "quiet", progress)
    joint = joint_model(ensemble, footage)
    checkpoint.save(arguments.out / "model", joint.network, joint.info)
    print_promise(joint.info.calibration)
    return 0
