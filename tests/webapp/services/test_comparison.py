"""Two versions against what people decided: the same videos, the same sensitivity, nobody they learned from."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.intervals import Interval
from spotcore.probabilities import CHANNELS, Curves, save_curves
from tests.webapp.services.library_material import desk
from webapp.services import label_sets, registry, spotting
from webapp.services.comparison import version_comparison
from webapp.services.errors import NotFound, Refused

TRUE = Interval(50, 90, "macro", 60, 0.9)
FALSE = Interval(200, 240, "macro", 220, 0.8)


@pytest.fixture
def work(database):
    return desk(database)


def version(work, name: str = "b", label_set: int | None = None, parent: int | None = None) -> int:
    return registry.register_version(
        work.database, architecture="dilated", settings={}, checkpoint_path=f"models/{name}",
        checkpoint_sha256=f"{len(registry.list_versions(work.database)):064x}", label_set_id=label_set,
        parent_id=parent, scores={},
    )  # fmt: skip


def coded(work, title: str = "a", subject: str = "s1") -> int:
    video = work.video(title, subject)
    work.add(video, type="macro", onset=50, apex=60, offset=90)
    work.reviewed(video)
    return video


def compare(work, second: int, **more):
    return version_comparison(
        work.database, work.defaults.study_id, work.defaults.baseline_version_id, second, **more
    )  # fmt: skip


def test_what_one_finds_and_the_other_misses_is_named_with_its_place(work):
    second = version(work)
    video = coded(work)
    first_run, second_run = work.run(video, [FALSE]), work.run(video, [TRUE], second)
    found = compare(work, second)
    assert (found.result.overall.a.f1, found.result.overall.b.f1) == (0.0, 1.0)
    assert [(f.kind, f.type, f.onset, f.run_id) for f in found.flips] == [
        ("found now", "macro", 50, second_run),
        ("false alarm gone", "macro", 200, first_run),
    ]
    (annotation,) = work.state(video).annotations
    assert [f.interval_id for f in found.flips] == [annotation.id, None]
    assert (found.lacking, found.minutes) == ((), pytest.approx(300 / 30 / 60))


def test_a_video_without_a_run_of_both_is_left_out_and_named(work):
    second = version(work)
    for title, subject in (("a", "s1"), ("b", "s2")):
        video = coded(work, title, subject)
        work.run(video, [TRUE])
    work.run(video, [TRUE], second)
    found = compare(work, second)
    assert found.result.videos == 1
    assert [(lack.title, lack.unspotted) for lack in found.lacking] == [("a", (second,))]


def test_without_any_run_there_is_no_result_but_a_list_of_what_lacks(work):
    second = version(work)
    coded(work)
    found = compare(work, second)
    assert found.result is None
    assert found.lacking[0].unspotted == (work.defaults.baseline_version_id, second)


def test_only_proposals_at_the_same_sensitivity_are_compared(work, tmp_path):
    second = version(work)
    video = coded(work)
    work.run(video, [TRUE])
    other = spotting.start_run(work.database, video, second, 2.0, {})
    frames = np.arange(300)
    quiet = dict.fromkeys(CHANNELS, np.zeros(300, np.float32))
    save_curves(Curves(frames, frames / 30, quiet, "boundary_apex"), tmp_path / "c.npz")
    spotting.finish_run(work.database, other, "c.npz", None, [TRUE])
    found = compare(work, second, false_alarms=6.0)
    assert (found.result, found.lacking[0].undecoded, found.rates) == (None, (other,), (2.0, 6.0))
    spotting.decode_again(work.database, tmp_path.joinpath, other, 6.0)
    assert compare(work, second, false_alarms=6.0).result.videos == 1


def test_proposals_where_nobody_looked_do_not_count(work):
    second = version(work)
    video = work.video()
    work.add(video, type="macro", onset=50, apex=60, offset=90)
    work.reviewed(video, 0, 150)
    work.run(video, [TRUE])
    work.run(video, [TRUE, FALSE], second)
    assert compare(work, second).result.overall.b.fp == 0


def frozen(work) -> int:
    for title, subject in (("a", "s1"), ("b", "s2"), ("c", "s3")):
        work.run(coded(work, title, subject), [TRUE])
    roles = {"s1": "train", "s2": "validation", "s3": "test"}
    return label_sets.freeze(work.database, work.defaults.study_id, "one", roles, work.annotator_id)


def test_people_that_a_version_or_its_parent_learned_from_are_left_out(work):
    parent = version(work, "parent", frozen(work))
    child = version(work, "child", None, parent)
    for video in (1, 2, 3):
        work.run(video, [TRUE], child)
    found = compare(work, child)
    assert (found.taught, found.result.subjects) == (("s1", "s2"), 1)
    assert compare(work, child, everybody=True).result.subjects == 3


def test_a_frozen_set_judges_as_it_was_frozen(work):
    second, label_set = version(work), frozen(work)
    for video in (1, 2, 3):
        work.run(video, [TRUE], second)
    work.add(1, type="micro", onset=10, offset=14)
    assert compare(work, second).result.overall.a.fn == 1
    assert compare(work, second, label_set_id=label_set).result.overall.a.fn == 0


def test_a_version_with_itself_or_with_nothing_is_refused(work):
    with pytest.raises(Refused, match="two different versions"):
        compare(work, work.defaults.baseline_version_id)
    with pytest.raises(NotFound):
        compare(work, 99)
    with pytest.raises(NotFound):
        compare(work, version(work), label_set_id=5)
