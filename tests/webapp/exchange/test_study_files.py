"""A study as a file, and the same study made of it elsewhere, on both databases."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zipfile
from datetime import UTC, datetime

import numpy as np
import pytest

from db.base import Base
from db.models import Annotator, Assignment, CodingPick, Study, Subject, Video
from db.session import Database
from spotcore.frame_table import FrameTable
from spotcore.video import content_hash
from tests.databases import KINDS, drop, migrated_url
from tests.webapp.services.library_material import Desk, desk
from webapp.exchange.study_files import attach_footage, look_into, read_archive, write_archive
from webapp.services import archive_tables, consensus, imported_signals, label_sets, reviewing, studies
from webapp.services.archive_tables import LEFT_OUT, NAMED, TABLES
from webapp.services.defaults import ensure_defaults
from webapp.services.errors import Refused
from webapp.settings import Settings

MOMENT = datetime(2026, 11, 21, tzinfo=UTC)
PROPOSED = {"type": "micro", "onset": 10, "apex": 15, "offset": 20}


def installation(folder, database: Database) -> Settings:
    (folder.parent / "lab").mkdir(parents=True)
    settings = Settings.from_environment({
        "GLINT_DATA": str(folder), "GLINT_DATABASE_URL": database.url, "GLINT_MEDIA_ROOTS": str(folder.parent / "lab"),
    })  # fmt: skip
    settings.prepare()
    return settings


def filled(database: Database, settings: Settings) -> Desk:
    """A study with a bit of everything: three people, frozen labels, blind codings, undone decisions, signals."""
    made = desk(database)
    with database.begin() as session:  # numbers that no other installation would give
        session.add(Annotator(name="Zoe who left"))
    for number, title in enumerate(("a.mp4", "b.mp4", "ü c.mp4")):
        video = made.video(title, f"s{number}")
        (settings.data_dir / "uploads").mkdir(exist_ok=True)
        file = settings.data_dir / "uploads" / title
        file.write_bytes(b"footage of " + title.encode())
        table = FrameTable(np.arange(300) / 30, np.arange(300), np.ones(300, bool))
        (settings.data_dir / f"media/{video}").mkdir(parents=True)
        table.save(settings.data_dir / f"media/{video}/frames.npz")
        with database.begin() as session:
            session.get(Video, video).sha256 = content_hash(file)
            session.get(Video, video).size_bytes = file.stat().st_size
    run = made.run(1)
    (settings.data_dir / f"runs/{run}").mkdir(parents=True)
    (settings.data_dir / f"runs/{run}/curves.npz").write_bytes(b"curves")
    made.decide("accept", 1)
    assert made.decide("reject", 1, 1, reason="blink").status == "applied"
    added = made.add(2, type="macro", onset=3, apex=9, offset=40, action_units=["12", "L14"], note="<b> ünï =1+1")
    assert added.status == "applied"
    other = made.colleague("Bob & 'Ann'")
    other.add(2, type="micro", onset=5, apex=None, offset=12)
    for who, video in ((made, 1), (made, 2), (other, 2), (made, 3)):
        who.reviewed(video)
    roles = {"s0": "train", "s1": "validation", "s2": "test"}
    label_sets.freeze(database, made.defaults.study_id, "Round 1", roles, made.annotator_id)
    folder = settings.data_dir / "signals/1/abc"
    folder.mkdir(parents=True)
    (folder / "values.npy").write_bytes(b"numbers")
    imported_signals.add_signal(database, 1, made.annotator_id, "AU.csv", "signals/1/abc", (("AU04", "of 5"),), 10)
    with database.begin() as session:
        consensus.ensure(session, 1)
        session.add(CodingPick(study_id=1, video_id=3, batch=1, place=1, kind="random", new_subject=True, waiting=1,
                               seed=7, created_by=made.annotator_id))  # fmt: skip
    return made


@pytest.fixture(params=["sqlite"])
def elsewhere(request, tmp_path):
    """Another installation, with a study of its own whose numbers are taken."""
    url = migrated_url(request.param)
    made = Database(url)
    ensure_defaults(made)
    with made.begin() as session:
        session.add_all([Annotator(name=f"Local {n}") for n in range(5)])
        consensus.ensure(session, 1)
    yield made, installation(tmp_path / "elsewhere" / "data", made)
    made.dispose()
    drop(url)


@pytest.fixture
def here(sqlite_database, tmp_path):
    settings = installation(tmp_path / "here" / "data", sqlite_database)
    filled(sqlite_database, settings)
    with sqlite_database.begin() as session:
        session.get(Study, 1).name = "Smiles"
    return sqlite_database, settings


def footage_to(settings: Settings, source: Settings) -> None:
    for number, file in enumerate(sorted((source.data_dir / "uploads").iterdir())):
        (settings.media_roots[0] / f"renamed {number}.mp4").write_bytes(file.read_bytes())


@pytest.mark.parametrize("elsewhere", KINDS, indirect=True)
def test_an_archive_gives_the_same_study_elsewhere_and_the_same_archive_again(here, elsewhere, tmp_path):
    write_archive(*here, 1, tmp_path / "first.zip", made_at=MOMENT)
    footage_to(elsewhere[1], here[1])
    made = read_archive(*elsewhere, tmp_path / "first.zip")
    assert made.rows["annotations"] == 4
    assert made.rows["operations"] > 6
    write_archive(*elsewhere, made.study_id, tmp_path / "second.zip", made_at=MOMENT)
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    with elsewhere[0].read() as session:
        video = session.query(Video).filter_by(title="a.mp4").one()
        assert (elsewhere[1].located(video.path)).read_bytes() == b"footage of a.mp4"
        assert FrameTable.load(elsewhere[1].located(video.frames_path)).frame_count == 300


def test_work_goes_on_where_it_was_in_the_study_that_was_made(here, elsewhere, tmp_path):
    write_archive(*here, 1, tmp_path / "one.zip")
    footage_to(elsewhere[1], here[1])
    database = elsewhere[0]
    there = desk(database)
    taken = there.video("own.mp4", "x")  # so that proposals have other numbers here
    there.run(taken)
    made = read_archive(*elsewhere, tmp_path / "one.zip")
    with database.read() as session:
        video = session.query(Video).filter_by(title="a.mp4").one().id
        me = session.query(Assignment).filter_by(study_id=made.study_id, role="admin").one().annotator_id
    state = reviewing.review_state(database, video, me)
    assert sorted(one.verdict for one in state.annotations) == ["accepted", "rejected"]
    mine = next(one for one in state.annotations if one.verdict == "rejected")
    changed = reviewing.apply_operation(database, reviewing.OperationRequest(
        str(uuid.uuid4()), "accept", video, me, mine.id, proposal_id=mine.proposal_id, base_version=mine.version,
        after={},
    ))  # fmt: skip
    assert changed.status == "applied", changed.message
    # Its own study is as before: no proposal there was taken for a decided one.
    for number in (0, 1):
        assert there.decide("accept", taken, number).status == "applied"


def test_label_sets_keep_their_hashes_and_subjects_their_roles(here, elsewhere, tmp_path):
    write_archive(*here, 1, tmp_path / "one.zip")
    footage_to(elsewhere[1], here[1])
    made = read_archive(*elsewhere, tmp_path / "one.zip")
    (before,) = label_sets.list_label_sets(here[0], 1)
    (after,) = label_sets.list_label_sets(elsewhere[0], made.study_id)
    assert (before.content_hash, before.name, before.macro) == (after.content_hash, after.name, after.macro)
    with elsewhere[0].read() as session:
        roles = {s.code: s.role for s in session.query(Subject).filter_by(study_id=made.study_id)}
    assert roles == {"s0": "train", "s1": "validation", "s2": "test"}


def test_footage_that_is_not_found_is_asked_for_and_can_be_looked_for_later(here, elsewhere, tmp_path):
    write_archive(*here, 1, tmp_path / "one.zip")
    with pytest.raises(Refused, match=r"a\.mp4.*was not found"):
        read_archive(*elsewhere, tmp_path / "one.zip")
    assert [s.name for s in studies.all_studies(elsewhere[0])] == ["Study"]
    made = read_archive(*elsewhere, tmp_path / "one.zip", without_footage=True)
    assert attach_footage(*elsewhere, made.study_id) == (0, 3)
    footage_to(elsewhere[1], here[1])
    assert attach_footage(*elsewhere, made.study_id) == (3, 0)


def test_a_second_time_the_study_is_refused_with_everything_as_it_was(here, elsewhere, tmp_path):
    write_archive(*here, 1, tmp_path / "one.zip")
    read_archive(*elsewhere, tmp_path / "one.zip", without_footage=True)
    files = sorted(elsewhere[1].data_dir.rglob("*"))
    with pytest.raises(Refused, match="There is a study Smiles already"):
        read_archive(*elsewhere, tmp_path / "one.zip", without_footage=True)
    renamed = changed(tmp_path / "one.zip", "manifest.json", lambda data: data.replace(b"Smiles", b"Others"))
    with pytest.raises(Refused, match="are here already"):
        read_archive(*elsewhere, renamed, without_footage=True)
    assert sorted(elsewhere[1].data_dir.rglob("*")) == files


def changed(path, member, change, honest: bool = False) -> io.BytesIO:
    """The archive with one member changed, and its hash too where `honest`."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(out, "w") as packed:
        members = {one: archive.read(one) for one in archive.namelist()}
        members[member] = change(members[member])
        if honest:
            about = json.loads(members["manifest.json"])
            about["sha256"][member] = hashlib.sha256(members[member]).hexdigest()
            members["manifest.json"] = json.dumps(about).encode()
        for name, data in members.items():
            packed.writestr(name, data)
    return out


