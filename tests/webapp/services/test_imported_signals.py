"""Imported signals: known by name, seen by everybody, deleted by who imported them or by those who lead."""

from __future__ import annotations

import pytest

from tests.webapp.services.library_material import desk
from webapp.services import library
from webapp.services.errors import NotFound, Refused
from webapp.services.imported_signals import add_signal, delete_signal, get_signal, list_signals, require_free


@pytest.fixture
def work(database):
    return desk(database)


def imported(work, video, title="au.csv", path="signals/1/a"):
    columns = (("AU12_r", "intensity 0–5"), ("pulse", ""))
    return add_signal(work.database, video, work.annotator_id, title, path, columns, 300, "a note")


def test_what_was_imported_is_listed_with_its_columns_and_units(work):
    video = work.video()
    signal = imported(work, video)
    [found] = list_signals(work.database, video)
    assert found == get_signal(work.database, video, signal)
    assert found.columns == (("AU12_r", "intensity 0–5"), ("pulse", ""))
    assert (found.title, found.samples, found.note) == ("au.csv", 300, "a note")


def test_two_signals_of_one_video_have_different_names(work):
    video = work.video()
    imported(work, video)
    with pytest.raises(Refused, match="imported already"):
        imported(work, video, path="signals/1/b")
    with pytest.raises(Refused, match="imported already"):
        require_free(work.database, video, "au.csv")
    imported(work, work.video("b.mp4"), path="signals/2/b")


def test_deleting_gives_back_the_folder_and_a_signal_of_another_video_is_not_found(work):
    video = work.video()
    signal = imported(work, video)
    with pytest.raises(NotFound):
        delete_signal(work.database, work.video("b.mp4"), signal, work.annotator_id)
    assert delete_signal(work.database, video, signal, work.annotator_id) == "signals/1/a"
    assert list_signals(work.database, video) == ()


def test_only_who_imported_a_signal_and_leads_delete_it(work):
    video = work.video()
    mine, other = imported(work, video), work.colleague()
    with pytest.raises(Refused, match="somebody else"):
        delete_signal(work.database, video, mine, other.annotator_id)
    theirs = imported(other, video, "theirs.csv", "signals/1/c")
    delete_signal(work.database, video, theirs, work.annotator_id)  # the default annotator is an admin


def test_a_deleted_video_takes_its_signals_along(work):
    video = work.video()
    imported(work, video)
    assert f"signals/{video}" in library.delete_video(work.database, video)
    assert list_signals(work.database, video) == ()
