"""Settings as frozen dataclasses that check themselves: unknown keys are refused, all contradictions come at once.

The machinery only; what can be set stands beside the code it configures (`training.settings`, `decoding`).
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from spotcore.errors import InvalidSettings

S = TypeVar("S", bound="Settings")


def setting(
    default: Any,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] | None = None,
) -> Any:
    """One field of a settings dataclass: its default, meaning (with unit) and what is allowed, bounds included."""
    return field(default=default, metadata={"meaning": meaning, "low": low, "high": high, "choices": choices})


@dataclass(frozen=True)
class Settings:
    """Base of settings. Subclasses declare fields with `setting` and may override `contradictions`.

    Raises:
        InvalidSettings: naming every field of wrong type or range and every contradiction, in one message.
    """

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        problems = [problem for f in fields(self) for problem in _field_problems(self, f, hints[f.name])]
        # Contradictions compare values, which only makes sense where each value is legal in itself.
        problems += [] if problems else self.contradictions()
        if problems:
            raise InvalidSettings(f"{type(self).__name__}: " + "; ".join(problems))

    def contradictions(self) -> list[str]:
        """Sentences about fields that do not go together; empty when all is well."""
        return []

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` takes them back."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_dict(cls: type[S], values: Mapping[str, Any], where: str = "settings") -> S:
        """Make the settings from plain values, defaults where a key is missing.

        Raises:
            InvalidSettings: unknown keys, wrong types, values out of range, contradictions; all together.
        """
        known = {f.name: f for f in fields(cls)}
        hints = get_type_hints(cls)
        problems = [
            f"unknown setting {name!r} (known: {', '.join(sorted(known))})" for name in values if name not in known
        ]
        given = {name: _from_json(value, hints[name]) for name, value in values.items() if name in known}
        try:
            made = cls(**given)
        except InvalidSettings as error:
            problems.append(str(error))
        if problems:
            raise InvalidSettings(f"{where}: " + "; ".join(problems))
        return made


def _from_json(value: Any, hint: Any) -> Any:
    """JSON knows neither tuples nor the difference of 1 and 1.0; everything else is left as it came."""
    if isinstance(value, list) and get_origin(hint) is tuple:
        return tuple(value)
    return value


def _allowed_types(hint: Any) -> tuple[type, ...]:
    if isinstance(hint, types.UnionType):
        return tuple(kind for part in get_args(hint) for kind in _allowed_types(part))
    return (get_origin(hint) or hint,)


def _field_problems(owner: Settings, f: Any, hint: Any) -> list[str]:
    value, allowed = getattr(owner, f.name), _allowed_types(hint)
    if float in allowed and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
        object.__setattr__(owner, f.name, value)
    right = isinstance(value, allowed) and not (isinstance(value, bool) and bool not in allowed)
    if not right or value != value:
        return [f"{f.name}: expected {' or '.join(kind.__name__ for kind in allowed)}, got {value!r}"]
    rules = f.metadata
    if value is None or not rules:
        return []
    if rules["choices"] is not None and value not in rules["choices"]:
        return [f"{f.name}: expected one of {', '.join(map(str, rules['choices']))}, got {value!r}"]
    low, high = rules["low"], rules["high"]
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"at least {low}" if high is None else f"at most {high}" if low is None else f"{low} to {high}"
        return [f"{f.name}: expected {bounds}, got {value!r}"]
    return []


def describe(kind: type[Settings]) -> dict[str, str]:
    """Name of each setting -> its meaning and default, for help texts and forms."""
    return {
        f.name: f"{f.metadata.get('meaning', '')} (default {None if f.default is MISSING else f.default})"
        for f in fields(kind)
    }
