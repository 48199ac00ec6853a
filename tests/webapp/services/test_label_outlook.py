"""The outlook on a label set is told from totals, and must say what the decisions themselves say."""

from __future__ import annotations

import pytest

from db.models import ReviewTotal
from spotcore.intervals import Interval
from tests.webapp.services.library_material import desk
from webapp.services import label_sets, library, review_totals


@pytest.fixture
def work(database):
    made = desk(database)
    for title, subject, count in (("a", "s1", 1), ("b", "s2", 3), ("c", "s3", 2), ("d", None, 1)):
        video = made.video(title, subject)
        made.run(video)
        length = 25 if subject else 10  # 25 frames are too long for a micro-expression, which is worth a warning
        for n in range(count):
            made.add(video, type="micro", onset=40 * n, apex=None, offset=40 * n + length)
        made.decide("reject", video, 0, reason="blink")
        made.reviewed(video, 0, 199)
    return made


def both(work, roles=None):
    study = work.defaults.study_id
    return label_sets.outlook(work.database, study, roles), label_sets.preview(work.database, study, roles)


def told(summary):
    """Subjects with their sums, and every sentence; the order of sentences is nobody's business."""
    return summary.subjects, sorted((f.level, f.message, f.video_id or 0) for f in summary.findings)


def test_the_outlook_says_what_the_preview_says(work):
    now, counted = both(work)
    assert told(now) == told(counted)
    assert [s.micro for s in now.subjects] == [1, 3, 2]
    assert (now.roles, now.can_freeze) == (counted.roles, False)  # "d" has no subject


def test_it_follows_every_decision_at_once(work):
    both(work)
    video = work.video("e", "s4")
    work.reviewed(video)
    added = work.add(video, type="macro", onset=0, apex=None, offset=40)
    assert told(both(work)[0]) == told(both(work)[1])
    work.do("delete", video, interval_id=added.annotation.id, base_version=added.version)
    now, counted = both(work)
    assert told(now) == told(counted)
    assert now.subjects[-1].macro == 0


def test_new_proposals_in_reviewed_footage_are_found(work):
    both(work)
    video = next(iter(library.ready_videos(work.database, work.defaults.study_id)))
    work.run(video, [Interval(150, 160, "macro", None, 0.7)])
    now, counted = both(work)
    assert told(now) == told(counted)
    assert any("1 proposals in reviewed footage" in f.message for f in now.findings)


def test_a_subject_given_later_needs_no_new_count(work):
    both(work)
    video = next(v for v, title in library.ready_videos(work.database, work.defaults.study_id).items() if title == "d")
    library.set_subject(work.database, video, "s9")
    assert review_totals.refresh(work.database, work.defaults.study_id) == 0
    now, counted = both(work)
    assert told(now) == told(counted)
    assert now.can_freeze


def test_roles_that_somebody_chose_are_judged(work):
    roles = dict.fromkeys(("s1", "s2", "s3"), "train")
    now, counted = both(work, roles)
    assert told(now) == told(counted)
    assert any("validation has no subject" in f.message for f in now.findings)


def test_only_what_changed_is_counted_again(work):
    study = work.defaults.study_id
    assert review_totals.refresh(work.database, study) == 4
    assert review_totals.refresh(work.database, study) == 0
    video = next(iter(library.ready_videos(work.database, study)))
    work.reviewed(video)
    assert review_totals.refresh(work.database, study) == 1


def test_a_deleted_video_takes_its_total_along(work):
    study = work.defaults.study_id
    review_totals.refresh(work.database, study)
    video = next(iter(library.ready_videos(work.database, study)))
    library.delete_video(work.database, video)
    with work.database.read() as session:
        assert session.get(ReviewTotal, video) is None


def test_lists_of_sets_and_their_subjects_are_those_of_the_set_itself(work):
    video = next(v for v, title in library.ready_videos(work.database, work.defaults.study_id).items() if title == "d")
    library.set_subject(work.database, video, "s9")
    made = label_sets.freeze(work.database, work.defaults.study_id, "one", {}, work.annotator_id)
    details = label_sets.get_label_set(work.database, made)
    (row,) = label_sets.list_label_sets(work.database, work.defaults.study_id)
    assert label_sets.get_subjects(work.database, made) == details.subjects
    assert (row.videos, row.subjects) == (len(details.videos), len(details.subjects))
    assert (row.micro, row.rejected) == (sum(s.micro for s in details.subjects), 4)
    library.delete_video(work.database, video, withdraw=True)
    assert [s.code for s in label_sets.get_subjects(work.database, made)] == ["s1", "s2", "s3"]
