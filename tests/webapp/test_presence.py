"""How silence is noticed, and that a worker's name is one worker's on all machines."""

import threading
from datetime import UTC, datetime

import pytest

from tests.databases import sqlite_database  # noqa: F401
from tests.webapp.services.test_workers import card
from webapp.presence import Presence, Silence, claim_name, fingerprint
from webapp.services import workers
from webapp.services.errors import Refused
from webapp.settings import Settings
from webapp.values.work import WorkerInfo
from webapp.worker import read_arguments

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def info(name, beats, state="working", incarnation="1"):
    return WorkerInfo(name, incarnation, "alpha", 1, (), "cpu", 2, "", "s", state, beats, NOW, NOW)


def looks(*seen):
    """Names found silent at each (second, infos), with ten seconds of patience."""
    silence = Silence(10)
    return [[one.name for one in silence.silent(infos, at)] for at, infos in seen]


def test_a_row_that_does_not_move_for_the_patience_is_silent():
    seen = [(at, [info("a", 5), info("b", at)]) for at in range(0, 12, 2)]
    assert looks(*seen) == [[], [], [], [], [], ["a"]]


def test_a_sign_of_life_or_a_new_incarnation_starts_the_count_anew():
    rows = [info("a", 5), info("a", 5), info("a", 6), info("a", 6, incarnation="2"), info("a", 6, incarnation="2")]
    assert looks(*((at * 4, [row]) for at, row in enumerate(rows))) == [[]] * 5


def test_who_could_not_look_for_a_while_blames_nobody():
    assert looks((0, [info("a", 5)]), (4, [info("a", 5)]), (60, [info("a", 5)]), (64, [info("a", 5)])) == [[]] * 4


def test_only_workers_that_should_be_at_work_can_be_silent():
    assert looks(*((at, [info("a", 5, "ended"), info("b", 5, "silent")]) for at in range(0, 20, 4))) == [[]] * 5


def test_the_fingerprint_of_a_data_folder_stays_and_differs_from_another_folders(tmp_path):
    one, other = (Settings(tmp_path / name, "sqlite://") for name in "ab")
    one.prepare()
    other.prepare()
    found = []
    at_once = [threading.Thread(target=lambda: found.append(fingerprint(one))) for _ in range(8)]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()
    assert set(found) == {fingerprint(one)}
    assert fingerprint(other) != found[0]
    assert [path.name for path in one.data_dir.iterdir()] == ["store.id"]


def test_a_name_at_work_on_another_machine_is_refused(sqlite_database):  # noqa: F811
    workers.sign_on(sqlite_database, card("gpu1", host="beta"))
    over = threading.Event()

    def live():
        while not over.wait(0.02):
            workers.beat(sqlite_database, "gpu1", "1")

    living = threading.Thread(target=live)
    living.start()
    with pytest.raises(Refused, match="A worker named gpu1 is at work on beta"):
        claim_name(sqlite_database, card("gpu1", "2", host="alpha"), 3.0, threading.Event())
    over.set()
    living.join()


def test_the_name_of_a_machine_that_has_gone_is_taken_after_the_silence(sqlite_database):  # noqa: F811
    workers.sign_on(sqlite_database, card("gpu1", host="beta"))
    claim_name(sqlite_database, card("gpu1", "2", host="alpha"), 0.1, threading.Event())
    assert workers.holder(sqlite_database, "gpu1").host == "alpha"


def test_a_worker_that_was_declared_silent_hears_it_at_its_next_beat(sqlite_database):  # noqa: F811
    workers.sign_on(sqlite_database, card("gpu1"))
    heard = threading.Event()
    presence = Presence(sqlite_database, card("gpu1"), 0.1, heard.set)
    workers.declare_silent(sqlite_database, workers.holder(sqlite_database, "gpu1"))
    presence.start()
    assert heard.wait(20)


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [((), ("import", "spotting", "training", "job")), (("--kinds", "job, training"), ("training", "job"))],
)
def test_a_worker_serves_the_kinds_it_was_told(typed, kinds):
    assert read_arguments([*typed, "--name", "gpu1"]).kinds == kinds


def test_an_unknown_kind_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        read_arguments(["--kinds", "trianing"])
    assert "expected some of import, spotting, training, job" in capsys.readouterr().err


def test_a_worker_without_a_name_is_named_after_its_machine_where_several_share_a_database(monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "lab2")
    alone = Settings.from_environment({"GLINT_DATA": "/d"})
    team = Settings.from_environment({"GLINT_DATA": "/d", "GLINT_DATABASE_URL": "postgresql+psycopg://db/glint"})
    assert (alone.worker_name, team.worker_name) == ("worker-1", "lab2-1")
