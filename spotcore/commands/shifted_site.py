"""`python -m spotcore shifted-site --out DIR`: the default model, retrained on twenty clips of another site."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from spotcore.errors import InvalidSettings


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; torch is not needed for that."""
    parser.description = (
        "Retrain the default model on 20 clips of a synthetic site that it does not know, and compare both on other "
        "people of that site and on the frozen corpus. A second call goes on with what is missing."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the runs")
    parser.add_argument("--seed", type=int, nargs="+", default=[911, 912, 913], help="sites to ask (911 912 913)")
    parser.add_argument("--frozen", type=Path, metavar="DIR",
                        help="folder filled by corpus-score --out; without it nothing is said about forgetting")


def run(arguments: argparse.Namespace) -> int:
    """Retrain on every site, print one table."""
    from spotcore.experiments.shifted_site import run_site, table

    if arguments.frozen is not None and not (arguments.frozen / "corpus.json").is_file():
        raise InvalidSettings(f"--frozen: expected a folder of corpus-score --out, got {arguments.frozen}")
    reports = [
        run_site(arguments.out / str(seed), seed, arguments.frozen, lambda line: print(line, file=sys.stderr))
        for seed in arguments.seed
    ]
    print(table(reports))
    return 0
