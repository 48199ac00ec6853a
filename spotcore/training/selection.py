"""Scoring of a network while and after it trains: proposals on labelled videos, the best thresholds, the scores.

What counts as a hit stands in `matching`. Frames that nobody decided about are left out of every score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from spotcore.decoding import DECODERS, propose
from spotcore.evaluation import Scores, score_videos
from spotcore.inference import run_network, silence
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.models import SpottingNetwork
from spotcore.network_input import network_input
from spotcore.probabilities import Calibration, Curves
from spotcore.thresholds import Choice, best_thresholds
from spotcore.training.dataset import LabelledVideo

DECODER = "boundary_apex"
LOOSE_APEX = 0.2  # negatives of the focal loss rest at 0.16; the score sorts out the rest


def curves_of(
    network: SpottingNetwork,
    video: LabelledVideo,
    types: Sequence[str],
    thresholds: Mapping[str, float] | None = None,
    calibration: Calibration | None = None,
) -> Curves:
    """Curves of a video as a checkpoint of this network would give them."""
    probabilities = run_network(network, network_input(video.traces, network.pairs))
    return labelled_curves(video, probabilities, types, thresholds, calibration)


def labelled_curves(
    video: LabelledVideo,
    probabilities: np.ndarray,
    types: Sequence[str],
    thresholds: Mapping[str, float] | None = None,
    calibration: Calibration | None = None,
) -> Curves:
    """`curves_of` where the (10, T) probabilities are already there."""
    channels = silence(probabilities, video.traces.found)
    settings = decoder_settings(types, thresholds or {})
    return Curves(video.traces.frames, video.traces.timestamps, channels, DECODER, settings, calibration)


def decoder_settings(types: Sequence[str], thresholds: Mapping[str, float]) -> dict[str, float | str]:
    """Settings of the decoder: loose, with untrained types suppressed and thresholds for lack of a calibration."""
    untrained = ",".join(kind for kind in EXPRESSION_TYPES if kind not in types)
    return {"apex_threshold": LOOSE_APEX, "suppressed": untrained} | {
        f"{kind}_threshold": float(value) for kind, value in thresholds.items()
    }


def in_known(video: LabelledVideo, proposals: Sequence[Interval]) -> list[Interval]:
    """Proposals of which at least half lies in frames that somebody decided about."""
    frames = video.traces.frames
    sums = np.concatenate([[0], np.cumsum(video.known)])
    kept = []
    for proposal in proposals:
        first, end = np.searchsorted(frames, [proposal.onset, proposal.offset + 1])
        if 2 * (sums[end] - sums[first]) >= max(end - first, 1):
            kept.append(proposal)
    return kept


def true_intervals(video: LabelledVideo) -> list[Interval]:
    """True intervals, original frames, without those that lie mostly in frames nobody is sure about."""
    return in_known(video, video.entry.intervals)


def choose_thresholds(videos: Sequence[LabelledVideo], curves: Sequence[Curves]) -> Choice:
    """The score per type above which F1 is best; see `thresholds`."""
    truth, proposals = {}, {}
    for video, curve in zip(videos, curves, strict=True):
        truth[video.entry.id] = true_intervals(video)
        proposals[video.entry.id] = in_known(video, DECODERS[DECODER](curve))
    return best_thresholds(truth, proposals)


def score_role(
    videos: Sequence[LabelledVideo], curves: Sequence[Curves], false_alarms: float | None
) -> Scores:
    """Scores of the proposals that a reviewer would be shown.

    Args:
        false_alarms: a rate, where the curves carry a calibration; None applies the thresholds of the settings.
    """
    truth, proposals = {}, {}
    for video, curve in zip(videos, curves, strict=True):
        if false_alarms is None:
            found = [p for p in propose(curve, None) if p.score >= curve.settings[f"{p.type}_threshold"]]
        else:
            found = propose(curve, false_alarms)
        truth[video.entry.id], proposals[video.entry.id] = true_intervals(video), in_known(video, found)
    return score_videos(truth, proposals)
