"""Who trains, who validates, who tests: always whole subjects, so that nobody is scored on a face it was trained on.

Plain names and counts, no files and no torch; the manifest carries the roles that are made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
