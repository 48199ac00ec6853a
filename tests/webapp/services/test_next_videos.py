"""What to code next: chosen from what is not coded, kept with the reason, and open until somebody begins."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select

from db.models import CodingPick, VideoAssignment
from spotcore.feature_files import save_traces
from spotcore.intervals import Interval
from spotcore.probabilities import CHANNELS, Calibration, Curves, save_curves
from spotcore.selection import SelectionSettings
from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.trace_spiking import synthetic_traces
from tests.webapp.services.library_material import desk
from webapp.services import library, spotting
from webapp.services.errors import Refused
from webapp.services.next_videos import choose_next, chosen, next_for

DOUBT = SelectionSettings(random_share=0.0, doubt_weight=1.0)
DIFFERENCE = SelectionSettings(random_share=0.0, doubt_weight=0.0)
CALIBRATION = Calibration(
    {"macro": (0.0, 1.0), "micro": (0.0, 1.0)}, {"macro": (1.0, 0.0), "micro": (1.0, 0.0)}, "test"
)  # one false alarm a minute at 0.5 for each type


@pytest.fixture
def work(database):
    return desk(database)


def choose(work, folder, count=10, settings=None):
    return choose_next(work.database, folder.joinpath, work.defaults.study_id, count, work.annotator_id, settings)


def spotted(work, folder, title: str, subject: str, score: float | None = None, seed: int | None = None) -> int:
    video = work.video(title, subject)
    frames = np.arange(300)
    channels = dict.fromkeys(CHANNELS, np.zeros(300, np.float32))
    save_curves(Curves(frames, frames / 30, channels, "boundary_apex", {}, CALIBRATION), folder / f"{video}.npz")
    if seed is not None:
        save_traces(synthetic_traces(seed, PlanSettings(seconds=4.0))[0], folder / f"t{video}.npz")
    run = spotting.start_run(work.database, video, work.defaults.baseline_version_id, 6.0, {})
    proposals = [] if score is None else [Interval(10, 40, "macro", score=score)]
    features = None if seed is None else f"t{video}.npz"
    spotting.finish_run(work.database, run, f"{video}.npz", features, proposals)
    return video


def test_the_most_doubtful_come_first_with_the_reason(work, tmp_path):
    sure = spotted(work, tmp_path, "sure", "s1", 0.95)
    unsure = spotted(work, tmp_path, "unsure", "s2", 0.5)
    picks = choose(work, tmp_path, 2, DOUBT)
    assert [(p.video_id, p.kind) for p in picks] == [(unsure, "uncertain"), (sure, "uncertain")]
    assert picks[0].doubt == pytest.approx(6.0)  # one in ten seconds, at the threshold
    assert "6.0 doubtful proposals a minute" in picks[0].why()
    assert "6.0" not in picks[0].why(withheld=True)


def test_what_is_coded_is_not_chosen_and_a_begun_video_leaves_the_list(work, tmp_path):
    done, open_ = (spotted(work, tmp_path, title, title, 0.5) for title in ("a", "b"))
    work.reviewed(done)
    assert [p.video_id for p in choose(work, tmp_path)] == [open_]
    work.reviewed(open_, 0, 10)
    assert chosen(work.database, work.defaults.study_id) == ()


def test_a_second_batch_takes_others_and_keeps_the_first(work, tmp_path):
    for n in range(4):
        spotted(work, tmp_path, f"v{n}", f"s{n}", 0.5)
    first = choose(work, tmp_path, 2)
    both = choose(work, tmp_path, 2)
    assert both[:2] == first
    assert (len({p.video_id for p in both}), [p.batch for p in both]) == (4, [1, 1, 2, 2])
    with pytest.raises(Refused, match="coded or chosen already"):
        choose(work, tmp_path)


def test_the_random_part_is_recorded_with_its_seed_and_what_it_was_drawn_from(work, tmp_path):
    for n in range(10):
        spotted(work, tmp_path, f"v{n}", f"s{n}", 0.5)
    picks = choose(work, tmp_path, 5)
    assert [p.kind for p in picks].count("random") == 1
    assert "at random from 10 uncoded videos" in next(p for p in picks if p.kind == "random").why()
    with work.database.read() as session:
        rows = session.scalars(select(CodingPick)).all()
        assert {(row.waiting, row.created_by) for row in rows} == {(10, work.annotator_id)}
        assert len({row.seed for row in rows}) == 1


def test_traces_tell_what_is_different(work, tmp_path):
    coded = spotted(work, tmp_path, "coded", "s1", seed=1)
    twin = spotted(work, tmp_path, "twin", "s1", seed=1)
    other = spotted(work, tmp_path, "other", "s1", seed=9)
    work.reviewed(coded)
    picks = choose(work, tmp_path, 2, DIFFERENCE)
    assert [p.video_id for p in picks] == [other, twin]
    assert picks[0].difference > picks[1].difference == pytest.approx(0.0)


def test_a_library_that_nothing_has_spotted_can_be_chosen_from(work, tmp_path):
    for n in range(3):
        work.video(f"v{n}", f"s{n}")
    assert len(choose(work, tmp_path, 3)) == 3


def test_damaged_files_do_not_stop_the_choice(work, tmp_path):
    video = spotted(work, tmp_path, "a", "s1", 0.5, seed=1)
    for path in tmp_path.iterdir():
        path.write_bytes(b"no archive")
    assert [p.video_id for p in choose(work, tmp_path)] == [video]


@pytest.mark.parametrize("count", [0, 51])
def test_a_senseless_number_is_refused(work, tmp_path, count):
    with pytest.raises(Refused, match="between 1 and 50"):
        choose(work, tmp_path, count)


def test_a_deleted_video_leaves_the_list(work, tmp_path):
    video = spotted(work, tmp_path, "a", "s1", 0.5)
    choose(work, tmp_path)
    library.delete_video(work.database, video)
    assert chosen(work.database, work.defaults.study_id) == ()


def following(work, after: int) -> int | None:
    return next_for(work.database, work.defaults.study_id, work.annotator_id, after)


def test_the_next_video_is_an_older_one_that_i_have_not_reviewed_and_then_the_newest(work):
    oldest, reviewed, newest = (work.video(title, title) for title in "abc")
    work.reviewed(reviewed)
    assert [following(work, newest), following(work, oldest)] == [oldest, newest]


def test_a_video_that_was_only_begun_comes_again_and_a_finished_study_has_no_next(work):
    begun, other = work.video("a", "a"), work.video("b", "b")
    work.reviewed(other)
    work.reviewed(begun, 0, 10)
    assert following(work, other) == begun
    work.reviewed(begun)
    assert following(work, other) is None


def test_what_i_was_given_comes_before_what_was_chosen_and_that_before_the_rest(work, tmp_path):
    given, chosen_one, rest, here = (work.video(title, title) for title in "abcd")
    with work.database.begin() as session:
        session.add(VideoAssignment(video_id=given, annotator_id=work.annotator_id))
        session.add(CodingPick(study_id=work.defaults.study_id, video_id=chosen_one, batch=1, place=0, kind="random",
                               new_subject=True, waiting=3, seed=0))  # fmt: skip
    order = []
    for _ in range(3):
        order.append(following(work, here))
        work.reviewed(order[-1])
    assert order == [given, chosen_one, rest]