@pytest.mark.parametrize(
    ("member", "change", "honest", "words"),
    [
        ("tables/annotations.ndjson", lambda data: data.replace(b"blink", b"other"), False, "was changed"),
        ("tables/label_set_intervals.ndjson", lambda data: data.replace(b'"onset":3', b'"onset":4'), True, "its hash"),
        ("tables/proposals.ndjson", lambda data: b"", True, "does not fit together"),
        ("tables/annotations.ndjson", lambda data: data.replace(b'"version":1', b'"version":-1'), True, "not fit"),
        ("tables/videos.ndjson", lambda data: b"[1]\n", True, "something else than rows"),
        ("tables/subjects.ndjson", lambda data: b"{", True, "cannot be read"),
        ("manifest.json", lambda data: b"{}", False, "format"),
        ("manifest.json", lambda data: b"nothing", False, "cannot be read"),
        ("manifest.json", lambda data: data.replace(b"files/frames/1", b"files/frames/9"), False, "belongs to nothing"),
    ],
)  # fmt: skip
def test_an_archive_that_was_changed_is_refused_and_nothing_is_stored(
    here, elsewhere, tmp_path, member, change, honest, words
):
    write_archive(*here, 1, tmp_path / "one.zip")
    before = sorted(elsewhere[1].data_dir.rglob("*"))
    with pytest.raises(Refused, match=words):
        read_archive(*elsewhere, changed(tmp_path / "one.zip", member, change, honest), without_footage=True)
    assert [s.name for s in studies.all_studies(elsewhere[0])] == ["Study"]
    assert [one for one in sorted(elsewhere[1].data_dir.rglob("*")) if one.is_file() and one not in before] == []


