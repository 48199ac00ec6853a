"""Operations against a real database: applied once, logged, undone, and safe when two clients meet."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import func, select

from db.models import Operation
from tests.webapp.services.library_material import desk
from webapp import mapping
from webapp.services import reviewing
from webapp.services.reviewing import apply_operation, list_operations


@pytest.fixture
def work(database):
    return desk(database)


@pytest.fixture
def video(work):
    made = work.video()
    work.run(made)
    return made


def test_a_decision_is_stored_and_logged_with_before_and_after(work, video):
    result = work.decide("adjust", video, onset=11)
    (line,) = list_operations(work.database, video)
    assert (result.status, result.version, result.annotation.onset) == ("applied", 1, 11)
    assert (line.verb, line.before, line.after["onset"], line.base_version, line.version) == ("adjust", None, 11, 0, 1)
    assert work.state(video).annotations == (result.annotation,)


def test_the_log_keeps_who_with_what_model_and_when(work, video):
    proposal = work.state(video).proposals[0]
    when = datetime(2026, 3, 1, 12, tzinfo=UTC)
    work.do("accept", video, interval_id=proposal.interval_id, proposal_id=proposal.id, session="tab 1",
            client_time="2026-03-01T13:00:00+01:00", model_version_id=work.defaults.baseline_version_id)  # fmt: skip
    (line,) = list_operations(work.database, video)
    assert (line.annotator_id, line.model_version_id) == (work.annotator_id, work.defaults.baseline_version_id)
    assert (line.session, line.client_time, line.server_time.tzinfo) == ("tab 1", when, UTC)


def test_an_operation_sent_again_is_applied_once_and_answers_with_the_present_row(work, video):
    proposal = work.state(video).proposals[0]
    asked = work.request("accept", video, interval_id=proposal.interval_id, proposal_id=proposal.id)
    first = apply_operation(work.database, asked)
    work.do("edit", video, interval_id=proposal.interval_id, base_version=1, after={"note": "later"})
    again = apply_operation(work.database, asked)
    assert (again.status, again.sequence, again.version) == ("duplicate", first.sequence, 2)
    assert again.annotation.note == "later"
    assert len(list_operations(work.database, video)) == 2


def test_an_id_of_another_operation_is_refused(work, video):
    first = work.decide("accept", video)
    line = list_operations(work.database, video)[0]
    other = work.do("delete", video, id=line.id, interval_id=first.annotation.id, base_version=1)
    assert other.status == "refused"


def test_an_outdated_version_answers_with_the_row_as_it_stands(work, video):
    made = work.decide("accept", video).annotation
    work.do("edit", video, interval_id=made.id, base_version=1, after={"note": "theirs"})
    result = work.do("edit", video, interval_id=made.id, base_version=1, after={"note": "mine"})
    assert (result.status, result.version, result.annotation.note) == ("conflict", 2, "theirs")
    assert work.state(video).annotations[0].note == "theirs"


def test_of_two_clients_that_decide_at_once_exactly_one_wins(work, video):
    proposal = work.state(video).proposals[0]
    common = {"interval_id": proposal.interval_id, "proposal_id": proposal.id}
    asked = [work.request("adjust", video, after={"onset": n}, **common) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda request: apply_operation(work.database, request), asked))
    assert sorted(r.status for r in results) == ["applied"] + ["conflict"] * 7
    winner = next(r.annotation for r in results if r.status == "applied")
    assert {r.annotation for r in results} == {winner}
    assert len(list_operations(work.database, video)) == 1


def test_one_operation_sent_from_many_threads_is_applied_once(work, video):
    asked = work.request("add", video, interval_id=str(uuid.uuid4()), after={"type": "micro", "onset": 1, "offset": 2})
    with ThreadPoolExecutor(8) as pool:
        statuses = [r.status for r in pool.map(lambda _: apply_operation(work.database, asked), range(8))]
    assert sorted(statuses) == ["applied"] + ["duplicate"] * 7


def test_spans_added_from_many_threads_are_all_kept(work, video):
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda n: work.reviewed(video, 20 * n, 20 * n + 9), range(12)))
    assert {r.status for r in results} == {"applied"}
    assert work.state(video).reviewed == tuple((20 * n, 20 * n + 9) for n in range(12))


def test_several_decisions_are_undone_in_turn_and_redone(work, video):
    made = work.decide("accept", video).annotation
    work.do("edit", video, interval_id=made.id, base_version=1, after={"note": "n"})
    first, second = (line.id for line in list_operations(work.database, video))
    back = work.do("undo", video, undoes=second, base_version=2)
    gone = work.do("undo", video, undoes=first, base_version=3)
    assert (back.annotation.note, back.version) == ("", 3)
    assert (gone.status, gone.annotation, work.state(video).annotations) == ("applied", None, ())
    undo_of_first = list_operations(work.database, video)[-1].id
    assert work.do("undo", video, undoes=undo_of_first, base_version=4).annotation == replace(made, version=5)


def test_undo_of_something_changed_since_is_a_conflict(work, video):
    made = work.decide("accept", video).annotation
    first = list_operations(work.database, video)[0].id
    work.do("edit", video, interval_id=made.id, base_version=1, after={"note": "n"})
    assert work.do("undo", video, undoes=first, base_version=2).status == "conflict"


def test_a_deleted_interval_comes_back_by_undo(work, video):
    made = work.add(video, type="macro", onset=3, offset=50, action_units=["AU12"]).annotation
    work.do("delete", video, interval_id=made.id, base_version=1)
    assert work.state(video).annotations == ()
    deletion = list_operations(work.database, video)[-1].id
    work.do("undo", video, undoes=deletion, base_version=2)
    assert work.state(video).annotations == (replace(made, version=3),)


def test_reviewed_footage_is_logged_and_undone(work, video):
    work.reviewed(video, 0, 9)
    result = work.do("unreview_span", video, after={"first": 4, "last": 5})
    assert result.reviewed == ((0, 3), (6, 9))
    undone = work.do("undo", video, undoes=list_operations(work.database, video)[-1].id)
    assert (undone.status, undone.reviewed) == ("applied", ((0, 9),))
    first = list_operations(work.database, video)[0].id
    work.reviewed(video, 20, 29)
    assert work.do("undo", video, undoes=first).status == "conflict"


def test_nobody_writes_or_undoes_in_the_name_of_another(work, video):
    made = work.add(video, type="macro", onset=3, offset=50).annotation
    line = list_operations(work.database, video)[0].id
    other = work.colleague()
    assert other.do("edit", video, interval_id=made.id, base_version=1, after={"note": "x"}).status == "refused"
    assert other.do("undo", video, undoes=line, base_version=1).status == "refused"
    assert other.state(video).annotations == ()


def test_an_annotator_without_the_study_is_refused(work, video):
    stranger = replace(work, annotator_id=99)
    assert stranger.reviewed(video).status == "refused"


def test_a_proposal_of_another_video_is_refused(work, video):
    second = work.video("b.mp4")
    work.run(second)
    proposal = work.state(second).proposals[0]
    result = work.do("accept", video, interval_id=proposal.interval_id, proposal_id=proposal.id)
    assert (result.status, "this video" in result.message) == ("refused", True)


def test_a_decision_on_a_proposal_needs_the_id_that_came_with_it(work, video):
    proposal = work.state(video).proposals[0]
    result = work.do("accept", video, interval_id=str(uuid.uuid4()), proposal_id=proposal.id)
    assert (result.status, "interval_id" in result.message) == ("refused", True)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"id": "1"}, "UUID"),
        ({"verb": "guess"}, "verb"),
        ({"interval_id": None}, "interval_id"),
        ({"client_time": "yesterday"}, "client_time"),
        ({"client_time": "2026-03-01T12:00:00"}, "client_time"),
        ({"session": "a\x00b"}, "NUL"),
        ({"video_id": 99}, "video"),
        ({"model_version_id": 99}, "model version"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_and_not_logged(sqlite_database, fields, word):
    work = desk(sqlite_database)
    video = work.video()
    asked = work.request("add", video, interval_id=str(uuid.uuid4()), after={"type": "micro", "onset": 1, "offset": 2})
    result = apply_operation(sqlite_database, replace(asked, **fields))
    assert (result.status, word in result.message) == ("refused", True), result
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Operation)) == 0


def test_replaying_the_log_gives_the_rows(work, video):
    work.decide("accept", video, 0)
    made = work.decide("reject", video, 1, reason="speech").annotation
    work.do("edit", video, interval_id=made.id, base_version=1, after={"reason": "blink"})
    added = work.add(video, type="micro", onset=200, offset=206).annotation
    work.do("delete", video, interval_id=added.id, base_version=1)
    rows = {}
    for line in list_operations(work.database, video):
        rows[line.interval_id] = line.after
    standing = sorted((row for row in rows.values() if row), key=lambda row: row["onset"])
    now = work.state(video).annotations
    assert [(row["onset"], row["verdict"], row["reason"], row["version"]) for row in standing] == [
        (a.onset, a.verdict, a.reason, a.version) for a in now
    ]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_sent_the_log_and_the_rows_agree(sqlite_database, seed):
    random = Random(seed)
    work = desk(sqlite_database)
    video = work.video()
    work.run(video)
    targets = [(p.interval_id, p.id) for p in work.state(video).proposals] + [(str(uuid.uuid4()), None)] * 2
    sent = []
    for _ in range(100):
        interval, proposal = random.choice(targets)
        onset = random.randrange(300)
        fields = {"type": random.choice(["micro", "macro"]), "onset": onset, "offset": onset + random.randrange(20),
                  "apex": None, "reason": random.choice(["blink", None])}  # fmt: skip
        known = {a.id: a.version for a in work.state(video).annotations}
        verb = random.choice(["accept", "adjust", "reject", "unsure", "add", "edit", "delete", "undo"])
        result = work.do(
            verb, video, interval_id=interval, proposal_id=random.choice([proposal, proposal, proposal, targets[0][1]]),
            base_version=known.get(interval, 0) + random.choice([0, 0, 0, 1]),
            after=fields if random.random() < 0.7 else {"onset": onset},
            undoes=random.choice(sent) if sent and verb == "undo" else None,
        )  # fmt: skip
        assert result.message != reviewing.BROKEN_RULE
        sent = [line.id for line in list_operations(sqlite_database, video)]
    rows = {line.interval_id: line.after for line in list_operations(sqlite_database, video)}
    now = {a.id: a for a in work.state(video).annotations}
    assert {key: mapping.annotation_from_log(row) for key, row in rows.items() if row} == now
    assert len(sent) > 20


def test_the_id_for_a_decision_is_the_one_the_review_state_gives(work, video):
    for proposal in work.state(video).proposals:
        assert proposal.interval_id == reviewing.interval_id(work.annotator_id, proposal.id)
