"""Which subject trains, validates or tests: a deterministic suggestion that respects the roles people already have.

Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping

ROLES = ("train", "validation", "test")
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


def suggest(events: Mapping[str, int], kept: Mapping[str, str] | None = None) -> dict[str, str]:
    """Subject -> role.

    Kept roles stay. New subjects go, those with the most events first (ties by code), to the first empty role of train,
    validation and, from three subjects on, test; then to the role that is furthest below 60 / 20 / 20 per cent.

    Args:
        events: subject -> number of labelled expressions.
        kept: subject -> role given by an earlier label set; others than in `events` do not count.

    >>> suggest({"a": 5, "b": 9, "c": 1})
    {'a': 'validation', 'b': 'train', 'c': 'test'}
    """
    roles = {code: role for code, role in (kept or {}).items() if code in events}
    wanted = ROLES if len(events) >= 3 else ROLES[:2]
    for code in sorted(set(events) - set(roles), key=lambda c: (-events[c], c)):
        taken = list(roles.values())
        empty = [role for role in wanted if role not in taken]
        roles[code] = empty[0] if empty else max(wanted, key=lambda r: SHARES[r] * (len(taken) + 1) - taken.count(r))
    return dict(sorted(roles.items()))
