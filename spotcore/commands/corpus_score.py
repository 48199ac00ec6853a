"""`python -m spotcore corpus-score --media DIR --out DIR`: models against a synthetic corpus, the frozen one first.

Renders what is not there yet, measures every clip once, spots it with every model and prints one table.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from spotcore.commands.progress import VideoProgress, video_progress
from spotcore.corpus_scores import CorpusScores, score_corpus, table
from spotcore.errors import InvalidSettings
from spotcore.intervals import Interval


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; neither torch nor mediapipe is needed for that."""
    parser.description = (
        "Score models on the frozen test corpus v1: F1 at IoU 0.5 with type and its 95 %% range over identities, "
        "recall by amplitude, false alarms, control shifts against chance. A second call goes on with what is missing."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="clips and trace files are kept there")
    parser.add_argument("--media", type=Path, metavar="DIR", help="folder of the faces that the corpus is made from")
    parser.add_argument("--corpus", type=Path, metavar="CORPUS.json", help="another corpus than the frozen v1")
    parser.add_argument("--model", action="append", metavar="MODEL",
                        help="baseline, default, or the folder of a checkpoint; may be repeated (default)")  # fmt: skip
    parser.add_argument("--false-alarms", type=float, nargs="+", default=[6.0, 1.0], metavar="PER_MINUTE",
                        help="settings to score (6 1)")  # fmt: skip
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where a network runs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Render, spot, score, print."""
    from spotcore.pipeline import load_model
    from spotcore.synthesis.corpus import TEST_V1, Corpus, changed_sources, render_corpus

    wrong = [rate for rate in arguments.false_alarms if not rate >= 0]
    if wrong:
        raise InvalidSettings(f"--false-alarms: expected rates of 0 or more a minute, got {wrong[0]:g}")
    corpus = Corpus.load(arguments.corpus or TEST_V1)
    if corpus.sources:
        if arguments.media is None:
            raise InvalidSettings(f"{corpus.name} is made from pictures that are not part of Glint: give --media DIR")
        changed = changed_sources(corpus, arguments.media)
        if changed:
            raise InvalidSettings(f"{arguments.media}: not the pictures of {corpus.name}: {', '.join(changed)}")
    kept = arguments.out / "corpus.json"
    if kept.exists() and Corpus.load(kept) != corpus:
        raise InvalidSettings(f"--out: {arguments.out} holds clips of another corpus than {corpus.name}")
    models = {name: load_model(name, arguments.device) for name in dict.fromkeys(arguments.model or ["default"])}
    with video_progress() as progress:
        render_corpus(corpus, arguments.out, arguments.media, progress.start("rendering"))
        found = _spot_all(corpus.plans, models, arguments.false_alarms, arguments.out, progress)
    results = [
        (name, rate, score_corpus(corpus.clips, corpus.controls, proposals))
        for (name, rate), proposals in found.items()
    ]
    if arguments.json:
        versions = {name: model.version for name, model in models.items()}
        print(json.dumps(_as_dict(corpus.name, corpus.hash, versions, results), indent=2))
    else:
        frozen = f", hash {corpus.hash[:12]}" if corpus.hash else ""
        print(f"corpus {corpus.name}{frozen}: {len(corpus.clips)} clips, {len(corpus.controls)} control clips")
        for name, model in models.items():
            print(f"{name}: {model.version}")
        print(table(results))
    return 0


def _spot_all(
    plans: Sequence, models: Mapping[str, object], rates: Sequence[float], folder: Path, progress: VideoProgress
) -> dict[tuple[str, float], dict[str, list[Interval]]]:
    """(model, rate) -> clip name -> proposals, as `pipeline.spot` gives them; each clip is measured once for all."""
    from spotcore.decoding import propose
    from spotcore.pipeline import features_for
    from spotcore.refinement import refine
    from spotcore.video import open_video

    found = {(name, rate): {} for name in models for rate in rates}
    step = progress.start("spotting")
    for number, plan in enumerate(plans, start=1):
        with open_video(folder / f"{plan.name}.mp4") as video:
            traces = features_for(video, folder / "traces")
            for name, model in models.items():
                curves = model.curves(traces)
                for rate in rates:
                    found[name, rate][plan.name] = refine(video, traces, propose(curves, rate))
        step(number, len(plans))
    return found


def _as_dict(
    name: str, digest: str, versions: Mapping[str, str], results: Sequence[tuple[str, float, CorpusScores]]
) -> dict:
    rows = [{"model": model, "version": versions[model], "false_alarms": rate} | scores.as_dict()
            for model, rate, scores in results]  # fmt: skip
    return {"corpus": name, "hash": digest, "results": rows}
