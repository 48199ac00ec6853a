"""`python -m spotcore with-baseline CHECKPOINT --out DIR`: a trained network and the baseline as one calibrated model.

`build-default` joins the default model's ensemble in the same way.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spotcore.commands.progress import VideoProgress, video_progress
from spotcore.errors import InvalidSettings
from spotcore.feature_files import Traces
from spotcore.probabilities import Calibration, Curves

if TYPE_CHECKING:
    from spotcore.training.checkpoint import Checkpoint

REAL = "real footage"
CLIPS = "synthetic clips (astronaut variants; speech, blinks, turns)"
SMOOTH, ROUGH = "synthetic traces", "rough synthetic traces (free heads, hands, repeated frames)"
# How much each kind counts in what both make together: half pictures, half traces, of which a third rough.
WEIGHTS = {REAL: 0.5, CLIPS: 0.5, SMOOTH: 0.325, ROUGH: 0.175}
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
    from spotcore.training import checkpoint

    given = checkpoint.load(arguments.checkpoint, "cpu")
    with video_progress() as progress:
        footage = gather_footage(arguments.cache, progress, arguments.quiet, arguments.synthetic_clips,
                                 arguments.synthetic_traces, arguments.seed)  # fmt: skip
    joint = joint_model(given, footage)
    checkpoint.save(arguments.out, joint.network, joint.info)
    print_promise(joint.info.calibration)
    return 0


def joint_model(given: Checkpoint, footage: Sequence[Footage]) -> Checkpoint:
    """The network and the baseline as one model, calibrated on footage without expressions.

    Measured twice: the network alone, so that its scores can be compared with the baseline's (there the worst kind of
    footage counts, for nobody has tried it on real footage at large), then both together, on the mixture of kinds.

    Raises:
        InvalidSettings: no footage, or a network with another decoder than boundary_apex.
    """
    from spotcore.calibration import average, one_scale, pessimistic, shipped_calibration
    from spotcore.inference import network_curves
    from spotcore.training.checkpoint import Checkpoint
    from spotcore.with_baseline import DECODER, add_baseline, fused_settings, quiet_blinks

    if given.info.decoder != "boundary_apex":
        raise InvalidSettings(f"with-baseline: expected the decoder boundary_apex, got {given.info.decoder}")
    if not footage:
        raise InvalidSettings("with-baseline: expected --quiet, --synthetic-clips or --synthetic-traces")
    thresholds = ("macro_threshold", "micro_threshold")  # chosen for want of a calibration
    decoding = {name: value for name, value in given.info.decoder_settings.items() if name not in thresholds}
    alone = Checkpoint(given.network, replace(given.info, decoder_settings=decoding, calibration=None))
    rates = pessimistic(_measure(lambda traces: quiet_blinks(network_curves(alone, traces, "cpu"), traces), footage))
    settings = fused_settings(decoding, rates, shipped_calibration("baseline"))
    both = Checkpoint(given.network, replace(alone.info, decoder=DECODER, decoder_settings=settings))
    tables = _measure(lambda traces: add_baseline(network_curves(both, traces, "cpu"), traces), footage)
    table = one_scale(average(tables, [WEIGHTS[name] for name, _ in footage]))
    return Checkpoint(given.network, replace(both.info, calibration=table))


def print_promise(table: Calibration) -> None:
    """What a calibration was measured on, and the scores it asks for at the two settings."""
    print(table.source)
    for rate in (6.0, 1.0):
        print(f"at {rate:g} a minute:", {kind: round(table.threshold(kind, rate / 2), 3) for kind in table.scores})


def gather_footage(
    cache: Path, progress: VideoProgress, quiet: Path | None = None, clips: int = 12, traces: int = 60, seed: int = 0
) -> list[Footage]:
    """Footage without expressions, measured; clips and trace files stay in `cache`.

    Args:
        cache: folder.
        progress: shown for every video.
        quiet: table of real spans, or None.
        clips: rendered clips of 20 s.
        traces: trace clips of 20 s, every second one rough.
        seed: of the synthetic footage.
    """
    from spotcore.commands.calibrate import QuietSpan, read_spans, render_quiet
    from spotcore.pipeline import features_for
    from spotcore.synthesis.planning import PlanSettings
    from spotcore.synthesis.trace_spiking import synthetic_traces
    from spotcore.video import open_video

    def measured(spans) -> list:
        pieces = []
        for span in spans:
            with open_video(span.video) as video:
                known = features_for(video, cache / "traces", progress=progress.start(span.video.name))
            pieces.append((known, span))
        return pieces

    footage: list[Footage] = []
    if quiet:
        footage.append((REAL, measured(read_spans(quiet))))
    if clips > 0:
        spans = render_quiet(cache, clips, seed, progress)
        footage.append((CLIPS, measured(spans)))
    calm = PlanSettings(seconds=20.0, micro=(0, 0), macro=(0, 0), speech_share=0.4)
    for name, first in ((SMOOTH, 0), (ROUGH, 1)):
        pieces = []
        for number in range(first, traces, 2):
            own = (990 + seed) * 1_000_000 + number  # far from those of training sets
            drawn, _ = synthetic_traces(own, calm, rough=name == ROUGH)
            pieces.append((drawn, QuietSpan(Path(f"traces {own}"), 0, len(drawn) - 1)))
        if pieces:
            footage.append((name, pieces))
    return footage


def _measure(curves_of: Callable[[Traces], Curves], footage: Sequence[Footage]) -> list[Calibration]:
    from spotcore.calibration import measure_calibration
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
    return tables
