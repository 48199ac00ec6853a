"""`python -m spotcore COMMAND`: a table of commands, each imported only when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import sys

from spotcore.errors import SpotcoreError

COMMANDS = {
    "score": ("spotcore.commands.score", "compare proposals with true intervals"),
    "spot": ("spotcore.commands.spot", "find expressions in videos"),
    "train": ("spotcore.commands.train", "train a network on a manifest"),
    "face-clips": ("spotcore.commands.face_clips", "cut face pictures, which FESNet learns from"),
    "loso": ("spotcore.commands.loso", "leave-one-subject-out on a corpus, with report"),
    "check-model": ("spotcore.commands.check_model", "whether a checkpoint from elsewhere may be used"),
    "calibrate": ("spotcore.commands.calibrate", "measure false alarms on footage without expressions"),
    "with-baseline": ("spotcore.commands.with_baseline", "join a trained network with the baseline, calibrated"),
    "build-default": ("spotcore.commands.build_default", "make the model that ships as `default` again"),
    "bench": ("spotcore.commands.bench", "measure speed and memory"),
    "decoding-table": ("spotcore.commands.decoding_table", "what each step of decoding gives on published scores"),
    "corpus-score": ("spotcore.commands.corpus_score", "score models on the synthetic test corpus"),
    "seeded-recall": ("spotcore.commands.seeded_recall", "put known expressions into footage, count what is found"),
    "synthesize": ("spotcore.commands.synthesize", "render synthetic clips with known expressions"),
    "shifted-site": ("spotcore.commands.shifted_site", "retrain the default model on another site, compare both"),
    "experiment": ("spotcore.commands.experiment", "measure one of the questions that the papers leave open"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what spotcore refuses is one line on stderr and exit code 2."""
    words = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m spotcore")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    module = None
    for name, (path, meaning) in COMMANDS.items():
        command = commands.add_parser(name, help=meaning)
        if words and words[0] == name:
            module = importlib.import_module(path)
            module.configure(command)
    parsed = parser.parse_args(words)
    try:
        return module.run(parsed)
    except SpotcoreError as error:
        print(f"{parsed.command}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
