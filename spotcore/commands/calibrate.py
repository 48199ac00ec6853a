"""`python -m spotcore calibrate --out TABLE.json`: measure a model's false alarms on footage without expressions.

This command rebuilds the tables in `spotcore/data`. Synthetic footage needs nothing but the repository.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spotcore.calibration import measure_calibration, pessimistic, save_calibration
from spotcore.commands.progress import VideoProgress, video_progress
from spotcore.decoding import propose
from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.features import extract
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.pipeline import SpottingModel, load_model
from spotcore.probabilities import Calibration, Curves
from spotcore.video import open_video


@dataclass(frozen=True)
class QuietSpan:
    """Frames first..last of a video in which every proposal is false, except those that overlap `but`."""

    video: Path
    first: int
    last: int
    but: tuple[tuple[int, int], ...] = ()


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Measure score against false alarms a minute; at every score the worse footage counts."
    parser.add_argument("--out", required=True, metavar="TABLE.json")
    parser.add_argument("--model", default="baseline", help="baseline, default, or the folder of a checkpoint")
    parser.add_argument("--quiet", metavar="SPANS.csv", help="video,first,last[,but]: spans without expressions; "
                        "but: spans to leave out, such as 817-840 1258-1285")  # fmt: skip
    parser.add_argument("--synthetic-clips", type=int, default=12, help="clips of 20 s rendered without expressions")
    parser.add_argument("--seed", type=int, default=0, help="of the synthetic clips")


def run(arguments: argparse.Namespace) -> int:
    """Measure, write the table, print what it was measured on."""
    model = load_model(arguments.model)
    tables = []
    with video_progress() as progress, tempfile.TemporaryDirectory() as folder:
        if arguments.quiet:
            tables.append(_measure(model, read_spans(Path(arguments.quiet)), "real footage", progress))
        if arguments.synthetic_clips > 0:
            spans = render_quiet(Path(folder), arguments.synthetic_clips, arguments.seed, progress)
            name = "synthetic clips (astronaut variants; speech, blinks, turns)"
            tables.append(_measure(model, spans, name, progress))
    if not tables:
        raise InvalidSettings("calibrate: expected --quiet or --synthetic-clips above 0")
    table = pessimistic(tables)
    save_calibration(table, Path(arguments.out))
    print(table.source)
    for rate in (6.0, 1.0):
        print(f"at {rate:g} a minute:", {kind: round(table.threshold(kind, rate / 2), 3) for kind in EXPRESSION_TYPES})
    return 0


def read_spans(path: Path) -> list[QuietSpan]:
    """Spans of a CSV file; videos are looked up beside it.

    Raises:
        InvalidFile: naming the line.
    """
    spans = []
    with path.open(newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            try:
                but = tuple(tuple(int(v) for v in span.split("-")) for span in (row.get("but") or "").split())
                spans.append(QuietSpan(path.parent / row["video"], int(row["first"]), int(row["last"]), but))
            except (KeyError, ValueError, TypeError) as error:
                raise InvalidFile(f"{path}, line {line}: expected video,first,last[,but], got {row}") from error
    return spans


def render_quiet(folder: Path, clips: int, seed: int, progress: VideoProgress) -> Iterator[QuietSpan]:
    """Clips without expressions, one after the other: speech, blinks, gaze and turns, twelve faces in turn."""
    from spotcore.synthesis.corpus import render_clip
    from spotcore.synthesis.planning import PlanSettings, plan_corpus

    settings = PlanSettings(seconds=20.0, micro=(0, 0), macro=(0, 0), speech_share=0.4)
    for plan in plan_corpus(clips, [f"variant:{n}" for n in range(1, 13)], seed, settings, prefix="quiet"):
        path = render_clip(plan, folder, progress=progress.start(f"render {plan.name}"))
        yield QuietSpan(path, 0, plan.frames - 1)
        path.unlink()


def _measure(model: SpottingModel, spans: Iterable[QuietSpan], name: str, progress: VideoProgress) -> Calibration:
    false: list[Interval] = []
    seconds, videos = 0.0, set()
    known: dict[Path, Curves] = {}
    for span in spans:
        if span.video not in known:
            with open_video(span.video) as video:
                known[span.video] = model.curves(extract(video, progress=progress.start(span.video.name)))
        curves = known[span.video]
        false += false_in_span(propose(curves, None), span)
        seconds += float(np.diff(np.interp([span.first, span.last], curves.frames, curves.timestamps))[0])
        videos.add(span.video.name)
    return measure_calibration(false, seconds / 60, f"{seconds / 60:.1f} minutes of {name} ({len(videos)} videos)")


def false_in_span(proposals: Iterable[Interval], span: QuietSpan) -> list[Interval]:
    """Proposals that lie in the span by more than half of their length and touch none of the spans left out."""
    inside = []
    for proposal in proposals:
        shared = min(proposal.offset, span.last) - max(proposal.onset, span.first) + 1
        excused = any(proposal.onset <= last and proposal.offset >= first for first, last in span.but)
        if 2 * shared > proposal.length and not excused:
            inside.append(proposal)
    return inside
