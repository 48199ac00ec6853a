"""Every format of labels, out and in again: what comes back is what the table of losses says, for any label."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.webapp.exchange.label_material import clock_of, context, labels, labels_of, material, order, source
from webapp.exchange import boris, corpus_sheets, elan, label_studio, megc_labels, xlsx_labels
from webapp.exchange.clock import Clock
from webapp.exchange.csv_labels import read_labels, write_labels
from webapp.exchange.formats import EXPRESSIONS, FORMATS
from webapp.exchange.label_rows import BadTable
from webapp.services.outside_labels import OutsideLabel

SEEDS = range(6)


def same(label: OutsideLabel) -> OutsideLabel:
    return label


def megc(label: OutsideLabel) -> OutsideLabel:
    return replace(samm(label), apex=None, action_units=(), note="")


def samm(label: OutsideLabel) -> OutsideLabel:
    return replace(
        label, annotator="Annotator", verdict="added", reason=None, emotion="", confidence=None, note=""
    )


def casme(label: OutsideLabel) -> OutsideLabel:
    return replace(samm(label), emotion=label.emotion)


WAYS: dict[str, tuple[Callable, Callable]] = {
    "xlsx": (xlsx_labels, same), "elan": (elan, same), "boris": (boris, same), "label_studio": (label_studio, same),
    "megc": (megc_labels, megc),
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", WAYS)
def test_labels_come_back_but_for_what_the_table_of_losses_names(name, seed):
    module, kept = WAYS[name]
    made = [label for label in labels(seed) if name != "megc" or label.verdict in EXPRESSIONS]
    back = labels_of(module.read(source(module.write(material(made)))))
    assert back == sorted((kept(label) for label in made), key=order)


@pytest.mark.parametrize("seed", SEEDS)
def test_csv_brings_every_field_back(seed):
    made = labels(seed)
    assert sorted(read_labels(write_labels(made), context()), key=order) == made


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("write", "read", "kept", "title"),
    [(corpus_sheets.write_samm_long, corpus_sheets.read_samm_long, samm, "006_1"),
     (corpus_sheets.write_casme2_sq, corpus_sheets.read_casme2_sq, casme, "15_0101a.mp4")],
)  # fmt: skip
def test_the_sheets_of_the_corpora_come_back_through_the_readers_of_the_owners_files(seed, write, read, kept, title):
    made = [label for label in labels(seed, 80) if label.verdict in EXPRESSIONS and label.video == title]
    data = write(material(made))
    # An apex on the first frame is the number 1, and so on: nothing is taken for "not annotated" but what is.
    assert labels_of(read(source(data))) == sorted((kept(label) for label in made), key=order)


def test_the_real_sheets_are_read_with_their_traps(shared_benchmarks):
    for read, file, least in (
        (corpus_sheets.read_casme2_sq, "CASME_sq_gt.xlsx", 350),
        (corpus_sheets.read_samm_long, "SAMMLV_gt.xlsx", 490),
    ):
        data = (shared_benchmarks / "annotations" / file).read_bytes()
        assert len(read(source(data, file))) >= least


def test_every_format_is_tried():
    assert set(FORMATS) == {*WAYS, "csv", "casme2_sq", "samm_long"}


def test_an_independent_reader_of_eaf_finds_the_same_intervals(tmp_path):
    from pympi import Elan

    made = [label for label in labels(1, 60) if label.video == "006_1"]
    path = tmp_path / "one.eaf"
    path.write_bytes(elan.write_one(material(made), "006_1", made))
    file = Elan.Eaf(str(path))
    tiers = [name for name in file.get_tier_names() if name.startswith("expression (")]
    found = {(begin, end, value) for tier in tiers for begin, end, value in file.get_annotation_data_for_tier(tier)}
    clock = clock_of("006_1")
    assert found == {(clock.begins(one.onset), clock.ends(one.offset), one.type) for one in made}
    assert len(found) > 3


def test_a_plain_eaf_of_somebody_else_is_read_by_its_values():
    text = """<ANNOTATION_DOCUMENT><HEADER><MEDIA_DESCRIPTOR MEDIA_URL="file:///c:/lab/006_1.avi"/></HEADER>
    <TIME_ORDER><TIME_SLOT TIME_SLOT_ID="x" TIME_VALUE="101"/><TIME_SLOT TIME_SLOT_ID="y" TIME_VALUE="148"/>
    </TIME_ORDER>
    <TIER TIER_ID="Gesicht" LINGUISTIC_TYPE_REF="default"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a"
    TIME_SLOT_REF1="x" TIME_SLOT_REF2="y"><ANNOTATION_VALUE>Micro </ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>
    </ANNOTATION></TIER></ANNOTATION_DOCUMENT>"""
    (label,) = labels_of(elan.read(source(text.encode(), "anything.eaf")))
    assert (label.video, label.type, label.onset, label.offset) == ("006_1", "micro", 20, 29)


def test_a_boris_comment_of_a_person_is_the_note():
    project = json.loads(boris.write(material(labels(2, 5))))
    (name, observation), *_ = project["observations"].items()
    observation["events"] = [[0.5, "", "macro", "", "smile?", 3], [1.0, "", "macro", "", "", 9]]
    project["observations"] = {name: observation}
    (label,) = labels_of(boris.read(source(json.dumps(project).encode())))
    assert label.note == "smile?"


@pytest.mark.parametrize(
    ("module", "data", "words"),
    [
        (elan, b"<html/>", "ANNOTATION_DOCUMENT"), (elan, b"not xml", "XML"), (elan, b"PK\x03\x04rubbish", "archive"),
        (elan, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "XML"),
        (boris, b"[]", "observations"), (boris, b"\xff", "JSON"), (boris, b"[" * 100_000, "JSON"),
        (boris, b'{"observations": {"a": {"file": {"1": ["006_1"]}, "events": [[1, "", "macro", "", ""]]}}}',
         "never stopped"),
        (label_studio, b'[{"data": {}}]', "names no video"), (label_studio, b'[{"data": {"video": "zz"}}]', "title"),
        (label_studio, b"[]", "no timeline label"), (xlsx_labels, b"PK", "workbook"),
        (megc_labels, b"vid,type\n", "pred_onset"), (corpus_sheets, b"PK", "workbook"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_with_a_sentence(module, data, words):
    read = module.read_samm_long if module is corpus_sheets else module.read
    with pytest.raises(BadTable, match=words):
        read(source(data))


def broken_inside(data: bytes, member: str) -> bytes:
    """An archive whose member cannot be unpacked although its directory is whole."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        one = archive.getinfo(member)
    begin = one.header_offset + 30 + len(member.encode())
    return data[:begin] + b"\x06" + b"\xff" * (one.compress_size - 1) + data[begin + one.compress_size :]