def test_what_is_no_archive_is_refused_with_a_sentence(elsewhere):
    with pytest.raises(Refused, match="archive of a study"):
        look_into(*elsewhere, io.BytesIO(b"PK or not"))


def test_only_leads_take_a_study_away_and_only_admins_bring_one(here, tmp_path):
    database, settings = here
    coder = Desk(database, ensure_defaults(database), 1).colleague("Coder").annotator_id
    with pytest.raises(Refused, match="leads"):
        write_archive(database, settings, 1, tmp_path / "x.zip", by=coder)
    assert not (tmp_path / "x.zip").exists()


def test_every_table_is_in_the_archive_or_is_said_to_be_left_out():
    assert set(Base.metadata.tables) == {*TABLES, *NAMED, *LEFT_OUT}
    for name in TABLES:
        for column in archive_tables.columns(name):
            assert column.refers_to in ("", *TABLES, *NAMED), (name, column)


def test_the_scheme_of_the_study_comes_along(here, elsewhere, tmp_path):
    with here[0].begin() as session:
        session.get(Study, 1).blind_share = 0.25
    write_archive(*here, 1, tmp_path / "one.zip")
    made = read_archive(*elsewhere, tmp_path / "one.zip", without_footage=True)
    with elsewhere[0].read() as session:
        assert session.get(Study, made.study_id).blind_share == 0.25
