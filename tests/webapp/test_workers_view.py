"""The part of the jobs page that shows the workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from db.models import Worker
from tests.webapp.services.test_workers import card
from tests.webapp.world import World, texts
from webapp import queueing
from webapp.services import workers


def test_workers_are_shown_with_their_machine_and_what_they_do(world: World) -> None:
    everything = {"kinds": queueing.KINDS}
    workers.sign_on(world.database, card("lab1-gpu0", host="lab1", device="NVIDIA H100", **everything))
    workers.sign_on(world.database, card("lab2-gpu0", host="lab2", kinds=("training",)))
    workers.declare_silent(world.database, workers.holder(world.database, "lab2-gpu0"))
    page = world.open("jobs")
    assert not page.exception
    shown = {line["Worker"]: line for line in page.dataframe[0].value.to_dict("records")}
    assert shown["lab1-gpu0"]["State"] == "at work"
    assert shown["lab1-gpu0"]["Networks run on"] == "NVIDIA H100, 2 cores"
    assert shown["lab2-gpu0"]["State"] == "silent: its work was taken over"
    assert shown["lab2-gpu0"]["Does"] == "training"
    assert "No worker does" not in texts(page, "warning")


def test_work_that_no_worker_does_is_named(world: World) -> None:
    workers.sign_on(world.database, card("cpu", kinds=("import", "spotting")))
    assert "No worker does training or long jobs" in texts(world.open("jobs"), "warning")


def test_a_worker_alone_that_died_is_not_shown_at_work(world: World) -> None:
    workers.sign_on(world.database, card("cpu", kinds=queueing.KINDS))
    with world.database.begin() as session:
        session.scalar(select(Worker)).seen_at = datetime.now(UTC) - timedelta(hours=3)
    page = world.open("jobs")
    (line,) = page.dataframe[0].value.to_dict("records")
    assert (line["State"], line["Last sign of life"]) == ("no sign of life", "3 h ago")
    assert "No worker does importing" in texts(page, "warning")


def test_before_any_worker_has_signed_on_it_is_said(world: World) -> None:
    assert "No worker has signed on yet" in texts(world.open("jobs"))
