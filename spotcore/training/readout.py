"""How the curves of a trained network become proposals: decoder, its settings, calibration. Nothing is trained here.

A network on its own is measured by `false_alarms`. One that goes on from a model joined with the training-free baseline
stays joined: every table of its start is mixed with what was counted on the new footage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spotcore.calibration import measure_calibration, mixture, one_scale
from spotcore.decoding import DECODERS
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.models import SpottingNetwork
from spotcore.probabilities import Calibration, Curves
from spotcore.training import false_alarms
from spotcore.training.dataset import LabelledVideo
from spotcore.training.selection import DECODER, curves_of, decoder_settings, in_known
from spotcore.with_baseline import DECODER as WITH_BASELINE
from spotcore.with_baseline import PREFIX, add_baseline, fused_settings

# The tables of the start count as this many minutes: with fewer of one's own, they have the say.
TRUSTED_MINUTES = 2.0


@dataclass(frozen=True)
class Readout:
    """What a checkpoint says about decoding, and the curves that follow.

    Attributes:
        decoder, settings, calibration: as in `CheckpointInfo`.
        curves: a labelled video -> its curves, as the checkpoint will give them.
        by_threshold: whether the settings hold thresholds chosen on the validation subjects.
    """

    decoder: str
    settings: Mapping[str, Any]
    calibration: Calibration | None
    curves: Callable[[LabelledVideo], Curves]
    by_threshold: bool = True


def alone(
    network: SpottingNetwork,
    videos: Sequence[LabelledVideo],
    types: Sequence[str],
    thresholds: Mapping[str, float],
    seed: int,
) -> Readout:
    """Of a network by itself, calibrated on `videos`, those of people who trained or validated."""
    raw = [curves_of(network, video, types) for video in videos]
    calibration = false_alarms.measure(network, videos, raw, types, seed)
    return Readout(
        DECODER, decoder_settings(types, thresholds), calibration,
        lambda video: curves_of(network, video, types, thresholds, calibration),
    )  # fmt: skip


def joined(
    network: SpottingNetwork,
    videos: Sequence[LabelledVideo],
    types: Sequence[str],
    known: Mapping[str, Any],
    calibration: Calibration,
) -> Readout:
    """Of a network that stays joined with the baseline.

    Args:
        network: tuned.
        videos: of people who trained or validated.
        types: proposed.
        known: decoder settings of the start.
        calibration: of the start.
    """
    both = {video.entry.id: add_baseline(curves_of(network, video, types), video.traces) for video in videos}
    quiet = Quiet(videos)
    suppressed = decoder_settings(types, {})["suppressed"]
    own = {**known["network"], "suppressed": suppressed}
    rates = {
        name: mixture(_table(known[f"{name}_rates"]), quiet.table(part), quiet.minutes, TRUSTED_MINUTES)
        for name, part in (
            ("network", lambda video: _part(both[video.entry.id], DECODER, own, of_baseline=False)),
            ("baseline", lambda video: _part(both[video.entry.id], "bumps", {}, of_baseline=True)),
        )
    }
    settings = fused_settings(own, rates["network"], rates["baseline"])
    together = quiet.table(lambda video: replace(both[video.entry.id], decoder=WITH_BASELINE, settings=settings))
    table = one_scale(mixture(calibration, together, quiet.minutes, TRUSTED_MINUTES))

    def curves(video: LabelledVideo) -> Curves:
        found = both.get(video.entry.id) or add_baseline(curves_of(network, video, types), video.traces)
        return replace(found, decoder=WITH_BASELINE, settings=settings, calibration=table)

    return Readout(WITH_BASELINE, settings, table, curves, by_threshold=False)


class Quiet:
    """The decided footage without expression of some videos, to count false proposals on."""

    def __init__(self, videos: Sequence[LabelledVideo]) -> None:
        self.videos = videos
        self.minutes = sum(false_alarms.empty_minutes(video) for video in videos)

    def table(self, curves: Callable[[LabelledVideo], Curves]) -> Calibration | None:
        """Score against false proposals a minute of whatever these curves give; None without any footage."""
        if self.minutes <= 0:
            return None
        false: list[Interval] = []
        for video in self.videos:
            found = curves(video)
            proposals = in_known(video, DECODERS[found.decoder](found))
            false += [p for p in proposals if not any(false_alarms.touch(p, true) for true in video.entry.intervals)]
        source = f"{self.minutes:.1f} minutes without expression of the training and validation videos"
        return measure_calibration(false, self.minutes, source)


def _table(stored: Mapping[str, Sequence[Sequence[float]]]) -> Calibration:
    """Rates of a detector as `fused_settings` keeps them."""
    scores = {kind: tuple(stored[kind][0]) for kind in EXPRESSION_TYPES}
    return Calibration(scores, {kind: tuple(stored[kind][1]) for kind in EXPRESSION_TYPES}, "the start")


def _part(curves: Curves, decoder: str, settings: Mapping[str, Any], of_baseline: bool) -> Curves:
    """The channels of one of the two detectors."""
    channels = {
        name.removeprefix(PREFIX): values
        for name, values in curves.channels.items()
        if name.startswith(PREFIX) == of_baseline
    }
    return replace(curves, channels=channels, decoder=decoder, settings=settings)
