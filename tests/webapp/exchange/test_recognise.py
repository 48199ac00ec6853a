"""What a file of labels is, told from its name and content."""

from __future__ import annotations

import pytest

from tests.webapp.exchange.label_material import labels, material
from webapp.exchange.formats import FORMATS
from webapp.exchange.recognise import recognised


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_format_writes_is_recognised_as_that_format(name):
    data = FORMATS[name].write(material(labels(3)))
    assert recognised(f"file{FORMATS[name].suffix}", data) == name


@pytest.mark.parametrize(
    ("file", "data", "expected"),
    [("a.eaf", b"<x/>", "elan"), ("a.tsv", b"", "csv"), ("a.json", b"7", ""), ("a.json", b"{", ""), ("a", b"", ""),
     ("a.boris", b"{", "boris"), ("a.xlsx", b"PK", "xlsx"), ("a.mp4", b"", "")],
)  # fmt: skip
def test_what_is_nothing_known_is_left_to_the_person(file, data, expected):
    assert recognised(file, data) == expected


def test_the_sheets_of_the_corpora_are_recognised(shared_benchmarks):
    for name, file in (("casme2_sq", "CASME_sq_gt.xlsx"), ("samm_long", "SAMMLV_gt.xlsx")):
        assert recognised(file, (shared_benchmarks / "annotations" / file).read_bytes()) == name
