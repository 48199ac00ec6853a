"""A label set leaves as a file that can be checked, with who decided what on whose proposal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from db.models import LabelSetSubject
from spotcore.errors import InvalidFile
from spotcore.manifest import Manifest
from tests.webapp.services.library_material import MACRO, desk
from webapp.services import label_content, label_sets, library
from webapp.services.errors import Refused
from webapp.services.label_archive import archive, verify

ROLES = {"s1": "test", "s2": "train", "s3": "validation"}


@pytest.fixture
def work(database):
    made = desk(database)
    for title, subject in (("a", "s1"), ("b", "s2"), ("c", "s3")):
        clip = made.video(title, subject)
        made.run(clip)
        made.decide("reject", clip, 0, reason="blink")
        made.decide("accept", clip, 1, action_units=["AU4"])
        made.add(clip, type="micro", onset=200, apex=205, offset=210, confidence=0.5, note="“ü”")
        made.reviewed(clip)
    return made


def freeze(work, name: str = "one", roles=ROLES) -> int:
    return label_sets.freeze(work.database, work.defaults.study_id, name, roles, work.annotator_id)


def checked(work, document):
    return verify(work.database, work.defaults.study_id, json.dumps(document))


def test_every_frozen_label_knows_who_decided_it_when_and_on_whose_proposal(work):
    video = label_sets.get_label_set(work.database, freeze(work)).videos[0]
    by_type = {(i.type, i.verdict): i.origin for i in video.intervals}
    accepted, added = by_type["macro", "accepted"], by_type["micro", "added"]
    proposal = work.state(video.video_id).proposals[1]
    assert (accepted.proposal_id, accepted.model_version_id) == (proposal.id, work.defaults.baseline_version_id)
    assert (accepted.annotation_id, accepted.decided_by) == (proposal.decided_by, work.annotator_id)
    assert (added.proposal_id, added.model_version_id, added.decided_by) == (None, None, work.annotator_id)
    assert accepted.decided_at.tzinfo is not None


def test_the_origin_is_no_part_of_the_hash(work):
    made = label_sets.get_label_set(work.database, freeze(work))
    plain = json.dumps(label_content.content(made.videos))
    assert "origin" not in plain
    assert "annotation_id" not in plain
    assert made.content_hash == label_content.content_hash(made.videos)


def test_a_set_frozen_before_origins_were_kept_stays_readable(work):
    made = freeze(work)
    columns = ("annotation_id", "proposal_id", "model_version_id", "decided_by", "decided_at")
    with work.database.begin() as session:  # as the migration leaves rows of before
        guard = "guard_label_set_intervals_update"
        dialect = work.database.engine.dialect.name
        off = f"DROP TRIGGER {guard}" + (" ON label_set_intervals" if dialect == "postgresql" else "")
        session.execute(text(off))
        session.execute(text(f"UPDATE label_set_intervals SET {', '.join(f'{c} = NULL' for c in columns)}"))
    details = label_sets.get_label_set(work.database, made)
    assert {i.origin for video in details.videos for i in video.intervals} == {None}
    assert details.content_hash == label_content.content_hash(details.videos)
    assert checked(work, archive(work.database, made)).problems == ()


def test_an_exported_file_is_a_manifest_and_verifies_as_it_is(work):
    document = archive(work.database, freeze(work))
    Manifest.from_dict(json.loads(json.dumps(document)), "test", Path())
    found = checked(work, document)
    assert (found.problems, found.here, found.videos, found.intervals) == ((), ("one",), 3, 9)
    (line, *_) = [o for o in document["archive"]["origins"] if o["onset"] == MACRO.onset]
    assert (line["decided_by"], line["proposed_by"], line["verdict"]) == ("Annotator", "baseline", "accepted")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d["archive"]["content"]["videos"][0]["intervals"][0].update(onset=11), "changed after it was"),
        (lambda d: d["videos"][0]["intervals"][0].update(onset=51), "does not hold the same labels"),
        (lambda d: d.update(label_set_hash="0" * 64), "The hash of the set was changed"),
    ],
)
def test_whatever_was_changed_in_the_file_is_found(work, change, sentence):
    document = archive(work.database, freeze(work))
    change(document)
    assert sentence in " ".join(checked(work, document).problems)


@pytest.mark.parametrize("words", ["", "[]", "{}", '{"format": "glint-manifest/1", "videos": []}', "[" * 5000])
def test_another_file_is_refused_in_a_sentence(work, words):
    with pytest.raises(InvalidFile):
        verify(work.database, work.defaults.study_id, words)


def test_a_set_that_lost_a_video_says_so_and_still_verifies(work):
    made = freeze(work)
    library.delete_video(work.database, 1, withdraw=True)
    found = checked(work, archive(work.database, made))
    assert (found.problems, found.withdrawn, found.videos, found.here) == ((), 1, 2, ())


def test_a_test_subject_never_trains_neither_by_service_nor_by_row(work):
    made = freeze(work)
    manifest = label_sets.manifest(work.database, made, {})
    assert {v["subject"] for v in manifest["videos"] if v["role"] == "train"} == {"s2"}
    with pytest.raises(Refused, match="s1 keeps the role test"):
        freeze(work, "two", {**ROLES, "s1": "train"})
    for statement in ("UPDATE subjects SET role = 'train' WHERE code = 's1'",
                      "UPDATE label_set_subjects SET role = 'train' WHERE code = 's1'"):  # fmt: skip
        with pytest.raises((IntegrityError, DatabaseError)), work.database.begin() as session:
            session.execute(text(statement))
    tester = next(s for s in library.list_subjects(work.database, work.defaults.study_id) if s.code == "s1")
    with pytest.raises((IntegrityError, DatabaseError), match="keeps its role"), work.database.begin() as session:
        session.add(LabelSetSubject(label_set_id=made, subject_id=tester.id, code="alias", role="train"))
    assert freeze(work, "two")
