"""The keys of the reviewing surface as the server knows them: read from the surface's own table, so that there is one.

Checks keys that an annotator chose. Listening to keys is the surface's matter (assets/review/keyboard.js).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parent / "components" / "assets" / "review" / "keymap.js"
MOST_KEYS = 4
# Esc always closes, Tab always moves the focus: without them a keyboard alone could get stuck.
FIXED_ACTIONS = ("escape",)
FIXED_KEYS = ("Escape", "Tab", "Shift+Tab")

_BINDING = re.compile(r"^  (\[\[.*\]),$")
_KEY = re.compile(r"(?:(?:Control|Meta)\+)?(?:Shift\+)?(?:[^\s\x00-\x1f\x7f]| |[A-Z][A-Za-z0-9]{1,19})")


@dataclass(frozen=True)
class Binding:
    """An action of the surface, the keys it is delivered with, and what the help says about it."""

    action: str
    keys: tuple[str, ...]
    text: str


@functools.cache
def bindings() -> tuple[Binding, ...]:
    """Every action that has keys, in the order of the table."""
    rows = (json.loads(m.group(1)) for line in TABLE.read_text().splitlines() if (m := _BINDING.match(line)))
    return tuple(Binding(action, tuple(keys), text) for keys, action, text in rows)


def problems(chosen: Mapping[str, Sequence[str]]) -> list[str]:
    """What is wrong with an annotator's own keys, as sentences; empty when they can be used.

    Args:
        chosen: action -> the keys that replace all of its own.
    """
    delivered = {binding.action: binding.keys for binding in bindings()}
    wrong = [f"There is no action {action!r}" for action in chosen if action not in delivered]
    wrong += [f"The keys of {action} are fixed" for action in chosen if action in FIXED_ACTIONS]
    for action, keys in chosen.items():
        if not 1 <= len(keys) <= MOST_KEYS:
            wrong.append(f"{action} needs 1 to {MOST_KEYS} keys, not {len(keys)}")
        wrong += [f"{key!r} is not the name of a key" for key in keys if not _KEY.fullmatch(key)]
        wrong += [f"{key} cannot be given to {action}" for key in keys if key in FIXED_KEYS]
    return wrong or _twice({**delivered, **chosen}, chosen)


def _twice(effective: Mapping[str, Sequence[str]], chosen: Mapping[str, Sequence[str]]) -> list[str]:
    owners: dict[str, list[str]] = {}
    for action, keys in effective.items():
        for key in keys:
            owners.setdefault(key, []).append(action)
    return [
        f"{key} cannot mean {' and '.join(actions)} at once"
        for key, actions in owners.items()
        if len(actions) > 1 and any(action in chosen for action in actions)
    ]
