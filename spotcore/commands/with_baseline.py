"""`python -m spotcore with-baseline CHECKPOINT --out DIR`: a trained network and the baseline as one calibrated model.

This command makes the folder of the default model from a checkpoint of `train`. Measured twice: the network alone, so
that its scores can be compared with the baseline's, then both together.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from spotcore.commands.progress import VideoProgress, video_progress
from spotcore.errors import InvalidSettings
from spotcore.feature_files import Traces
from spotcore.probabilities import Calibration, Curves

SYNTHETIC_TRACES = "synthetic traces without expressions, half of them rough"
Footage = tuple[str, list[tuple[Traces, object]]]  # what it is, and (traces, QuietSpan) of each piece


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Join a network with the training-free baseline; at every score the worst footage counts."
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="folder of a network over traces")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the joint model")
    parser.add_argument("--quiet", type=Path, metavar="SPANS.csv", help="real spans without expressions, as calibrate")
    parser.add_argument("--cache", type=Path, required=True, metavar="DIR", help="rendered clips and traces stay there")
    parser.add_argument("--synthetic-clips", type=int, default=12, help="clips of 20 s rendered without expressions")
    parser.add_argument("--synthetic-traces", type=int, default=60, help="trace clips of 20 s without expressions")
    parser.add_argument("--seed", type=int, default=0, help="of the synthetic footage")


def run(arguments: argparse.Namespace) -> int:
    """Measure, join, measure, write."""
    from spotcore.calibration import shipped_calibration
    from spotcore.inference import network_curves
    from spotcore.training import checkpoint
    from spotcore.with_baseline import DECODER, add_baseline, fused_settings, quiet_blinks

    given = checkpoint.load(arguments.checkpoint, "cpu")
    if given.info.decoder != "boundary_apex":
        raise InvalidSettings(f"{arguments.checkpoint}: expected the decoder boundary_apex, got {given.info.decoder}")
    thresholds = ("macro_threshold", "micro_threshold")  # chosen for want of a calibration
    decoding = {name: value for name, value in given.info.decoder_settings.items() if name not in thresholds}
    alone = dataclasses.replace(given.info, decoder_settings=decoding, calibration=None)
    with video_progress() as progress:
        footage = _footage(arguments, progress)
    if not footage:
        raise InvalidSettings("with-baseline: expected --quiet, --synthetic-clips or --synthetic-traces")
    network = checkpoint.Checkpoint(given.network, alone)
    rates = _measure(lambda traces: quiet_blinks(network_curves(network, traces, "cpu"), traces), footage)
    joint = dataclasses.replace(
        alone, decoder=DECODER, decoder_settings=fused_settings(decoding, rates, shipped_calibration("baseline"))
    )
    both = checkpoint.Checkpoint(given.network, joint)
    table = _measure(lambda traces: add_baseline(network_curves(both, traces, "cpu"), traces), footage)
    checkpoint.save(arguments.out, given.network, dataclasses.replace(joint, calibration=table))
    print(table.source)
    for rate in (6.0, 1.0):
        print(f"at {rate:g} a minute:", {kind: round(table.threshold(kind, rate / 2), 3) for kind in table.scores})
    return 0


def _footage(arguments: argparse.Namespace, progress: VideoProgress) -> list[Footage]:
    from spotcore.commands.calibrate import QuietSpan, read_spans, render_quiet
    from spotcore.pipeline import features_for
    from spotcore.synthesis.planning import PlanSettings
    from spotcore.synthesis.trace_spiking import synthetic_traces
    from spotcore.video import open_video

    def measured(spans) -> list:
        pieces = []
        for span in spans:
            with open_video(span.video) as video:
                known = features_for(video, arguments.cache / "traces", progress=progress.start(span.video.name))
            pieces.append((known, span))
        return pieces

    footage: list[Footage] = []
    if arguments.quiet:
        footage.append(("real footage", measured(read_spans(arguments.quiet))))
    if arguments.synthetic_clips > 0:
        spans = render_quiet(arguments.cache, arguments.synthetic_clips, arguments.seed, progress)
        footage.append(("synthetic clips (astronaut variants; speech, blinks, turns)", measured(spans)))
    quiet = PlanSettings(seconds=20.0, micro=(0, 0), macro=(0, 0), speech_share=0.4)
    pieces = []
    for number in range(arguments.synthetic_traces):
        seed = (990 + arguments.seed) * 1_000_000 + number  # far from those of training sets
        traces, _ = synthetic_traces(seed, quiet, rough=number % 2 == 1)
        pieces.append((traces, QuietSpan(Path(f"traces {seed}"), 0, len(traces) - 1)))
    return [*footage, (SYNTHETIC_TRACES, pieces)] if pieces else footage


def _measure(curves_of: Callable[[Traces], Curves], footage: Sequence[Footage]) -> Calibration:
    from spotcore.calibration import measure_calibration, pessimistic
    from spotcore.commands.calibrate import false_in_span
    from spotcore.decoding import propose

    tables = []
    for name, pieces in footage:
        false, seconds = [], 0.0
        for traces, span in pieces:
            curves = curves_of(traces)
            false += false_in_span(propose(curves, None), span)
            ends = np.interp([span.first, span.last], curves.frames, curves.timestamps)
            seconds += float(ends[1] - ends[0])
        source = f"{seconds / 60:.1f} minutes of {name} ({len(pieces)} pieces)"
        tables.append(measure_calibration(false, seconds / 60, source))
    return pessimistic(tables)
