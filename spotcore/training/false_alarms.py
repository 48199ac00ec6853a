"""Calibration of a freshly trained network: how many proposals a minute it makes where there is nothing to find."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spotcore.boundary_apex import sample_rate
from spotcore.decoding import DECODERS
from spotcore.inference import run_network, silence
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.models import SpottingNetwork
from spotcore.models.layers import REGIONS
from spotcore.probabilities import Calibration, Curves
from spotcore.training.dataset import LabelledVideo
from spotcore.training.selection import DECODER, decoder_settings, in_known

ENOUGH_MINUTES = 1.0
_SHORTEST = 24  # samples without expression in a video that are worth shuffling
_PIECE_SECONDS = 10
_POINTS = 64  # scores kept per type


def measure(
    network: SpottingNetwork,
    videos: Sequence[LabelledVideo],
    curves: Sequence[Curves],
    types: Sequence[str],
    seed: int = 0,
) -> Calibration | None:
    """Score against expected false proposals a minute, per type; None where there is no footage at all.

    Counted are proposals that share no frame with a true expression, over the minutes of decided footage without
    expression. Where that is less than a minute, surrogates of it are added up to two minutes: the empty stretches of
    a video put together, with randomised phases (same spectrum and same correlation of regions, other course), or
    plain noise at the measured noise floor where there are none. Training footage is in it, so the true rate on new
    people is higher; `source` says how much of what was measured.
    """
    false: list[Interval] = []
    minutes = {"train": 0.0, "validation": 0.0}
    for video, curve in zip(videos, curves, strict=True):
        minutes[video.entry.role] += empty_minutes(video)
        proposals = in_known(video, DECODERS[DECODER](curve))
        false += [p for p in proposals if not any(touch(p, true) for true in video.entry.intervals)]
    total = sum(minutes.values())
    made = 0.0
    if total < ENOUGH_MINUTES and videos:
        rng = np.random.default_rng([seed, 2])
        made = 2 * ENOUGH_MINUTES - total
        for displacement, rate in _surrogates(videos, made, rng):
            false += _spot(network, displacement, rate, types)
        total += made
    if total <= 0:
        return None
    scores, rates = {}, {}
    for kind in EXPRESSION_TYPES:
        values = sorted((p.score for p in false if p.type == kind), reverse=True)
        scores[kind], rates[kind] = rate_table(values, total) if kind in types else ((), ())
    source = (
        f"{len(false)} proposals of this network in {total:.1f} minutes without expression: "
        f"{minutes['train']:.1f} of its training videos, {minutes['validation']:.1f} of validation videos"
        + (f", {made:.1f} of surrogates made from them" if made else "")
        + ". People it has never seen may give more false alarms."
    )
    return Calibration(scores, rates, source)


def rate_table(values: Sequence[float], minutes: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Descending scores of false proposals -> ascending scores with their rates, ended by (1, 0)."""
    points: dict[float, float] = {1.0: 0.0}
    for count, score in enumerate(values, start=1):
        if score < 1.0:
            points[score] = count / minutes  # the last of equal scores counts them all
    # Where none was seen, half an event is the usual guess; it lets a rate of zero still mean "only certainties".
    points.setdefault(0.0, (len(values) + 0.5) / minutes)
    scores = np.array(sorted(points))
    if len(scores) > _POINTS:
        scores = scores[np.unique(np.linspace(0, len(scores) - 1, _POINTS).round().astype(int))]
    return tuple(scores.tolist()), tuple(points[score] for score in scores.tolist())


def touch(a: Interval, b: Interval) -> bool:
    """Whether two intervals share a frame."""
    return a.onset <= b.offset and b.onset <= a.offset


def _rate(video: LabelledVideo) -> float:
    return sample_rate(video.traces.timestamps)


def _empty(video: LabelledVideo) -> np.ndarray:
    """(T,) bool: decided, with a face, and outside every expression."""
    return video.known & video.traces.found & ~video.targets.action.any(axis=0)


def empty_minutes(video: LabelledVideo) -> float:
    """Minutes in which somebody saw that there is no expression."""
    return float(_empty(video).sum() / _rate(video) / 60)


def _surrogates(
    videos: Sequence[LabelledVideo], minutes: float, rng: np.random.Generator
) -> list[tuple[np.ndarray, float]]:
    """(displacement (T, R, 2), rate) pieces that last the given minutes together."""
    sources = [(stitch(video.traces.displacement[:, :REGIONS], _empty(video)), _rate(video)) for video in videos]
    sources = [(source, rate) for source, rate in sources if len(source) >= _SHORTEST]
    floor = float(np.median(np.concatenate([video.traces.noise_floor for video in videos])))
    pieces, left = [], minutes * 60
    while left > 0:
        if sources:
            source, rate = sources[int(rng.integers(len(sources)))]
            piece = shuffle_phases(_lengthen(source, int(_PIECE_SECONDS * rate)), rng)
        else:
            rate = _rate(videos[0])
            piece = floor * rng.standard_normal((int(_PIECE_SECONDS * rate), REGIONS, 2))
        piece = piece[: max(int(np.ceil(left * rate)), 1)].astype(np.float32)
        pieces.append((piece, rate))
        left -= len(piece) / rate
    return pieces


def stitch(displacement: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The wanted samples without the rest: movement between neighbours is kept, jumps over what is left out are not.

    Args:
        displacement: (T, R, 2).
        wanted: (T,) bool.

    Returns:
        (number of wanted neighbours, R, 2), starting from the first movement.
    """
    steps = np.diff(displacement, axis=0)[wanted[1:] & wanted[:-1]]
    return np.cumsum(steps, axis=0)


def _lengthen(displacement: np.ndarray, count: int) -> np.ndarray:
    """Forth and back until there are at least `count` samples; short stretches hold no slow movements otherwise."""
    while len(displacement) < count:
        displacement = np.concatenate([displacement, displacement[::-1]])
    return displacement


def shuffle_phases(displacement: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T, R, 2) with the same spectrum and correlations but another course in time (phases drawn anew)."""
    # The line from start to end goes first: its jump at the seam would become broadband noise.
    line = np.linspace(0, 1, len(displacement))[:, None, None] * (displacement[-1] - displacement[0])
    spectrum = np.fft.rfft(displacement - line, axis=0)
    turn = np.exp(2j * np.pi * rng.random(len(spectrum)))
    turn[0] = 1.0
    return np.fft.irfft(spectrum * turn[:, None, None], n=len(displacement), axis=0)


def _spot(network: SpottingNetwork, displacement: np.ndarray, rate: float, types: Sequence[str]) -> list[Interval]:
    count = len(displacement)
    still = np.zeros((count, network.pairs - displacement.shape[1], 2), displacement.dtype)  # eyes and head at rest
    displacement = np.concatenate([displacement, still], axis=1)
    channels = silence(run_network(network, displacement), np.ones(count, bool))
    settings = decoder_settings(types, {})
    return DECODERS[DECODER](Curves(np.arange(count), np.arange(count) / rate, channels, DECODER, settings))
