"""Labels in and out as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from db.session import Database
from tests.databases import migrated_url
from tests.webapp.services.library_material import desk
from webapp.exchange.csv_labels import export_csv, import_csv, read_labels, write_labels
from webapp.exchange.label_rows import COLUMNS, BadTable, Context
from webapp.services import reviewing
from webapp.services.outside_labels import OutsideLabel, Target
from webapp.services.schemes import change_scheme
from webapp.values.scheme import DEFAULT_SCHEME, Reason

CONTEXT = Context({"a.mp4": Target(1, "a.mp4", 300)}, frozenset({"Annotator", "Eve"}), "Annotator", False)
HEADER = "video,type,onset,apex,offset"


@pytest.fixture
def work(database):
    return desk(database)


def problems(text: str | bytes, context: Context = CONTEXT) -> list[str]:
    with pytest.raises(BadTable) as refused:
        read_labels(text, context)
    return list(refused.value.problems)


def test_the_shortest_table_is_enough():
    (label,) = read_labels("video,type,onset,offset\na.mp4,Micro,10,20\n", CONTEXT)
    assert label == OutsideLabel("a.mp4", "Annotator", "micro", 10, None, 20, "added", None, (), "")


def test_all_columns_are_read_in_any_order():
    text = (
        "note,status,annotator,score,offset,apex,onset,type,video,action_units\n"
        '"two\nlines",rejected (blink),Eve,0.5,20,15,10,macro,clips/a.mp4,AU4+AU5\n'
    )
    (label,) = read_labels(text, CONTEXT)
    assert label == OutsideLabel(
        "a.mp4", "Eve", "macro", 10, 15, 20, "rejected", "blink", ("AU4", "AU5"), "two\nlines"
    )


def test_a_table_that_counts_from_one_is_shifted_at_the_door():
    context = Context(CONTEXT.videos, CONTEXT.annotators, "Annotator", True)
    (label,) = read_labels(f"{HEADER}\na.mp4,macro,1,5,300\n", context)
    assert (label.onset, label.apex, label.offset) == (0, 4, 299)
    assert "expected 1 <= onset" in problems(f"{HEADER}\na.mp4,macro,0,5,300\n", context)[0]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_and_a_byte_order_mark_are_understood(delimiter):
    text = f"\ufeff{HEADER}\r\na.mp4,macro,1,,30\r\n".replace(",", delimiter)
    assert len(read_labels(text.encode(), CONTEXT)) == 1


BAD = [
    ("b.mp4,macro,1,,30", "no imported video"),
    ("a.mp4,blink,1,,30", "macro or micro"),
    ("a.mp4,macro,x,,30", "whole frame number as onset"),
    ("a.mp4,macro,--5,,30", "whole frame number as onset"),
    (f"a.mp4,macro,{'9' * 5000},,30", "whole frame number as onset"),
    ("a.mp4,macro,1,,3\x000", "NUL"),
    ("a.mp4,macro,1.5,,30", "whole frame number as onset"),
    ("a.mp4,macro,-1,,30", "0 <= onset"),
    ("a.mp4,macro,9,,3", "0 <= onset"),
    ("a.mp4,macro,1,40,30", "onset <= apex"),
    ("a.mp4,macro,1,,300", "behind the end"),
    ("a.mp4,macro,1,,30,extra", "6 cells under 5 columns"),
    ("a.mp4,macro,1", "whole frame number as offset"),
]


@pytest.mark.parametrize(("row", "words"), BAD)
def test_a_bad_row_is_named_with_its_line(row, words):
    (problem,) = problems(f"{HEADER}\na.mp4,macro,1,,30\n\n{row}\n")
    assert problem.startswith("line 4: ")
    assert words in problem


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("status", "perhaps", "status"), ("status", "accepted (blink)", "status"), ("status", "rejected (x)", "status"),
     ("annotator", "Nobody", "Nobody"), ("score", "high", "score"), ("action_units", "A" * 21, "20 characters")],
)  # fmt: skip
def test_a_bad_value_in_an_optional_column_is_named(column, value, words):
    (problem,) = problems(f"{HEADER},{column}\na.mp4,macro,1,,30,{value}\n")
    assert words in problem


def test_every_bad_row_is_reported_at_its_first_line():
    text = f'{HEADER},note\na.mp4,macro,1,,30,"two\nlines"\na.mp4,x,1,,30,\na.mp4,macro,1,,30,\nb,macro,1,,30,\n'
    assert [problem.split(":")[0] for problem in problems(text)] == ["line 4", "line 6"]


@pytest.mark.parametrize("text", ["", "\n", "onset,offset\n1,2\n", f"{HEADER},onset\n", b"\xff\xfe"])
def test_a_file_that_is_no_such_table_is_refused(text):
    assert len(problems(text)) == 1


def test_nothing_is_imported_when_one_row_is_wrong(work):
    video = work.video()
    text = f"{HEADER}\na.mp4,macro,1,,30\na.mp4,macro,1,,\n"
    with pytest.raises(BadTable):
        import_csv(work.database, work.defaults.study_id, text, "Annotator")
    assert work.state(video).annotations == ()


def test_imported_labels_are_annotations_with_a_line_in_the_log(work):
    video = work.video()
    text = f"{HEADER}\na.mp4,macro,1,,30\na.mp4,micro,5,7,9\n"
    made = import_csv(work.database, work.defaults.study_id, text, "Annotator", mark_reviewed=True)
    again = import_csv(work.database, work.defaults.study_id, text, "Annotator", mark_reviewed=True)
    state = work.state(video)
    assert ((made.added, made.known), (again.added, again.known)) == ((2, 0), (0, 2))
    assert [(a.type, a.onset, a.verdict, a.version) for a in state.annotations] == [
        ("macro", 1, "added", 1),
        ("micro", 5, "added", 1),
    ]
    assert state.reviewed == ((0, 299),)
    verbs = [line.verb for line in reviewing.list_operations(work.database, video)]
    assert verbs[:3] == ["import", "import", "review_span"]


def test_an_imported_label_can_be_edited_and_that_undone(work):
    video = work.video()
    import_csv(work.database, work.defaults.study_id, f"{HEADER},status\na.mp4,macro,1,,30,accepted\n", "Annotator")
    made = work.state(video).annotations[0]
    moved = work.do("edit", video, interval_id=made.id, base_version=1, after={"onset": 3})
    assert (moved.status, moved.annotation.verdict) == ("applied", "adjusted")
    edit = reviewing.list_operations(work.database, video)[-1].id
    assert work.do("undo", video, undoes=edit, base_version=2).annotation.onset == 1


def test_what_is_exported_comes_back_the_same_elsewhere(work):
    video = work.video()
    work.run(video)
    work.decide("accept", video, 0, action_units=["AU4", "R12"], note="=1+1")
    work.decide("reject", video, 1, reason="head motion", note="'quoted, \"twice\"\nand on")
    work.add(video, type="micro", onset=200, offset=206, note="  @spaces ")
    table = export_csv(work.database, work.defaults.study_id)
    elsewhere = Database(migrated_url("sqlite"))
    other = desk(elsewhere)
    other.video()
    import_csv(elsewhere, other.defaults.study_id, table, "Annotator")
    back = export_csv(elsewhere, other.defaults.study_id)
    elsewhere.dispose()

    def without_score(text: str) -> list[dict]:
        return [{**row, "score": ""} for row in csv.DictReader(io.StringIO(text, newline=""))]

    assert len(without_score(back)) == 3
    assert without_score(back) == without_score(table)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "\rx", "'=x", "plain", " 'x"])
def test_no_cell_starts_a_formula_and_every_text_comes_back(text):
    label = OutsideLabel("a.mp4", "Eve", "macro", 1, None, 30, "added", None, (), text)
    table = write_labels([label])
    (_, cells) = csv.reader(io.StringIO(table, newline=""))
    assert cells[COLUMNS.index("note")][0] not in "=+-@\t\r"
    assert read_labels(table, CONTEXT) == [label]


def test_one_annotator_can_be_exported_alone(work):
    video = work.video()
    work.add(video, type="micro", onset=1, offset=2)
    work.colleague().add(video, type="micro", onset=1, offset=2)
    assert len(export_csv(work.database, work.defaults.study_id).splitlines()) == 3
    assert "Colleague" not in export_csv(work.database, work.defaults.study_id, annotator="Annotator")


def test_a_reason_of_the_studys_scheme_goes_out_and_comes_in_again(work):
    own = replace(DEFAULT_SCHEME, reasons=(Reason("y", "Yawn"),))
    change_scheme(work.database, work.defaults.study_id, own, DEFAULT_SCHEME, work.annotator_id)
    video = work.video()
    work.run(video)
    work.decide("reject", video, reason="Yawn")
    text = export_csv(work.database, work.defaults.study_id)
    assert "rejected (Yawn)" in text
    other = desk(Database(migrated_url("sqlite")))
    change_scheme(other.database, other.defaults.study_id, own, DEFAULT_SCHEME, other.annotator_id)
    other.video()
    import_csv(other.database, other.defaults.study_id, text, "Annotator")
    assert [a.reason for a in other.state(1).annotations] == ["Yawn"]
