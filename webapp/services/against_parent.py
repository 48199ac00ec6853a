"""Whether a retrained version is any better than the one it started from: the people who tested decide.

Pure functions of stored scores. A training job writes `scores["against_parent"]`: "parent" (a name) beside the values
of `spotcore.paired.PairedDifference.as_dict`, the parent as a.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WORSE = "Worse than its parent"  # how the sentence begins that a finished job must not show in green


@dataclass(frozen=True)
class Verdict:
    """`recommended` is False where the version is worse than its parent, None where nothing is shown."""

    recommended: bool | None
    sentence: str


def against_parent(scores: Mapping[str, Any]) -> Verdict | None:
    """The verdict on a version; None where it has no parent or was not scored against it."""
    paired = scores.get("against_parent")
    if not paired:
        return None
    overall, parent = paired["overall"], paired["parent"]
    gain, role = overall["gain"], scores.get("measured_on", {}).get("role", "test")
    figures = f"F1 {overall['b']['f1']:.2f} instead of {overall['a']['f1']:.2f}"
    if gain["low"] is not None:
        figures += f", difference {gain['difference']:+.3f}, 95 % interval {gain['low']:+.3f} to {gain['high']:+.3f}"
    people = f"on the {role} subjects"
    if gain["difference"] < 0:
        return Verdict(False, f"{WORSE} {parent} {people} ({figures}): not recommended.")
    if role != "test":
        return Verdict(
            None, f"Not worse than its parent {parent} {people} ({figures}), but they also chose the mixture."
        )
    if gain["low"] is not None and gain["low"] > 0:
        return Verdict(True, f"Better than its parent {parent} {people} ({figures}).")
    return Verdict(None, f"Not worse than its parent {parent} {people}, but no gain is shown ({figures}).")
