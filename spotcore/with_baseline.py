"""A network and the training-free baseline as one model: the decoder "with_baseline". Torch-free.

They miss different things: the baseline small movements, a network trained on synthetic traces series of strong ones.
Scores of the two are not comparable, so each is first turned into the false alarms a minute that its own detector
makes at that score; the fused score is then calibrated as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.ndimage import maximum_filter1d, median_filter

from spotcore.baseline import baseline_curves
from spotcore.boundary_apex import decode_boundary_apex
from spotcore.bumps import decode_bumps, one_per_event
from spotcore.feature_files import Traces
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.nms import suppress
from spotcore.probabilities import Calibration, Curves

DECODER = "with_baseline"
PREFIX = "baseline/"
BLINK_HALF = 0.12  # closure that halves micro evidence
BLINK_REACH = 0.1  # seconds around a sample in which a blink counts
# A network may join a series of expressions into one long proposal, which must not hide the single ones.
OVERLAP = 0.5
_RAREST = 1e-4  # false alarms a minute; tables end before


def fused_settings(
    network: Mapping[str, Any], network_rates: Calibration, baseline_rates: Calibration
) -> dict[str, Any]:
    """Decoder settings, plain values: those of the network's decoder and a table of rates for each detector."""
    return {"network": dict(network), "network_rates": _plain(network_rates), "baseline_rates": _plain(baseline_rates)}


def _plain(rates: Calibration) -> dict[str, list[list[float]]]:
    return {kind: [list(rates.scores[kind]), list(rates.false_alarms[kind])] for kind in EXPRESSION_TYPES}


def add_baseline(curves: Curves, traces: Traces) -> Curves:
    """Curves of a network whose decoder is "with_baseline": micro evidence lowered in blinks, the baseline's beside."""
    beside = {PREFIX + name: values for name, values in baseline_curves(traces).channels.items()}
    return replace(curves, channels={**quiet_blinks(curves, traces).channels, **beside})


def quiet_blinks(curves: Curves, traces: Traces) -> Curves:
    """The same curves with less evidence for a micro-expression in blinks, which pull at the brows as a frown does."""
    quiet = (curves.channels["micro_apex"] * open_eyes(traces)).astype(np.float32)
    return replace(curves, channels={**curves.channels, "micro_apex": quiet})


def open_eyes(traces: Traces) -> np.ndarray:
    """(T,) 1 where the eyes are as open as in the seconds around, towards 0 within a blink.

    A blink lowers the measured openness by a fifth to a third, jitter by a few per cent.
    """
    rate = traces.kind.rate
    openness = traces.eye_openness.astype(np.float64)
    usual = median_filter(openness, size=2 * round(1.5 * rate) + 1, mode="nearest")
    closed = np.clip((usual - openness) / np.maximum(usual, 0.05), 0, 1)
    near = maximum_filter1d(closed, 2 * round(BLINK_REACH * rate) + 1, mode="nearest")
    return 1 / (1 + (near / BLINK_HALF) ** 2)


def decode_with_baseline(curves: Curves) -> list[Interval]:
    """Proposals of both detectors, each scored 1 / (1 + false alarms a minute its detector makes at its score).

    Of two over the same movement the rarer false alarm stays.
    """
    own = {name: values for name, values in curves.channels.items() if not name.startswith(PREFIX)}
    bumps = {name[len(PREFIX) :]: values for name, values in curves.channels.items() if name.startswith(PREFIX)}
    settings = curves.settings
    found = _rated(decode_boundary_apex(replace(curves, channels=own, settings=settings["network"])),
                   settings["network_rates"])  # fmt: skip
    found += _rated(decode_bumps(replace(curves, channels=bumps, settings={})), settings["baseline_rates"])
    return one_per_event(suppress(found, OVERLAP))


def _rated(proposals: list[Interval], tables: Mapping[str, Any]) -> list[Interval]:
    """Scores become 1 / (1 + rate); between points of the table the logarithm of the rate is interpolated."""
    rated = []
    for proposal in proposals:
        scores, rates = tables[proposal.type]
        rate = np.exp(np.interp(proposal.score, scores, np.log(np.maximum(rates, _RAREST)))) if scores else np.inf
        rated.append(replace(proposal, score=float(1 / (1 + rate))))
    return rated
