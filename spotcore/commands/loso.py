"""`python -m spotcore loso --corpus NAME --root DIR`: leave-one-subject-out on a corpus as its owners ship it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from spotcore.commands.train import assignment


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; torch is not needed for that."""
    parser.description = "Read a corpus, extract features (kept in --out), train every fold, score, write the report."
    parser.add_argument("--corpus", required=True, metavar="NAME", help="casme2_sq, samm_long or casme3")
    parser.add_argument("--root", required=True, metavar="DIR", help="folder of the corpus: pictures and sheets")
    parser.add_argument("--architecture", default="spot_gcn", help="spot_gcn (default), spotformer, dilated, fesnet")
    parser.add_argument("--out", metavar="DIR", help="folder for features, folds and report (loso-CORPUS)")
    parser.add_argument("--preset", default="paper", help="paper or quick (paper)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one training setting")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE",
                        help="option of the corpus reader, such as missing_offset=apex")  # fmt: skip
    parser.add_argument("--validation", type=int, default=0, metavar="N",
                        help="subjects per fold to choose epoch and thresholds (0: a seventh)")  # fmt: skip
    parser.add_argument("--together", type=int, default=0, metavar="N",
                        help="folds trained as one computation (0: all, where that is faster)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="seed of the first fold (0)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (auto)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Run all folds; lines about progress go to stderr, the table to stdout."""
    from spotcore.corpora import read_corpus
    from spotcore.errors import InvalidSettings
    from spotcore.loso import corpus_entries, run_loso
    from spotcore.models import build_network
    from spotcore.reports import as_json, as_table, write_report
    from spotcore.training.settings import TrainingSettings

    corpus = read_corpus(arguments.corpus, arguments.root, **dict(assignment(text) for text in arguments.option))
    special = {"macro_weight": 0.55} if _is_paper_spotformer(arguments) and arguments.corpus == "samm_long" else {}
    settings = TrainingSettings.from_preset(
        arguments.preset,
        architecture=arguments.architecture,
        seed=arguments.seed,
        device=arguments.device,
        **special | dict(assignment(text) for text in arguments.set),
    )
    if arguments.validation < 0 or arguments.together < 0:
        raise InvalidSettings("--validation and --together: expected 0 or more")
    network = build_network(settings.architecture, settings.network_settings())
    clips = network.settings.side if network.input == "face clips" else None
    out = Path(arguments.out or f"loso-{arguments.corpus}")
    entries, notes = corpus_entries(corpus, out / "features", clips, _say)
    subjects = len({entry.subject for entry in entries})
    result = run_loso(
        entries,
        settings,
        out,
        validation=arguments.validation or max(1, round((subjects - 1) / 7)),
        together=arguments.together,
        notes=notes,
        progress=_tell,
    )
    title = f"{settings.architecture} on {arguments.corpus}: leave one subject out"
    report = {"title": title, "corpus": arguments.corpus} | result.report
    write_report(out, report, result.proposals)
    print(as_json(report) if arguments.json else as_table(report))
    _say(f"report: {out / 'report.html'}")
    return 0


def _is_paper_spotformer(arguments: argparse.Namespace) -> bool:
    return (arguments.architecture, arguments.preset) == ("spotformer", "paper")


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _tell(name: str, done: int, total: int) -> None:
    if done == total or done % max(total // 10, 1) == 0:
        _say(f"{name}: epoch {done} of {total}")
