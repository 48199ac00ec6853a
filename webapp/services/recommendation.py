"""Whether a new version deserves to become champion: a recommendation from a paired comparison, never a deed.

Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Recommendation:
    """`promote` is None where the comparison does not say enough either way."""

    promote: bool | None
    sentence: str


def recommend(paired: Mapping[str, Any], role: str, champion: str, new: str) -> Recommendation:
    """What the people who tested say about `new` against `champion`.

    Args:
        paired: `spotcore.paired.PairedDifference.as_dict`, the champion as a.
        role: whose footage it was: "test", "validation" (who also chose the new version's epoch) or "chosen".
    """
    gain = paired["overall"]["gain"]
    figures = f"F1 {paired['overall']['b']['f1']:.2f} against {paired['overall']['a']['f1']:.2f}"
    if gain["low"] is None:
        said = f"{new} and {champion} met on a single subject ({figures}): that decides nothing. Label a second one."
        return Recommendation(None, said)
    spread = f"a gain of {gain['difference']:+.2f}, 95 % interval {gain['low']:+.2f} to {gain['high']:+.2f}"
    if role == "validation":
        return Recommendation(
            None,
            f"{spread[:1].upper()}{spread[1:]} for {new}, but on the subjects who also chose its epoch, which flatters "
            "it. Give somebody the role test before promoting.",
        )
    if gain["low"] > 0:
        return Recommendation(True, f"Promote {new}: it is better than {champion} ({figures}; {spread}).")
    if gain["high"] < 0:
        return Recommendation(False, f"Keep {champion}: {new} is worse ({figures}; {spread}).")
    return Recommendation(None, f"No difference is shown between {new} and {champion} ({figures}; {spread}).")
