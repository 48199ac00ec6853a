"""What coders of a study say about an interval: action units, emotions, reasons to reject, and what is asked at all.

A scheme checks itself when made. What was coded under an earlier scheme stays as it is; nothing here looks at it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

LONGEST_REASON = 36
LONGEST_NAME = 60
MOST = {"action units": 80, "emotions": 40, "reasons": 12}


@dataclass(frozen=True)
class ActionUnit:
    """A movement of the Facial Action Coding System, such as 12, "lip corner puller"."""

    number: int
    name: str


@dataclass(frozen=True)
class Reason:
    """Why a proposal is no expression, and the letter that says so after the key of rejecting."""

    letter: str
    name: str


@dataclass(frozen=True)
class Scheme:
    """What is coded in one study.

    Attributes:
        action_units: those that coders use, by number.
        sides: whether a unit may be marked left or right.
        intensities: whether a unit may carry an intensity, A to E.
        emotions: in the order of the list; none are shown where `ask_emotion` is false.
        reasons: at least one.

    Raises:
        ValueError: with a sentence per rule that does not hold.
    """

    action_units: tuple[ActionUnit, ...]
    sides: bool
    intensities: bool
    emotions: tuple[str, ...]
    reasons: tuple[Reason, ...]
    ask_emotion: bool
    ask_confidence: bool
    ask_note: bool

    def __post_init__(self) -> None:
        problems = [*_units_wrong(self.action_units), *_emotions_wrong(self), *_reasons_wrong(self.reasons)]
        if problems:
            raise ValueError(". ".join(problems))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scheme:
        """The scheme that `to_json` wrote; ValueError for anything else."""
        known = {f.name for f in fields(cls)}
        if set(data) != known:
            wrong = sorted(set(data) ^ known)
            raise ValueError(f"A scheme has the fields {', '.join(sorted(known))}; look at {', '.join(wrong)}")
        try:
            units = tuple(ActionUnit(_number(u["number"]), str(u["name"])) for u in data["action_units"])
            reasons = tuple(Reason(str(r["letter"]), str(r["name"])) for r in data["reasons"])
            flags = {name: bool(data[name]) for name in known if name.startswith("ask_")}
            emotions = tuple(str(name) for name in data["emotions"])
            return cls(units, bool(data["sides"]), bool(data["intensities"]), emotions, reasons, **flags)
        except (KeyError, TypeError) as error:
            raise ValueError(f"This is not a scheme: {error}") from None

    def to_json(self) -> dict[str, Any]:
        """As stored and sent: lists and objects only."""
        made = asdict(self)
        return made | {name: list(made[name]) for name in ("action_units", "emotions", "reasons")}


def _number(text: Any) -> int:
    if isinstance(text, bool) or not re.fullmatch(r"\d{1,9}", str(text)):
        raise ValueError(f"An action unit begins with its number, not with {text!r}")
    return int(text)


def _units_wrong(units: tuple[ActionUnit, ...]) -> Iterable[str]:
    yield from _too_many("action units", units)
    yield from _twice("The action unit", [unit.number for unit in units])
    for unit in units:
        if not 1 <= unit.number <= 99:
            yield f"An action unit has a number from 1 to 99, not {unit.number}"
        if not _is_text(unit.name, LONGEST_NAME):
            yield f"Action unit {unit.number} needs a name of at most {LONGEST_NAME} characters"


def _emotions_wrong(scheme: Scheme) -> Iterable[str]:
    yield from _too_many("emotions", scheme.emotions)
    yield from _twice("The emotion", scheme.emotions)
    if not all(_is_text(name, LONGEST_NAME) for name in scheme.emotions):
        yield f"An emotion has a name of at most {LONGEST_NAME} characters"
    if scheme.ask_emotion and not scheme.emotions:
        yield "Name at least one emotion, or do not ask for it"


def _reasons_wrong(reasons: tuple[Reason, ...]) -> Iterable[str]:
    yield from _too_many("reasons", reasons)
    yield from _twice("The reason", [reason.name for reason in reasons])
    yield from _twice("The letter", [reason.letter for reason in reasons])
    if not reasons:
        yield "Name at least one reason to reject a proposal"
    for reason in reasons:
        if not re.fullmatch("[a-z]", reason.letter):
            yield f"The letter of a reason is one of a to z, not {reason.letter!r}"
        # Exchanged tables write "rejected (reason)".
        if not _is_text(reason.name, LONGEST_REASON) or set(reason.name) & set("()"):
            yield f"A reason has a name of at most {LONGEST_REASON} characters without brackets, not {reason.name!r}"


def _too_many(what: str, listed: tuple[Any, ...]) -> Iterable[str]:
    if len(listed) > MOST[what]:
        yield f"There may be at most {MOST[what]} {what}, not {len(listed)}"


def _twice(what: str, names: Iterable[Any]) -> Iterable[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{what} {name} is named {count} times"


def _is_text(text: str, longest: int) -> bool:
    return 0 < len(text.strip()) == len(text) <= longest and text.isprintable()


_FACS = {
    1: "inner brow raiser", 2: "outer brow raiser", 4: "brow lowerer", 5: "upper lid raiser", 6: "cheek raiser",
    7: "lid tightener", 9: "nose wrinkler", 10: "upper lip raiser", 11: "nasolabial deepener", 12: "lip corner puller",
    13: "sharp lip puller", 14: "dimpler", 15: "lip corner depressor", 16: "lower lip depressor", 17: "chin raiser",
    18: "lip pucker", 20: "lip stretcher", 22: "lip funneler", 23: "lip tightener", 24: "lip pressor", 25: "lips part",
    26: "jaw drop", 27: "mouth stretch", 28: "lip suck", 38: "nostril dilator", 39: "nostril compressor",
    43: "eyes closed", 45: "blink", 46: "wink",
}  # fmt: skip

DEFAULT_SCHEME = Scheme(
    action_units=tuple(ActionUnit(number, name) for number, name in _FACS.items()),
    sides=True,
    intensities=True,
    emotions=("anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise", "other"),
    reasons=(Reason("b", "blink"), Reason("s", "speech"), Reason("h", "head motion"), Reason("o", "other")),
    ask_emotion=True,
    ask_confidence=True,
    ask_note=True,
)
"""What every study codes until it has a scheme of its own."""
