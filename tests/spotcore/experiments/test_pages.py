"""Pages of made-up reports."""

from __future__ import annotations

import re

import pytest

from spotcore.experiments.pages import as_html, as_markdown, as_table


def report(values, **more):
    rows = []
    for number, value in enumerate(values):
        found = {"value": value, "low": value - 0.1 if value else 0, "high": value + 0.1 if value else 0}
        row = {"name": f"level {number}", "series": "", "reference": number == 0, "figures": {"figure": found}}
        if number:
            row["difference"] = {"figure": found | {"verdict": "better"}}
        rows.append(row)
    about = {"name": "x", "question": "does <it> help?", "axis": "levels", "corpus": "made", "preset": "tiny",
             "subjects": 4, "seeds": 1, "trains": True, "seconds": 3}  # fmt: skip
    return about | {"better": {"figure": "higher"}, "rows": rows, "notes": ["a note"]} | more


@pytest.mark.parametrize("values", [(0, 0), (0.3, 0.9), (-2.0, 3.0), (14.0, 32.0), (-3.0, -1.0)])
def test_every_point_lies_inside_the_chart_whatever_the_values(values):
    heights = [float(y) for y in re.findall(r'cy="([-\d.]+)"', as_html(report(values)))]
    assert len(heights) == len(values)
    assert all(16 <= y <= 16 + 280 for y in heights)
    assert values[0] == values[1] or heights[0] > heights[1]  # larger is higher up


def test_one_seed_is_said_where_something_was_trained():
    assert "ONE SEED" in as_table(report((0.2, 0.4)))
    assert "nothing is trained" in as_table(report((0.2, 0.4), trains=False))


def test_text_and_markdown_tell_the_same_numbers():
    numbers = [re.findall(r"[-+]?\d\.\d{3}", make(report((0.25, 0.5)))) for make in (as_table, as_markdown)]
    assert numbers[0] == numbers[1]
    assert "+0.500 [+0.400, +0.600] better" in as_markdown(report((0.25, 0.5)))


def test_words_of_a_question_are_no_markup():
    assert "<it>" not in as_html(report((0.2, 0.4)))
