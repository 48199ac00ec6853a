"""Two studies of one installation, filled alike: every name in the second one holds the word `THEIRS`."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from db.models import Account, Annotator, Assignment, Study
from spotcore.intervals import Interval
from spotcore.seeded_recall import Footage, LadderPlan, LadderSettings
from spotcore.synthesis.plans import PlannedEvent
from tests.webapp.world import World
from webapp.access import ROLES
from webapp.services import audit, jobs, label_sets, library, registry, reviewing, sessions, spotting, training
from webapp.services.reviewing import OperationRequest
from webapp.values.jobs import COMPARE

APP = Path(__file__).parents[2] / "webapp" / "app.py"
OURS, THEIRS = "oslo", "zanzibar"


@dataclass
class TwoStudies:
    """`ours` and `theirs` act as the first coder of each; `secrets` opens sessions of people of ours, by role."""

    ours: World
    theirs: World
    secrets: dict[str, str]
    versions: tuple[int, int]
    videos: dict[str, tuple[int, ...]]


def fill_two(world: World) -> TwoStudies:
    """In each study: two coders, three reviewed videos, a label set, a version, a training, a job and an audit."""
    worlds, people = [], {}
    with world.database.begin() as session:
        for word, study_id in ((OURS, world.ids.study_id), (THEIRS, None)):
            if study_id is None:
                study = Study(name=f"{word} study")
                session.add(study)
                session.flush()
                study_id = study.id
            roles = ROLES if word == OURS else ("annotator", "lead")
            for role in roles:
                person = Annotator(name=f"{word} {role}")
                session.add(person)
                session.flush()
                session.add(Assignment(study_id=study_id, annotator_id=person.id, role=role))
                session.add(Account(annotator_id=person.id))
                people[word, role] = person.id
            coder = people[word, "annotator"]
            worlds.append(replace(world, ids=replace(world.ids, study_id=study_id, annotator_id=coder)))
        secrets = {role: sessions.open_session(session, people[OURS, role], "Firefox") for role in ROLES}
    versions, videos = [], {}
    for word, one in zip((OURS, THEIRS), worlds, strict=True):
        version, ids = _work(word, one, people[word, "lead"])
        versions.append(version)
        videos[word] = ids
        _ladder(word, one)
    for one, ids in zip(worlds, videos.values(), strict=True):  # every version has spotted every video
        for version in versions:
            for video in ids:
                _spot(one, video, version)
    return TwoStudies(*worlds, secrets, tuple(versions), videos)


def _work(word: str, world: World, lead: int) -> tuple[int, tuple[int, ...]]:
    database, study = world.database, world.ids.study_id
    videos = tuple(world.video(f"{word} clip {n}.mp4", f"{word}-{n}") for n in range(3))
    for video in videos:
        for coder in (world.ids.annotator_id, lead):
            _decide(world, video, coder, "add", after={"type": "macro", "onset": 10, "apex": 20, "offset": 40,
                                                       "note": f"{word} note"})  # fmt: skip
            _decide(world, video, coder, "review_span", after={"first": 0, "last": 99})
    roles = dict(zip((f"{word}-{n}" for n in range(3)), ("train", "validation", "test"), strict=True))
    label_set = label_sets.freeze(database, study, f"{word} round", roles, lead)
    job = training.create_job(database, label_set, "dilated", "quick", {}, created_by=lead)
    training.fail_job(database, job, f"{word} failed")
    folder = training.job_dir(world.settings.data_dir, job)
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text(f"{word} log")
    score = {"tp": 3, "fp": 1, "fn": 1, "precision": 0.75, "recall": 0.75, "f1": 0.75, "f1_low": 0.4, "f1_high": 0.9}
    version = registry.register_version(
        database, architecture="dilated", settings={}, checkpoint_path=f"models/{job}", checkpoint_sha256="a" * 64,
        label_set_id=label_set,
        scores={"held_out": {"overall": score, "macro": score, "micro": score}, "false_alarms": 6.0,
                "measured_on": {"role": "test", "subjects": [f"{word}-2"], "videos": 1, "minutes": 1.0, "events": 4}},
    )  # fmt: skip
    night = jobs.create(database, COMPARE, {}, study, lead, videos=videos)
    jobs.note(world.settings.data_dir, night, f"{word} log")
    jobs.fail(database, night, f"{word} failed")
    waiting = world.video(f"{word} waiting.mp4", f"{word}-9")
    spotting.start_run(database, waiting, world.ids.baseline_version_id, 6.0, {})
    with database.begin() as session:
        audit.note(session, lead, study, f"invite {word}", {"name": f"{word} guest"})
    return version, videos


def _decide(world: World, video: int, coder: int, verb: str, **more: object) -> None:
    key = str(uuid.uuid4()) if verb == "add" else None
    request = OperationRequest(str(uuid.uuid4()), verb, video, coder, key, **more)
    assert reviewing.apply_operation(world.database, request).status == "applied"


def _spot(world: World, video: int, version: int) -> int:
    run = spotting.start_run(world.database, video, version, 6.0, {})
    spotting.finish_run(world.database, run, "none.npz", None, [Interval(12, 39, "macro", 20, 0.9)])
    return run


def _ladder(word: str, world: World) -> None:
    """A ladder of footage of the study's first video."""
    folder = world.settings.data_dir / "ladders" / f"{word} ladder"
    folder.mkdir(parents=True)
    first = min(row_id for row_id in _ids(world))
    footage = Footage(f"{word} footage.mp4", f"{first:064x}", 100, 30.0, 320, 192)
    event = PlannedEvent("micro", 30, 35, 42, 0, 4.0, {"AU12": 1.0})
    LadderPlan(footage, LadderSettings(amplitudes=(4.0,), events=5), (), ((event,),)).save(folder / "plan.json")
    (folder / "result.json").write_text(json.dumps({"model": {"name": "baseline"}, "hits": []}))


def _ids(world: World) -> list[int]:
    return [row.id for row in library.list_videos(world.database, world.ids.study_id).rows]


def opened(name: str, **query: object) -> AppTest:
    """A page through the menu, as the person whose secret `state.session_secret` gives."""
    page = AppTest.from_file(str(APP), default_timeout=30)
    page._page_hash = calc_hash(name)
    for key, value in query.items():
        page.query_params[key] = str(value)
    return page.run()


def sent(page: AppTest) -> str:
    """All that the page sends to the browser, tables and charts too, as one lower-case text."""
    found: list[bytes] = []

    def walk(node: object) -> None:
        proto = getattr(node, "proto", None)
        if proto is not None:
            found.append(proto.SerializeToString())
        for child in getattr(node, "children", {}).values():
            walk(child)

    walk(page._tree)
    return b"\n".join(found).decode("utf-8", errors="replace").lower()
