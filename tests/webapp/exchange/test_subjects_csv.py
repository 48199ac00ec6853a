"""A table of subjects is read with its mistakes named by line."""

from __future__ import annotations

import pytest

from spotcore.errors import InvalidFile
from webapp.exchange.subjects_csv import read_subjects


@pytest.mark.parametrize(
    "text",
    [
        "video,subject\na.mp4,s1\nb.mp4,s2\n",
        "\ufeffSubject;Video;age\ns1;a.mp4;30\ns2;b.mp4;31\n",
        'video,subject\n"a.mp4",s1\n\n b.mp4 , s2 \n',
    ],
)
def test_columns_are_found_by_name_with_comma_or_semicolon(text: str) -> None:
    assert read_subjects(text, "table.csv") == {"a.mp4": "s1", "b.mp4": "s2"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "missing video"),
        ("video,person\na,b\n", "missing subject"),
        ("video,subject\na.mp4\n", "line 2: expected 2 columns, got 1"),
        ("video,subject\na.mp4,\n", "line 2: the subject is empty"),
        ("video,subject\na.mp4,s1\na.mp4,s2\n", "line 3: a.mp4 has the subject s2 here and s1 further up"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(InvalidFile, match=complaint) as error:
        read_subjects(text, "table.csv")
    assert str(error.value).startswith("table.csv, line")