# Found by the soak: what zlib and the XML parser raise late is none of the errors that zipfile and openpyxl announce.
def test_an_archive_that_cannot_be_unpacked_is_refused_with_a_sentence():
    made = material([label for label in labels(1, 60) if label.video == "006_1"])
    with pytest.raises(BadTable, match=r"\.zip"):
        elan.read(source(broken_inside(elan.write(made), "006_1.eaf")))
    with pytest.raises(BadTable, match="workbook"):
        xlsx_labels.read(source(broken_inside(xlsx_labels.write(made), "xl/worksheets/sheet1.xml")))
    with pytest.raises(BadTable, match="workbook"):  # our reader looks at the first sheet only, that of corpora at all
        corpus_sheets.read_casme2_sq(source(broken_inside(corpus_sheets.write_casme2_sq(made),
                                                          "xl/worksheets/sheet2.xml")))  # fmt: skip


def test_an_archive_whose_directory_points_nowhere_is_refused_with_a_sentence():
    data = elan.write(material(labels(1)))
    at = data.rindex(b"PK\x05\x06") + 16  # where the directory begins, in the end record
    with pytest.raises(BadTable, match=r"\.zip"):
        elan.read(source(data[:at] + b"\xff\xff\x00\x00" + data[at + 4 :]))


def test_overlapping_intervals_of_one_annotator_get_tiers_of_their_own():
    base = labels(0)[0]
    made = [replace(base, video="006_1", type="macro", onset=o, apex=None, offset=o + 20) for o in (0, 10, 40)]
    text = elan.write_one(material(made), "006_1", made).decode()
    assert f"({base.annotator.split()[0]}" in text
    assert ') 2"' in text


def test_a_zip_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr("webapp.exchange.zips.LARGEST_FILE", 1000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.eaf", b"0" * 5000)
    with pytest.raises(BadTable, match="larger"):
        elan.read(source(packed.getvalue()))


@pytest.mark.parametrize("rate", [23.976, 25, 30, 59.94, 120, 200, 500, 999])
def test_milliseconds_lead_back_to_the_frame_at_any_rate(rate):
    clock = Clock.steady(5000, rate)
    for frame in (0, 1, 2, 997, 4998, 4999):
        assert clock.frame_beginning(clock.begins(frame)) == frame
        assert clock.frame_ending(clock.ends(frame)) == frame
    assert not clock.coarse
    assert Clock.steady(5000, 2000).coarse


def test_times_outside_of_the_video_mean_its_ends():
    clock = Clock(np.array([0.0, 0.1, 0.15]))
    assert (clock.frame_beginning(-50), clock.frame_ending(10_000)) == (0, 2)
    assert (Clock(np.zeros(1)).frame_beginning(7), Clock(np.zeros(1)).ends(0)) == (0, 40)



def test_the_readme_tells_what_every_format_loses():
    text = (Path(__file__).parents[3] / "README.md").read_text()
    for one in FORMATS.values():
        assert f"| {one.title} | `{one.name}` | {one.suffix} | {', '.join(one.accepts)} | {one.lost} |" in text
