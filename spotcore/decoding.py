"""Curves to proposals: the decoder that the curves name, then as many proposals as the reviewer wants to see.

Torch-free and fast: pages decode stored curves again when somebody moves the sensitivity slider. Each decoder stands
in a module of its own (`boundary_apex`, `bumps`, `runs`); published recipes in `published_decoding`.
"""

from __future__ import annotations

from collections.abc import Callable

from spotcore.boundary_apex import decode_boundary_apex
from spotcore.bumps import decode_bumps
from spotcore.errors import InvalidSettings
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.nms import suppress
from spotcore.probabilities import Curves
from spotcore.runs import decode_runs
from spotcore.with_baseline import decode_with_baseline

REVIEW_FALSE_ALARMS = 6.0
STRICT_FALSE_ALARMS = 1.0


DECODERS: dict[str, Callable[[Curves], list[Interval]]] = {
    "boundary_apex": decode_boundary_apex,
    "bumps": decode_bumps,
    "runs": decode_runs,
    "with_baseline": decode_with_baseline,
}


def propose(curves: Curves, false_alarms: float | None = REVIEW_FALSE_ALARMS) -> list[Interval]:
    """Proposals in ORIGINAL frame numbers, by onset, then type.

    Args:
        curves: of one video; they name their decoder and may carry a calibration.
        false_alarms: expected false proposals a minute over both types together, each type granted one half; None
            gives everything the decoder finds. Curves without calibration cannot promise a rate: there the decoder
            settings `macro_threshold` and `micro_threshold` decide.

    Raises:
        InvalidSettings: an unknown decoder, settings it does not know, or a rate below zero.
    """
    if curves.decoder not in DECODERS:
        raise InvalidSettings(f"expected one of the decoders {', '.join(DECODERS)}, got {curves.decoder!r}")
    if false_alarms is not None and not false_alarms >= 0:
        raise InvalidSettings(f"false alarms: expected a rate of 0 or more a minute, got {false_alarms}")
    found = DECODERS[curves.decoder](curves)
    if false_alarms is not None:
        floors = {kind: score_floor(curves, kind, false_alarms) for kind in EXPRESSION_TYPES}
        found = [p for p in found if p.score is None or p.score >= floors[p.type]]
    return sorted(suppress(found), key=lambda interval: (interval.onset, interval.type))


def score_floor(curves: Curves, kind: str, false_alarms: float) -> float:
    """The smallest score of this type that is shown at this rate."""
    calibration = curves.calibration
    if calibration is None or not calibration.scores.get(kind):
        return float(curves.settings.get(f"{kind}_threshold", float("-inf")))
    return calibration.threshold(kind, false_alarms / len(EXPRESSION_TYPES))
