"""`python -m spotcore train MANIFEST --out DIR`: train a network on a manifest, without a database."""

from __future__ import annotations

import argparse
import json
import sys

from spotcore.errors import InvalidSettings
from spotcore.manifest import Manifest


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; torch is not needed for that."""
    parser.description = "Train a network on the videos of a manifest and score it on its held-out subjects."
    parser.add_argument("manifest", metavar="MANIFEST", help="manifest JSON of a label set")
    parser.add_argument("--architecture", default="spot_gcn",
                        help="spot_gcn (default), spotformer or dilated on traces, fesnet on clip files")  # fmt: skip
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for checkpoint, metrics and state")
    parser.add_argument("--preset", default="quick",
                        help="quick, paper, or tune: goes on from --set warm_start=default or FOLDER (quick)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights, order and augmentation (0)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (auto)")
    parser.add_argument("--restart", action="store_true", help="start anew instead of going on from DIR")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Train with a progress bar on stderr and print the scores."""
    manifest = Manifest.load(arguments.manifest)
    from rich.console import Console
    from rich.progress import Progress

    from spotcore.training.loop import TrainingProgress, train
    from spotcore.training.settings import TrainingSettings

    settings = TrainingSettings.from_preset(
        arguments.preset,
        architecture=arguments.architecture,
        seed=arguments.seed,
        device=arguments.device,
        **dict(assignment(text) for text in arguments.set),
    )
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=settings.epochs)

        def show(state: TrainingProgress) -> None:
            bar.update(task, completed=state.epoch + (state.batch / state.batches if state.batches else 0))

        result = train(manifest, settings, arguments.out, resume=not arguments.restart, progress=show)
    if arguments.json:
        print(json.dumps(result.as_dict(), indent=2, ensure_ascii=False))
    else:
        print(f"checkpoint {result.folder}, epoch {result.best_epoch} of {settings.epochs}, {result.seconds:g} s")
        for role, scores in result.scores.items():
            row = "  ".join(f"{kind} {score['f1']:.3f}" for kind, score in scores.items())
            print(f"{role:11} F1 at IoU 0.5:  {row}")
    for note in result.notes:
        print(f"note: {note}", file=sys.stderr)
    return 0


def assignment(text: str) -> tuple[str, object]:
    """NAME=VALUE as name and value, the value as JSON where it is some.

    Raises:
        InvalidSettings: no equals sign.
    """
    name, sign, value = text.partition("=")
    if not sign:
        raise InvalidSettings(f"--set: expected NAME=VALUE, got {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value  # plain words are text
