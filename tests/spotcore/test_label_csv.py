"""CSV of intervals: what is accepted, what is refused with file and line, and that writing is the inverse."""

from __future__ import annotations

import pytest

from spotcore.errors import InvalidFile
from spotcore.intervals import Interval
from spotcore.label_csv import LabelRow, format_labels, parse_labels, read_labels, write_labels


def test_what_was_written_is_read_again(tmp_path):
    rows = (
        LabelRow('face, "odd"\nname.mp4', Interval(0, 9, "micro", 4, 0.25), {"note": "a;b"}, 3),
        LabelRow("b.mp4", Interval(5, 5, "macro"), {"note": ""}, 4),
    )
    write_labels(tmp_path / "labels.csv", rows, ["note"])
    table = read_labels(tmp_path / "labels.csv")
    assert (table.rows, table.has_types, table.extra_columns) == (rows, True, ("note",))


def test_columns_are_found_by_name_in_any_order_and_type_apex_and_score_may_be_missing():
    table = parse_labels("offset,subject,onset,video\n9,s1,3,a\n", "x.csv")
    assert table.by_video() == {"a": [Interval(3, 9, "macro")]}
    assert not table.has_types
    assert table.rows[0].extra == {"subject": "s1"}


def test_a_byte_order_mark_semicolons_and_windows_line_ends_are_read(tmp_path):
    (tmp_path / "excel.csv").write_bytes("\ufeffvideo;type;onset;offset\r\na;Micro-expression;1;2\r\n\r\n".encode())
    assert read_labels(tmp_path / "excel.csv").by_video() == {"a": [Interval(1, 2, "micro")]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected a header"),
        ("video,onset\n", "missing offset"),
        ("video,onset,offset,onset\n", "onset appears twice"),
        ("video,type,onset,offset\na,micro,1,2\na,tiny,1,2\n", "line 3: expected the type macro or micro, got 'tiny'"),
        ("video,onset,offset\na,1.5,2\n", "line 2: expected a whole frame number in the column onset, got '1.5'"),
        ("video,onset,offset\na,nan,2\n", "whole frame number"),
        ("video,onset,offset\na,inf,2\n", "whole frame number"),
        ("video,onset,offset\na,5,2\n", "line 2: expected 0 <= onset"),
        ("video,onset,offset\na,-1,2\n", "line 2: expected 0 <= onset"),
        ("video,onset,offset,score\na,1,2,nan\n", "expected a number in the column score"),
        ("video,onset,offset\na,1\n", "line 2: expected 3 columns, got 2"),
        ("video,onset,offset\n,1,2\n", "line 2: the column video is empty"),
        ('video,onset,offset\n"a,1,2\n', "not CSV"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_file_and_line(text, message):
    with pytest.raises(InvalidFile) as caught:
        parse_labels(text, "bad.csv")
    assert str(caught.value).startswith("bad.csv")
    assert message in str(caught.value)


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path):
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8\xff")
    for name, message in (("none.csv", "cannot be read"), ("picture.csv", "expected UTF-8")):
        with pytest.raises(InvalidFile, match=message):
            read_labels(tmp_path / name)


def test_unknown_apex_and_score_are_written_as_nothing():
    text = format_labels([LabelRow("a", Interval(1, 2, "macro"))])
    assert text == "video,type,onset,apex,offset,score\na,macro,1,,2,\n"
