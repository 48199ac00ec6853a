"""Settings refuse what they do not know and report all problems at once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from spotcore.config import Settings, describe, setting
from spotcore.errors import InvalidSettings


@dataclass(frozen=True)
class Kettle(Settings):
    litres: float = setting(1.0, "volume", low=0.1, high=3.0)
    cups: int = setting(4, "cups to fill", low=1)
    lid: bool = setting(True, "with a lid")
    colours: tuple[str, ...] = setting(("red",), "colours")
    kind: str = setting("gas", "what heats it", choices=("gas", "electric"))
    limit: float | None = setting(None, "switches off at", high=100.0)

    def contradictions(self):
        return ["too many cups"] if self.cups > 10 * self.litres else []


def test_defaults_are_legal_and_survive_json_shapes():
    kettle = Kettle(litres=2, colours=("red", "blue"))
    assert kettle.as_dict()["colours"] == ["red", "blue"]
    assert Kettle.from_dict(kettle.as_dict()) == kettle
    assert isinstance(kettle.litres, float)


def test_every_problem_is_named_in_one_message():
    with pytest.raises(InvalidSettings) as caught:
        Kettle.from_dict({"litres": 9.0, "cups": "many", "lid": 1, "kind": "coal", "limit": 200, "spout": 1}, "file")
    for part in ("file:", "litres: expected 0.1 to 3.0", "cups: expected int", "lid: expected bool", "kind", "limit",
                 "unknown setting 'spout'"):  # fmt: skip
        assert part in str(caught.value)


def test_true_is_no_number():
    with pytest.raises(InvalidSettings, match="cups: expected int, got True"):
        Kettle(cups=True)


def test_not_a_number_is_refused():
    with pytest.raises(InvalidSettings, match="litres"):
        Kettle(litres=float("nan"))


def test_contradictions_are_reported_once_each_value_is_legal():
    with pytest.raises(InvalidSettings, match="too many cups"):
        Kettle(litres=0.1, cups=5)


def test_every_setting_can_explain_itself():
    assert describe(Kettle)["cups"] == "cups to fill (default 4)"
