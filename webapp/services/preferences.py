"""What an annotator has set up for themselves, kept with the person and not with the browser: keys of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from db.queries import people
from db.session import Database
from webapp import keymap
from webapp.services.errors import NotFound, Refused

Keys = dict[str, list[str]]


def own_keys(database: Database, annotator_id: int) -> Keys:
    """Action -> keys that replace the delivered ones; actions that are not named keep theirs.

    Keys of actions that do not exist any more are left out.
    """
    known = {binding.action for binding in keymap.bindings()}
    with database.read() as session:
        annotator = people.annotator(session, annotator_id)
        if annotator is None:
            raise NotFound("There is no such annotator.")
        kept = (annotator.preferences or {}).get("keys", {})
        return {action: list(keys) for action, keys in kept.items() if action in known}


def set_own_keys(database: Database, annotator_id: int, keys: Mapping[str, Sequence[str]]) -> None:
    """Use these keys from now on, on every machine; an empty mapping goes back to the delivered ones.

    Raises:
        Refused: an unknown action, a name that is no key, or one key for two actions; the message names each.
    """
    wrong = keymap.problems(keys)
    if wrong:
        raise Refused(". ".join(wrong) + ".")
    with database.begin() as session:
        annotator = people.annotator(session, annotator_id)
        if annotator is None:
            raise NotFound("There is no such annotator.")
        # A new object: SQLAlchemy does not see changes inside a JSON value.
        annotator.preferences = {**(annotator.preferences or {}), "keys": {a: list(k) for a, k in keys.items()}}
