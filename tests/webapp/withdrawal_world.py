"""Two people in every place where a person can be: one withdraws, the other stays.

Every text, file and row about the first holds `GONE`, whatever else stands around it; about the second `STAYS`.
"""

from __future__ import annotations

import base64
import json
import pickle
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import MetaData, create_engine, inspect, select, text

from db.models import (
    Adjudication,
    CodingPick,
    ModelVersion,
    Retry,
    ReviewTotal,
    TrainingJob,
    VideoAssignment,
    VideoCoding,
)
from db.session import Database
from spotcore.probabilities import Curves, save_curves
from tests.webapp.services.library_material import MACRO, MICRO, Desk, desk
from webapp import queueing
from webapp.services import (
    audit,
    imported_signals,
    jobs,
    label_sets,
    library,
    neutral_frames,
    places,
    spotting,
)
from webapp.settings import Settings
from webapp.uploads import Uploads

GONE, STAYS = "Zqgone", "Zqstays"


@dataclass
class Person:
    """What was made of one of the two."""

    mark: str
    code: str
    video: int
    run: int
    job: int
    note: str  # id of an annotation


@dataclass
class TwoPeople:
    """The installation, and the two in it; `shared` is the label set of both, `alone` that of who stays."""

    settings: Settings
    desk: Desk
    gone: Person
    stays: Person
    shared: int
    alone: int
    trained: int
    child: int
    training: int

    @property
    def database(self) -> Database:
        return self.desk.database


def two_people(settings: Settings, database: Database) -> TwoPeople:
    """Fill a fresh installation whose queue tables are there."""
    work = desk(database)
    study, me = work.defaults.study_id, work.annotator_id
    stays = _person(settings, work, STAYS)
    third = work.video("third.mp4", "third-1")  # a set needs two people who stay
    work.add(third, type="micro", onset=100, apex=105, offset=110)
    work.reviewed(third)
    roles = {stays.code: "train", "third-1": "validation"}
    alone = label_sets.freeze(database, study, f"{STAYS} alone", roles, me)
    gone = _person(settings, work, GONE)
    shared = label_sets.freeze(database, study, f"{GONE}-7 and {STAYS}", roles | {gone.code: "test"}, me)
    trained, child, job = _trained(database, shared, gone)
    _elsewhere(settings, work, gone, stays, job)
    return TwoPeople(settings, work, gone, stays, shared, alone, trained, child, job)


