"""Who trains, who validates, who tests: always whole subjects, so that nobody is scored on a face it was trained on.

Plain names and counts, no files and no torch; the manifest carries the roles that are made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spotcore.errors import NothingToTrain

ROLES = ("train", "validation", "test")
# Without test subjects a model can be trained, but only scored on the subjects that chose its epoch.
NEEDED = ("train", "validation")


@dataclass(frozen=True)
class Fold:
    """Subjects in roles, each subject in one."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    def roles(self) -> dict[str, str]:
        """Subject -> role."""
        return {subject: role for role in ROLES for subject in getattr(self, role)}


def leave_one_subject_out(subjects: Iterable[str], validation: int = 1) -> list[Fold]:
    """One fold per subject as test; the `validation` subjects after it (in sorted order, round the corner) validate.

    Raises:
        NothingToTrain: too few subjects to leave anybody for training.
    """
    order = sorted(set(subjects))
    if len(order) < validation + 2:
        raise NothingToTrain(
            f"leave-one-subject-out needs at least {validation + 2} subjects (one to test, {validation} to validate, "
            f"one to train), got {len(order)}: {', '.join(order) or 'none'}"
        )
    folds = []
    for index, subject in enumerate(order):
        rest = order[index + 1 :] + order[:index]
        folds.append(Fold(tuple(sorted(rest[validation:])), tuple(sorted(rest[:validation])), (subject,)))
    return folds


def suggest_roles(events: Mapping[str, int], kept: Mapping[str, str] | None = None, seed: int = 0) -> dict[str, str]:
    """A role for every subject: about 70 / 15 / 15 per cent, no side empty where there are three subjects.

    Subjects that have a role keep it. Of the others the one with most events trains, then the emptiest side is served
    (validation before test), then each next subject goes where the share of events is farthest below its aim.

    Args:
        events: subject -> number of events.
        kept: subject -> role given earlier.
        seed: order among subjects with equally many events.
    """
    aims = dict(zip(ROLES, (0.70, 0.15, 0.15), strict=True))
    roles = {subject: role for subject, role in (kept or {}).items() if subject in events}
    noise = np.random.default_rng(seed).permutation(len(events))
    free = sorted((s for s in events if s not in roles), key=lambda s: (-events[s], noise[sorted(events).index(s)]))
    for subject in free:
        empty = [role for role in ROLES if role not in roles.values()]
        weight = {r: sum(events[s] + 1 for s, given in roles.items() if given == r) for r in ROLES}
        whole = sum(weight.values()) or 1
        roles[subject] = empty[0] if empty else max(ROLES, key=lambda role: aims[role] - weight[role] / whole)
    return roles


def require_sides(roles: Mapping[str, str], needed: Sequence[str] = NEEDED) -> None:
    """Refuse roles that leave a side empty, in a sentence that says who has which role and what to change.

    Args:
        roles: subject -> role.
        needed: roles that somebody must have.

    Raises:
        NothingToTrain: a needed side has no subject.
    """
    empty = [role for role in needed if role not in roles.values()]
    if not empty:
        return
    who = "; ".join(
        f"{role}: {', '.join(sorted(s for s, given in roles.items() if given == role)) or 'nobody'}" for role in ROLES
    )
    advice = (
        f"give the role {empty[0]} to one of the subjects who share a role"
        if len(roles) >= len(needed)
        else f"at least {len(needed)} subjects with reviewed videos are needed, there are {len(roles)}"
    )
    raise NothingToTrain(f"No subject has the role {' and no subject the role '.join(empty)} ({who}): {advice}.")
