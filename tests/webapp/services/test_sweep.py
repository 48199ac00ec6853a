"""The sweep offers what the curves hint at and nobody was shown."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.bumps import SECONDS_SCALE
from spotcore.intervals import Interval
from spotcore.probabilities import Curves, save_curves
from tests.webapp.services.library_material import desk
from webapp.services import spotting
from webapp.services.errors import Refused
from webapp.services.sweep import suspicious, unknown

FOUND = [
    Interval(10, 20, "micro", 15, 0.9), Interval(50, 60, "micro", 55, 0.4), Interval(52, 60, "macro", 55, 0.3),
    Interval(100, 110, "micro", 105, 0.6),
]  # fmt: skip


def onsets(known=(), reviewed=(), **options) -> list[int]:
    return [interval.onset for interval in unknown(FOUND, list(known), list(reviewed), **options)]


def test_the_most_suspicious_comes_first_and_one_movement_comes_once():
    assert onsets() == [10, 100, 50]


@pytest.mark.parametrize(
    ("known", "expected"),
    [([(10, 20)], [100, 50]), ([(15, 40)], [100, 50]), ([(16, 40)], [10, 100, 50]), ([(10, 12), (18, 20)], [100, 50])],
)
def test_what_lies_by_half_in_known_intervals_is_not_offered(known, expected):
    assert onsets(known) == expected


@pytest.mark.parametrize(
    ("undecided", "expected"), [([(20, 90)], [100]), ([(20, 49)], [100, 50]), ([(21, 49), (110, 300)], [10, 50])]
)
def test_what_touches_an_undecided_proposal_is_judged_with_it_and_not_offered(undecided, expected):
    assert onsets(undecided=undecided) == expected


def test_reviewed_footage_is_not_offered_again_unless_a_part_was_not_seen():
    assert onsets(reviewed=[(0, 70)]) == [100]
    assert onsets(reviewed=[(0, 55)]) == [100, 50]


def test_no_more_than_asked_for_are_offered():
    assert onsets(most=2) == [10, 100]


def bumps(frames: int = 300) -> Curves:
    """Three micro bumps; only the first is high enough to be shown."""
    names = [f"{kind}_{name}" for kind in ("macro", "micro") for name in ("apex", "before", "rise", "length")]
    channels = {name: np.zeros(frames, np.float32) for name in names}
    for onset, offset, score in ((30, 40, 0.9), (100, 110, 0.2), (200, 210, 0.3)):
        inside = np.arange(onset, offset + 1)
        channels["micro_apex"][inside] = score * np.interp(inside, [onset, (onset + offset) / 2, offset], [0.2, 1, 0.2])
        for name, length in (("before", 5), ("rise", 5), ("length", 10)):
            channels[f"micro_{name}"][inside] = length / 30 / SECONDS_SCALE
    return Curves(np.arange(frames), np.arange(frames) / 30, channels, "bumps", settings={"micro_threshold": 0.5})


def test_stored_curves_are_decoded_loosely_for_one_annotator(sqlite_database, tmp_path):
    work = desk(sqlite_database)
    video = work.video()
    run = spotting.start_run(work.database, video, work.defaults.baseline_version_id, 6.0, {})
    save_curves(bumps(), tmp_path / f"runs/{run}/curves.npz")
    spotting.finish_run(work.database, run, f"runs/{run}/curves.npz", None, [Interval(30, 40, "micro", 35, 0.9)])
    first, second = suspicious(work.database, tmp_path.joinpath, video, work.annotator_id)
    assert first.score > second.score
    assert (first.onset - first.first, first.last - first.offset) == (15, 15)
    assert 195 < first.onset < first.offset < 215
    work.reviewed(video, first.first, first.last)
    work.add(video, type="micro", onset=second.onset, offset=second.offset)
    assert suspicious(work.database, tmp_path.joinpath, video, work.annotator_id) == ()
    assert len(suspicious(work.database, tmp_path.joinpath, video, work.colleague().annotator_id)) == 2


def test_a_video_without_curves_cannot_be_swept(sqlite_database, tmp_path):
    work = desk(sqlite_database)
    with pytest.raises(Refused, match="not spotted"):
        suspicious(work.database, tmp_path.joinpath, work.video(), work.annotator_id)
