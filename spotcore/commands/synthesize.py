"""`python -m spotcore synthesize --out DIR`: clips of synthetic expressions with their truth."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from spotcore.errors import InvalidSettings


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Render synthetic clips: known expressions among blinks, speech, gaze and head turns. Writes NAME.mp4, "
        "truth.csv and corpus.json. A second call with the same settings goes on where the first was stopped."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    parser.add_argument("--clips", type=int, default=10, help="how many clips (10)")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each clip (15)")
    parser.add_argument("--seed", type=int, default=0, help="everything that is drawn by chance (0)")
    parser.add_argument("--identities", nargs="+", metavar="NAME", default=None,
                        help='"astronaut", "variant:N", "media:FILE[@FRAME][#FACE]"; default: astronaut and variants')
    parser.add_argument("--media", type=Path, metavar="DIR", help="folder of media: identities and of --test-v1")
    parser.add_argument("--speech-share", type=float, default=0.3, help="share of the time with speech (0.3)")
    parser.add_argument("--turn-share", type=float, default=0.3, help="share of the time with head turns (0.3)")
    parser.add_argument("--micro", type=int, nargs=2, default=(1, 3), metavar=("LOW", "HIGH"), help="per clip (1 3)")
    parser.add_argument("--macro", type=int, nargs=2, default=(1, 3), metavar=("LOW", "HIGH"), help="per clip (1 3)")
    parser.add_argument("--size", type=int, nargs=2, default=(512, 512), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--controls", action="store_true", help="shifts of half a pixel instead of expressions")
    parser.add_argument("--test-v1", action="store_true", help="the frozen test corpus v1 instead (needs --media)")
    parser.add_argument("--traces", action="store_true",
                        help="no pictures: feature files and manifest.json, ready for `train` (thousands a minute)")
    parser.add_argument("--rough", type=float, default=0.0, metavar="SHARE",
                        help="with --traces: share of clips with free heads, hands and repeated frames (0)")
    parser.add_argument("--series", type=float, default=0.0, metavar="SHARE",
                        help="with --traces: share of clips with expressions that follow each other without rest (0)")
    parser.add_argument("--strong-micro", type=float, default=0.0, metavar="SHARE",
                        help="share of the micro-expressions that are as strong as macros (0)")
    parser.add_argument("--micro-inside", type=float, default=0.0, metavar="SHARE",
                        help="share of the macro-expressions with a micro-expression on their plateau (0)")
    parser.add_argument("--plan-only", action="store_true", help="write truth.csv and corpus.json, render nothing")


def run(arguments: argparse.Namespace) -> int:
    """Plan, write, render."""
    from spotcore.synthesis.corpus import Corpus, changed_sources, render_corpus, write_truth

    if arguments.traces:
        return _traces(arguments)
    if arguments.test_v1:
        if arguments.media is None:
            raise InvalidSettings("--test-v1 is rendered from pictures that are not part of Glint: give --media DIR")
        corpus = Corpus.load()
        changed = changed_sources(corpus, arguments.media)
        if changed:
            raise InvalidSettings(f"{arguments.media}: not the pictures of the frozen corpus: {', '.join(changed)}")
    else:
        corpus = _draw(arguments)
    if arguments.plan_only:
        arguments.out.mkdir(parents=True, exist_ok=True)
        corpus.save(arguments.out / "corpus.json")
        write_truth(arguments.out / "truth.csv", corpus.clips)
    else:
        _render(corpus, arguments.out, arguments.media, render_corpus)
    events = [event for plan in corpus.clips for event in plan.events]
    micro = sum(event.type == "micro" for event in events)
    print(f"{len(corpus.plans)} clips, {micro} micro and {len(events) - micro} macro expressions in {arguments.out}")
    return 0


def _draw(arguments: argparse.Namespace):
    from spotcore.synthesis.corpus import Corpus, sources_of
    from spotcore.synthesis.planning import plan_corpus

    if arguments.clips < 1:
        raise InvalidSettings(f"--clips: expected at least 1, got {arguments.clips}")
    settings = _settings(arguments)
    variants = max(arguments.clips - 1, 1)
    names = arguments.identities or ["astronaut", *(f"variant:{arguments.seed * 1000 + i}" for i in range(variants))]
    prefix = "control" if arguments.controls else "clip"
    plans = tuple(plan_corpus(arguments.clips, names, arguments.seed, settings, prefix))
    sources = sources_of(plans, arguments.media)
    name = f"seed {arguments.seed}"
    return Corpus(name, (), plans, sources) if arguments.controls else Corpus(name, plans, (), sources)


def _settings(arguments: argparse.Namespace):
    from spotcore.synthesis.planning import PlanSettings

    return PlanSettings(
        seconds=arguments.seconds, width=arguments.size[0], height=arguments.size[1],
        micro=(0, 0) if arguments.controls else tuple(arguments.micro),
        macro=(0, 0) if arguments.controls else tuple(arguments.macro),
        speech_share=arguments.speech_share, turn_share=arguments.turn_share,
        control_shifts=4 if arguments.controls else 0, strong_micro=arguments.strong_micro,
        micro_inside=arguments.micro_inside,
    )  # fmt: skip


def _traces(arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from spotcore.synthesis.trace_corpus import write_trace_corpus

    if arguments.controls or arguments.test_v1:
        raise InvalidSettings("--traces goes with neither --controls nor --test-v1: those are about pictures")
    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("traces", total=arguments.clips)
        manifest = write_trace_corpus(arguments.out, arguments.clips, arguments.seed, _settings(arguments),
                                      lambda done, _: bar.update(task, completed=done), arguments.rough,
                                      arguments.series)  # fmt: skip
    events = [interval for video in manifest.videos for interval in video.intervals]
    micro = sum(event.type == "micro" for event in events)
    print(f"{arguments.clips} trace files, {micro} micro and {len(events) - micro} macro expressions; "
          f"train with: python -m spotcore train {arguments.out / 'manifest.json'} ...")  # fmt: skip
    return 0


def _render(corpus, out: Path, media: Path | None, render) -> None:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("rendering", total=sum(plan.frames for plan in corpus.plans))
        render(corpus, out, media, lambda done, total: bar.update(task, completed=done))