def _person(settings: Settings, work: Desk, mark: str) -> Person:
    """One video of a person with runs, decisions, files, jobs and work in the queue."""
    database, study, me = work.database, work.defaults.study_id, work.annotator_id
    code, title = f"{mark}-7", f"{mark} smile 1.mp4"
    uploads = Uploads(settings)
    footage = f"{mark} footage".encode()
    upload = uploads.create(title, len(footage), me, study, code)
    uploads.append(upload, 0, footage)
    path = uploads.complete(upload)
    sha = ("a" if mark == GONE else "b") * 64
    video = library.register_video(
        database, study, title, settings.stored(path), "file", sha, len(footage), code, added_by=me
    )
    uploads.registered(upload, video)
    unfinished = uploads.create(f"{mark} second.mp4", 100, me, study, code)
    uploads.append(unfinished, 0, f"{mark} more footage".encode())
    facts = library.ImportedVideo(
        sha256=sha, size_bytes=len(footage), frame_count=300, fps=30.0, duration=10.0, variable_rate=False, width=64,
        height=48, frames_path=f"media/{video}/frames.npz", thumbnail_path=f"media/{video}/thumbnail.jpg",
        audio_path=f"media/{video}/audio.m4a", message=f"noticed in {mark}",
    )  # fmt: skip
    library.finish_import(database, video, facts)
    key = ("1" if mark == GONE else "2") * 32
    run = spotting.start_run(database, video, work.defaults.baseline_version_id, 6.0, {"said": mark})
    for name in (f"media/{video}/frames.npz", f"media/{video}/thumbnail.jpg", f"media/{video}/audio.m4a",
                 f"features/{key}.npz", f"features/{key}-left.npz", f"packs/{sha[:2]}/{sha[:32]}/w960-q85-0000000.gpk",
                 f"signals/{video}/abc/values.npy"):  # fmt: skip
        write(settings, name, f"{mark} in {name}")
    frames = np.arange(300)
    save_curves(Curves(frames, frames / 30, {"macro_apex": np.zeros(300, np.float32)}, "bumps"),
                settings.data_dir / f"runs/{run}/curves.npz")  # fmt: skip
    write(settings, f"runs/{run}/said.txt", mark)
    spotting.finish_run(database, run, f"runs/{run}/curves.npz", f"features/{key}.npz", [MICRO, MACRO], message=mark)
    work.decide("accept", video, 0, note=f"{mark} note", emotion=f"{mark} joy")
    work.decide("reject", video, 1, reason="blink", note=f"{mark} blinks")
    added = work.add(video, type="micro", onset=200, apex=205, offset=210, note=f"{mark} added")
    work.reviewed(video)
    places.remember(database, me, video, 12, None)
    neutral_frames.pin(database, me, video, 3)
    imported_signals.add_signal(
        database, video, me, f"{mark} au.csv", f"signals/{video}/abc", ((f"{mark}_AU12", ""),), 300, f"{mark} openface"
    )
    other = work.colleague(f"Coder of {video}").annotator_id
    with database.begin() as session:
        session.add_all([
            VideoAssignment(video_id=video, annotator_id=me),
            VideoCoding(video_id=video, annotator_id=me, blind=False, coded=[{"type": mark}]),
            CodingPick(study_id=study, video_id=video, batch=video, place=1, kind="random", new_subject=True,
                       waiting=2, seed=1),
            Adjudication(id=str(uuid.uuid4()), video_id=video, first_coder=me, second_coder=other,
                         first_annotation_id=added.annotation.id, first_version=1, choice="neither",
                         reason="other", note=f"{mark} settled", decided_by=me),
            Retry(kind="import", row_id=video, reason=f"{mark} was too long"),
            Retry(kind="spotting", row_id=run, reason=f"{mark} was too long"),
        ])  # fmt: skip
        if session.get(ReviewTotal, video) is None:
            session.add(ReviewTotal(video_id=video, revision=0, warnings=[f"{title} has few frames"]))
        audit.note(session, me, study, "export labels", {"video_id": video, "titles": [title]})
        audit.note(session, me, study, "set role", {"subject": code})
    job = jobs.create(database, "spot_library", {"videos": [video]}, study, me, videos=[video])
    jobs.set_progress(database, job, 0.5, f"spotting {title}")
    jobs.set_part(database, job, "spot", {"failed": [{"video_id": video, "reason": f"{title} is dark"}]})
    jobs.note(settings.data_dir, job, f"begins with {title}")
    jobs.finish(database, job, {"done": 1})
    remember_work(settings, "import", video, f"read {title}")
    remember_work(settings, "spotting", run, f"runs/{run} of {title}")
    remember_work(settings, "job", job, {"said": title})
    return Person(mark, code, video, run, job, added.annotation.id)


def _trained(database: Database, label_set: int, gone: Person) -> tuple[int, int, int]:
    """A version that learned from the set, one that goes on from it, and the training that made the first."""
    with database.begin() as session:
        first = ModelVersion(name="first", architecture="dilated", settings={}, label_set_id=label_set,
                             scores={"per_subject": {gone.code: 0.5}}, note=f"good on {gone.code}")  # fmt: skip
        session.add(first)
        session.flush()
        second = ModelVersion(name="second", architecture="dilated", settings={}, scores={}, parent_id=first.id)
        job = TrainingJob(label_set_id=label_set, architecture="dilated", preset="quick", settings={}, state="done",
                          message=f"chosen on {gone.code}", model_version_id=first.id)  # fmt: skip
        session.add_all([second, job])
        session.flush()
        return first.id, second.id, job.id


def _elsewhere(settings: Settings, work: Desk, gone: Person, stays: Person, job: int) -> None:
    """The first person named in things of others: notes, logs, results, preferences, a ladder, and the queue."""
    database = work.database
    work.add(stays.video, type="macro", onset=220, apex=None, offset=240, note=f"as {gone.code.upper()} does it")
    other = jobs.create(database, "compare", {"first_id": 1}, work.defaults.study_id, work.annotator_id)
    jobs.finish(database, other, {"worst": {gone.code: 0.1}, "sentence": f"{gone.code} is hard"})
    jobs.note(settings.data_dir, other, f"{STAYS} after {gone.mark} smile 1.mp4")
    for name, said in {
        f"jobs/{job}/manifest.json": {"videos": [{"subject": gone.code, "features": "x.npz"}]},
        f"jobs/{job}/log.txt": gone.code, f"jobs/job-{gone.job}/folds/{gone.code}/a.json": gone.code,
        f"models/job-{job}/model.json": {"training": {"subjects": [gone.code, stays.code]}},
        f"ladders/{gone.code}/notes.txt": "whose", "worker.log": f"ERROR {gone.mark} smile 1.mp4: no face",
    }.items():  # fmt: skip
        write(settings, name, said if isinstance(said, str) else json.dumps(said))
    write(settings, f"features/{'9' * 32}.npz", f"{gone.mark} measured for another person in the picture")
    remember_work(settings, "job", other, {"said": f"{gone.code} is hard"})
    remember_work(settings, "training", job, [gone.code])


