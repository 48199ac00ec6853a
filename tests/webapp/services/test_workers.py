"""Workers sign on, give signs of life, are declared silent, and are then refused whatever they write."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, datetime

import pytest

from db.models import LabelSet
from db.worker_database import Superseded, WorkerDatabase
from tests.webapp.services.library_material import MACRO, desk
from webapp.services import library, spotting, training, workers
from webapp.services.errors import Refused
from webapp.values.work import Work, WorkerCard


def card(name: str, incarnation: str = "1", **changes) -> WorkerCard:
    made = WorkerCard(name, incarnation, "alpha", 7, ("spotting",), "cpu", 2, "0.1.0", "store")
    return dataclasses.replace(made, **changes)


def work(row_id: int = 1, worker: str = "a") -> Work:
    return Work("spotting", row_id, f"spotting-{row_id}-x", "running", worker, 10, datetime.now(UTC), None)


def taken(database, by, held, given_up=None):
    """What goes on of the work of a; at most two losses."""

    def give_up(works):
        if works and given_up is not None:
            given_up.append(work_names(*works))

    return workers.take_over(database, "a", by, held, resume=lambda works: None, give_up=give_up, most=2)


def work_names(*works):
    return [one.name for one in works]


def test_a_worker_that_signed_on_is_listed_and_its_signs_of_life_are_counted(database):
    workers.sign_on(database, card("a"))
    assert workers.beat(database, "a", "1")
    (info,) = workers.list_workers(database)
    assert (info.name, info.state, info.beats, info.kinds, info.host) == ("a", "working", 1, ("spotting",), "alpha")


def test_a_new_incarnation_takes_the_name_and_the_old_one_hears_it(database):
    workers.sign_on(database, card("a", "1"))
    workers.sign_on(database, card("a", "2"))
    assert not workers.beat(database, "a", "1")
    assert workers.beat(database, "a", "2")
    assert len(workers.list_workers(database)) == 1


def test_a_worker_that_moved_since_it_was_seen_is_not_declared_silent(database):
    workers.sign_on(database, card("a"))
    (seen,) = workers.list_workers(database)
    workers.beat(database, "a", "1")
    assert not workers.declare_silent(database, seen)
    assert workers.list_workers(database)[0].state == "working"


def test_of_two_survivors_that_see_the_same_silence_one_declares_it(database):
    workers.sign_on(database, card("a"))
    (seen,) = workers.list_workers(database)
    declared = []
    both = [threading.Thread(target=lambda: declared.append(workers.declare_silent(database, seen))) for _ in "bc"]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(declared) == [False, True]


def test_two_survivors_never_resume_at_the_same_time(database):
    workers.sign_on(database, card("a"))
    workers.declare_silent(database, workers.list_workers(database)[0])
    left, inside, most = [work()], [], []
    gate = threading.Barrier(2)

    def held():
        inside.append(1)
        most.append(len(inside))
        found = [left.pop()] if left else []
        inside.pop()
        return found

    def survivor(name):
        gate.wait()
        found[name] = taken(database, name, held)

    found = {}
    both = [threading.Thread(target=survivor, args=(name,)) for name in "bc"]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(len(works) for works in found.values()) == [0, 1]
    assert max(most) == 1
    notes = workers.retries_of(database, [("spotting", 1)])[("spotting", 1)]
    assert [note.from_worker for note in notes] == ["a"]
    assert "fell silent" in notes[0].reason


def test_nothing_of_a_worker_that_is_there_is_taken(database):
    workers.sign_on(database, card("a"))
    assert taken(database, "b", lambda: pytest.fail("asked for its work")) == ()


def test_work_that_outlived_its_workers_too_often_is_given_up_but_a_stopped_one_does_not_count(database):
    given_up, silent = [], iter([False, True, True, True])
    for _ in range(4):
        workers.sign_on(database, card("a"))
        if next(silent):
            workers.declare_silent(database, workers.list_workers(database)[0])
        else:
            workers.sign_off(database, "a", "1")
        went_on = taken(database, "b", lambda: [work()], given_up)
    assert (went_on, given_up) == ((), [work_names(work())])
    notes = workers.retries_of(database, [("spotting", 1)])[("spotting", 1)]
    assert ["nobody begins it again" in note.reason for note in notes] == [False, False, False, True]


def test_a_superseded_worker_can_read_but_not_write(database):
    made = desk(database)
    video = made.video()
    run = spotting.start_run(database, video, made.defaults.baseline_version_id, 6.0, {})
    workers.sign_on(database, card("a"))
    mine = WorkerDatabase(database.url, "a", "1")
    assert spotting.set_run_progress(mine, run, 0.5)
    workers.declare_silent(database, workers.list_workers(database)[0])
    with pytest.raises(Superseded):
        spotting.finish_run(mine, run, "late.npz", None, [MACRO])
    with pytest.raises(Superseded):
        spotting.set_run_progress(mine, run, 0.9)
    assert spotting.get_run(mine, run).progress == 0.5
    assert spotting.list_sets(database, run) == ()
    mine.dispose()


def test_signs_of_life_are_given_while_the_worker_writes(database):
    """On PostgreSQL the row lock of a long transaction must not hold up the beat (SQLite has one writer anyway)."""
    if database.url.startswith("sqlite"):
        pytest.skip("SQLite lets one transaction write at a time")
    workers.sign_on(database, card("a"))
    mine = WorkerDatabase(database.url, "a", "1")
    with mine.begin():
        assert workers.beat(database, "a", "1")
    mine.dispose()


def test_a_worker_with_another_data_folder_is_refused(database):
    workers.sign_on(database, card("a"))
    with pytest.raises(Refused, match="data folder"):
        workers.check_store(database, card("b", store="elsewhere"))
    workers.sign_off(database, "a", "1")
    workers.check_store(database, card("b", store="elsewhere"))


def test_notes_on_retries_go_with_their_video(database):
    made = desk(database)
    video = made.video()
    run = made.run(video)
    workers.note_asked_again(database, "spotting", run)
    workers.note_asked_again(database, "import", video, "Asked for again.", "Ada")
    asked = [("spotting", run), ("import", video)]
    assert {key: len(notes) for key, notes in workers.retries_of(database, asked).items()} == {
        ("spotting", run): 1, ("import", video): 1,
    }  # fmt: skip
    library.delete_video(database, video)
    assert workers.retries_of(database, asked) == {}


def test_a_job_that_a_person_asks_for_again_says_why(database):
    made = desk(database)
    made.video(subject="s1")
    label_set = LabelSet(
        study_id=made.defaults.study_id, name="x", content_hash="0" * 64, created_by=made.annotator_id
    )
    with database.begin() as session:
        session.add(label_set)
        session.flush()
        number = label_set.id
    job = training.create_job(database, number, "spot_gcn", "quick", {})
    training.fail_job(database, job, "The disk is full.")
    training.retry_job(database, job)
    (note,) = workers.retries_of(database, [("training", job)])[("training", job)]
    assert note.reason == "It failed (The disk is full.); somebody asked for it again."
