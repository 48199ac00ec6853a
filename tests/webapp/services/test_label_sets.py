"""Freezing what was reviewed, on real databases."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from spotcore.intervals import Interval
from spotcore.manifest import Manifest
from tests.webapp.services.library_material import desk
from webapp.services import audit, label_content, label_sets, library
from webapp.services.errors import NotFound, Refused


@pytest.fixture
def work(database):
    return desk(database)


@pytest.fixture
def three(work):
    """Three reviewed subjects, of whom the second has most expressions."""
    for title, subject, count in (("a", "s1", 1), ("b", "s2", 3), ("c", "s3", 2)):
        video = work.video(title, subject)
        for n in range(count):
            work.add(video, type="macro", onset=50 * n, apex=50 * n + 9, offset=50 * n + 40, action_units=["AU4"])
        work.reviewed(video)
    return work


def preview(work, **more):
    return label_sets.preview(work.database, work.defaults.study_id, **more)


def freeze(work, name: str = "one", roles: dict | None = None) -> label_sets.LabelSetDetails:
    made = label_sets.freeze(work.database, work.defaults.study_id, name, roles or {}, work.annotator_id)
    return label_sets.get_label_set(work.database, made)


def test_the_preview_counts_and_suggests_roles(three):
    now = preview(three)
    assert now.roles == {"s1": "test", "s2": "train", "s3": "validation"}
    assert [(s.code, s.macro, s.reviewed_seconds, s.role_is_kept) for s in now.subjects] == [
        ("s1", 1, 10.0, False),
        ("s2", 3, 10.0, False),
        ("s3", 2, 10.0, False),
    ]
    assert (now.findings, now.can_freeze) == ((), True)


def test_what_is_frozen_is_what_was_previewed(three):
    now, made = preview(three), freeze(three)
    assert made.videos == now.videos
    assert [s.role_is_kept for s in made.subjects] == [True] * 3


def test_freezing_is_in_the_audit(three):
    made = freeze(three)
    entry = audit.entries(three.database, None, action="freeze label set").rows[0]
    assert entry.about == {"label_set_id": made.id, "name": "one"}


def test_a_frozen_set_does_not_follow_later_decisions(three):
    made = freeze(three)
    three.add(1, type="micro", onset=200, offset=205)
    assert label_sets.get_label_set(three.database, made.id) == made


def test_the_hash_comes_out_of_the_rows_and_of_equal_content_again(three):
    made = freeze(three)
    assert made.content_hash == label_content.content_hash(made.videos)
    assert freeze(three, "two").content_hash == made.content_hash
    three.add(1, type="micro", onset=200, offset=205)
    assert freeze(three, "three").content_hash != made.content_hash


def test_the_hash_is_the_sha256_of_canonical_json(three):
    made = freeze(three)
    content = label_content.content(reversed(made.videos))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == made.content_hash


def test_subjects_keep_their_roles_in_later_sets(three):
    freeze(three)
    with pytest.raises(Refused, match="s1 keeps the role test"):
        freeze(three, "two", {"s1": "train"})
    newcomer = three.video("d", "s4")
    three.reviewed(newcomer)
    assert preview(three).roles == {"s1": "test", "s2": "train", "s3": "validation", "s4": "train"}
    kept = {s.code: s.role for s in library.list_subjects(three.database, three.defaults.study_id)}
    assert kept == {"s1": "test", "s2": "train", "s3": "validation", "s4": None}


def test_an_empty_side_is_refused_with_a_sentence(three):
    with pytest.raises(Refused, match="The role validation has no subject"):
        freeze(three, roles={"s1": "train", "s2": "train", "s3": "train"})
    assert label_sets.list_label_sets(three.database, three.defaults.study_id) == ()


def test_a_name_is_used_once(three):
    freeze(three)
    with pytest.raises(Refused, match="“one”"):
        freeze(three)


def test_a_video_without_a_subject_blocks(three):
    video = three.video("d", None)
    three.reviewed(video)
    assert [f.video_id for f in preview(three).findings if f.blocking] == [video]


def test_decisions_without_reviewed_footage_are_left_out_with_a_warning(three):
    video = three.video("d", "s4")
    three.add(video, type="macro", onset=1, offset=30)
    (finding,) = preview(three).findings
    assert (finding.video_id, finding.blocking, "no reviewed footage" in finding.message) == (video, False, True)
    assert "s4" not in preview(three).roles


def test_an_interval_outside_of_reviewed_footage_brings_its_own_frames(work):
    video = work.video()
    work.reviewed(video, 0, 99)
    work.add(video, type="macro", onset=150, offset=180)
    (labelled,) = preview(work).videos
    assert labelled.reviewed == ((0, 99), (150, 180))


def test_undecided_proposals_in_reviewed_footage_warn(three):
    three.run(1, [Interval(100, 110, "micro"), Interval(120, 130, "micro")])
    three.decide("reject", 1, reason="blink")
    (finding,) = preview(three).findings
    assert "1 proposals in reviewed footage are undecided" in finding.message


def test_of_two_annotators_the_one_who_reviewed_more_counts(three):
    other = three.colleague()
    other.add(1, type="micro", onset=7, offset=9)
    other.reviewed(1, 0, 100)
    (finding,) = preview(three).findings
    assert "decisions of Annotator are taken" in finding.message
    assert all(i.type == "macro" for i in preview(three).videos[0].intervals)


def test_the_list_tells_sets_at_a_glance(three):
    freeze(three)
    (row,) = label_sets.list_label_sets(three.database, three.defaults.study_id)
    assert (row.name, row.subjects, row.videos, row.macro, row.micro, row.reviewed_seconds) == ("one", 3, 3, 6, 0, 30.0)


def test_the_manifest_holds_all_that_training_needs(three):
    three.run(1, [Interval(100, 110, "micro", 105), Interval(120, 130, "micro"), Interval(200, 220, "macro")])
    three.decide("reject", 1, 0, reason="blink")
    three.decide("unsure", 1, 1)
    three.decide("accept", 1, 2)
    made = freeze(three)
    document = label_sets.manifest(three.database, made.id, {v.video_id: f"{v.title}.npz" for v in made.videos})
    parsed = Manifest.from_dict(json.loads(json.dumps(document)), "test", Path("/traces"))
    first = next(video for video in parsed.videos if video.title == "a")
    assert (parsed.name, parsed.label_set_hash) == ("one", made.content_hash)
    assert (first.features, first.role, first.reviewed, first.unsure) == (
        Path("/traces/a.npz"), made.videos[0].role, ((0, 299),), ((120, 130),),
    )  # fmt: skip
    assert first.intervals == (Interval(0, 40, "macro", 9), Interval(200, 220, "macro"))
    assert [(r.interval, r.reason) for r in first.rejected] == [(Interval(100, 110, "micro", 105), "blink")]


def test_a_manifest_without_all_trace_files_is_refused(three):
    made = freeze(three)
    with pytest.raises(Refused, match="“b”, “c”"):
        label_sets.manifest(three.database, made.id, {made.videos[0].video_id: "a.npz"})


def test_a_set_that_does_not_exist_is_not_found(work):
    with pytest.raises(NotFound):
        label_sets.get_label_set(work.database, 9)
