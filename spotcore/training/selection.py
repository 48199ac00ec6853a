"""Scoring of a network while and after it trains: proposals on labelled videos, the best thresholds, the scores.

What counts as a hit stands in `matching`. Frames that nobody decided about are left out of every score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spotcore.decoding import DECODERS, propose
from spotcore.evaluation import Score, Scores, score_videos
from spotcore.inference import run_network, silence
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.matching import match
from spotcore.models import SpottingNetwork
from spotcore.probabilities import Calibration, Curves
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
    probabilities = run_network(network, video.traces.displacement)
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


@dataclass(frozen=True)
class Choice:
    """Thresholds that maximise F1 per type on some videos, and the scores there."""

    thresholds: dict[str, float]
    scores: Scores


def choose_thresholds(videos: Sequence[LabelledVideo], curves: Sequence[Curves]) -> Choice:
    """The score per type above which F1 is best.

    Greedy matching by score serves surer proposals first, so leaving out the less sure ones changes nothing for the
    rest: one matching gives the counts at every threshold.
    """
    marked: dict[str, list[tuple[float, bool]]] = {kind: [] for kind in EXPRESSION_TYPES}
    events = dict.fromkeys(EXPRESSION_TYPES, 0)
    for video, curve in zip(videos, curves, strict=True):
        truth, found = true_intervals(video), in_known(video, DECODERS[DECODER](curve))
        hits = {hit.proposal for hit in match(truth, found)}
        for interval in truth:
            events[interval.type] += 1
        for index, proposal in enumerate(found):
            marked[proposal.type].append((float(proposal.score or 0.0), index in hits))
    thresholds, scores = {}, {}
    for kind in EXPRESSION_TYPES:
        thresholds[kind], scores[kind] = _best(marked[kind], events[kind])
    pooled = [sum(getattr(scores[kind], name) for kind in EXPRESSION_TYPES) for name in ("tp", "fp", "fn")]
    return Choice(thresholds, Scores(scores["macro"], scores["micro"], Score(*pooled)))


def _best(marked: list[tuple[float, bool]], events: int) -> tuple[float, Score]:
    """Highest threshold of largest F1; above every score where nothing was hit."""
    marked = sorted(marked, reverse=True)
    best, threshold, hits = Score(0, 0, events), 1.0, 0
    for count, (score, hit) in enumerate(marked, start=1):
        hits += hit
        last_of_equals = count == len(marked) or marked[count][0] < score
        candidate = Score(hits, count - hits, events - hits)
        if last_of_equals and candidate.f1 > best.f1:
            best, threshold = candidate, score
    return threshold, best


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