def write(settings: Settings, name: str, content: str) -> None:
    path = settings.data_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    settings.stored(path)


def remember_work(settings: Settings, kind: str, row_id: int, output: object) -> str:
    """Work that is over, with a result as a step leaves it in the queue's tables."""
    asks = {"import": queueing.enqueue_import, "spotting": queueing.enqueue_spotting, "job": queueing.enqueue_job,
            "training": queueing.enqueue_training}  # fmt: skip
    name = asks[kind](row_id, settings)
    engine, schema = queue_engine(settings)
    pickled = base64.b64encode(pickle.dumps(output)).decode()
    with engine.begin() as connection:
        connection.execute(
            text(f"UPDATE {schema}workflow_status SET status = 'SUCCESS', output = :o, deduplication_id = NULL "
                 "WHERE workflow_uuid = :n"), {"o": pickled, "n": name},
        )  # fmt: skip
        connection.execute(
            text(f"INSERT INTO {schema}operation_outputs (workflow_uuid, function_id, function_name, output, error) "
                 "VALUES (:n, 1, 'step', :o, :e)"), {"n": name, "o": pickled, "e": json.dumps({"said": output})},
        )  # fmt: skip
    engine.dispose()
    return name


def queue_engine(settings: Settings):
    engine = create_engine(settings.dbos_url.replace("postgresql://", "postgresql+psycopg://", 1))
    return engine, "" if engine.dialect.name == "sqlite" else "dbos."


def traces(settings: Settings, mark: str) -> list[str]:
    """Every file and table cell of the installation that holds the mark, in any case, also within base64."""
    roots = [settings.data_dir, *([Path(settings.store_url.removeprefix("file://"))] if settings.store_url else [])]
    wanted, found = mark.lower().encode(), []
    for root in roots:
        for path in sorted(root.rglob("*")):
            if wanted in str(path.relative_to(root)).lower().encode():
                found.append(f"name of {path}")
            if path.is_file() and wanted in path.read_bytes().lower():
                found.append(f"in {path}")
    return found + _in_rows(settings.database_url, wanted) + _in_rows(settings.dbos_url, wanted)


def _in_rows(url: str, wanted: bytes) -> list[str]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    schemas = [None] if engine.dialect.name == "sqlite" else ["public", "dbos"]
    found = []
    for schema in schemas:
        tables = MetaData(schema=schema)
        tables.reflect(engine)
        with engine.connect() as connection:
            for table in tables.tables.values():
                for row in connection.execute(select(table)):
                    if any(wanted in _bytes(value) for value in row):
                        found.append(f"row of {table.name}")
    engine.dispose()
    return found


def _bytes(value: object) -> bytes:
    plain = value if isinstance(value, str) else json.dumps(value, default=str)
    try:
        return (plain.encode() + base64.b64decode(plain, validate=True)).lower()
    except ValueError:
        return plain.lower().encode()


def in_cluster(database: Database, mark: str, folder: Path) -> list[str]:
    """Files of a PostgreSQL database in whose raw bytes the mark stands; `folder` is that of the cluster.

    Statistics are taken first, because they quote rows, and everything is brought to the disk.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in ("ANALYZE", "CHECKPOINT"):
            connection.execute(text(statement))
    with database.read() as session:
        number = session.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    wanted = mark.lower().encode()
    files = (folder / "base" / str(number)).iterdir()
    return [str(path) for path in files if wanted in path.read_bytes().lower()]


def tables_with_rows(database: Database) -> set[str]:
    with database.read() as session:
        names = inspect(session.connection()).get_table_names()
        return {name for name in names if session.scalar(text(f'SELECT count(*) FROM "{name}"'))}
