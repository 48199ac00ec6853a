"""Keys as the server knows them, and what it refuses of an annotator's own."""

from __future__ import annotations

import pytest

from webapp import keymap


def test_every_line_of_the_surfaces_table_is_read():
    lines = [line for line in keymap.TABLE.read_text().splitlines() if line.startswith("  [[")]
    assert len(keymap.bindings()) == len(lines) > 40


def test_the_delivered_keys_have_one_meaning_each():
    keys = [key for binding in keymap.bindings() for key in binding.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "chosen",
    [{}, {"accept": ["F8"]}, {"accept": ["Shift+A", "F2"]}, {"accept": ["r"], "reject": ["a"]}, {"play": ["ä", " "]}],
)
def test_keys_without_a_conflict_can_be_used(chosen):
    assert keymap.problems(chosen) == []


@pytest.mark.parametrize(
    ("chosen", "word"),
    [
        ({"dance": ["F8"]}, "no action 'dance'"),
        ({"accept": ["r"]}, "r cannot mean accept and reject"),
        ({"accept": ["F8"], "unsure": ["F8"]}, "F8 cannot mean accept and unsure"),
        ({"accept": []}, "1 to 4 keys"),
        ({"accept": ["F8", "K", "y", "F2", "F3"]}, "1 to 4 keys"),
        ({"accept": ["two words"]}, "not the name of a key"),
        ({"accept": ["\x00"]}, "not the name of a key"),
        ({"accept": ["Hyper+k"]}, "not the name of a key"),
        ({"accept": ["Tab"]}, "cannot be given"),
        ({"escape": ["F8"]}, "fixed"),
    ],
)
def test_keys_that_cannot_be_used_are_named(chosen, word):
    assert any(word in problem for problem in keymap.problems(chosen))
