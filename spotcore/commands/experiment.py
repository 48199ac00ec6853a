"""`python -m spotcore experiment NAME`: one of the papers' open questions, measured, with table and chart."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from spotcore.commands.train import assignment
from spotcore.errors import InvalidSettings
from spotcore.experiments.catalogue import EXPERIMENTS, experiment_named
from spotcore.experiments.experiment import PRESETS, Experiment


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; torch is not needed for that."""
    parser.description = (
        "Measure every condition of an experiment with several seeds, compare them, write result.txt, .json and .html. "
        "Finished cells are kept: a second call goes on with what is missing."
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="see --list")
    parser.add_argument("--list", action="store_true", help="print all names with their questions")
    parser.add_argument("--preset", default="small", choices=PRESETS,
                        help="small: minutes; full: hours; tiny: seconds, proves nothing (small)")  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for cells and result (experiments/NAME-PRESET)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="change one size of the preset, such as seeds=5")  # fmt: skip
    parser.add_argument("--corpus", metavar="NAME", help="casme2_sq, samm_long or casme3 instead of synthetic clips")
    parser.add_argument("--root", type=Path, metavar="DIR", help="folder of that corpus")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="option of its reader")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where networks run")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Run one experiment; lines about progress go to stderr, the table to stdout."""
    if arguments.list:
        width = max(map(len, EXPERIMENTS))
        print("\n".join(f"{name:{width}}  {experiment.question}" for name, experiment in EXPERIMENTS.items()))
        return 0
    if arguments.name is None:
        raise InvalidSettings("expected the name of an experiment, see --list")
    experiment = _with_sizes(experiment_named(arguments.name), arguments.preset, arguments.set)
    if (arguments.corpus is None) != (arguments.root is None):
        raise InvalidSettings("--corpus and --root go together")
    out = arguments.out or Path("experiments") / f"{experiment.name}-{arguments.preset}"
    from spotcore.experiments.pages import as_table, write_report
    from spotcore.experiments.running import run_experiment

    real = None if arguments.corpus is None else _real(arguments, experiment, out)
    report = run_experiment(experiment, arguments.preset, out, real=real, device=arguments.device, say=_say)
    write_report(out, report)
    print(json.dumps(report, indent=1, ensure_ascii=False) if arguments.json else as_table(report))
    _say(f"chart: {out / 'result.html'}")
    return 0


def _with_sizes(experiment: Experiment, preset: str, changes: list[str]) -> Experiment:
    """The experiment with some sizes of the preset changed.

    Raises:
        InvalidSettings: a size that the preset does not have, or no positive number.
    """
    sizes = dict(experiment.presets[preset])
    for name, value in map(assignment, changes):
        if not isinstance(sizes.get(name), int):
            known = [key for key, old in sizes.items() if isinstance(old, int)]
            raise InvalidSettings(f"--set: expected a size among {', '.join(known)}, got {name!r}")
        if not isinstance(value, int) or value < 1:
            raise InvalidSettings(f"--set {name}: expected a whole number above 0, got {value!r}")
        sizes[name] = value
    return replace(experiment, presets={**experiment.presets, preset: sizes})


def _real(arguments: argparse.Namespace, experiment: Experiment, out: Path):
    from spotcore.corpora import read_corpus
    from spotcore.experiments.running import RealCorpus
    from spotcore.loso import corpus_entries

    corpus = read_corpus(arguments.corpus, arguments.root, **dict(assignment(text) for text in arguments.option))
    clips = experiment.presets[arguments.preset].get("side") if experiment.corpus == "pictures" else None
    entries, notes = corpus_entries(corpus, out.resolve().parent / "shared" / "features", clips, _say)
    return RealCorpus(arguments.corpus, tuple(entries), tuple(notes))


def _say(line: str) -> None:
    print(line, file=sys.stderr)
