"""Where events of a ladder may lie: room in footage, and passes over it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from spotcore.intervals import Interval
from spotcore.synthesis.ladder import LADDER_PERCENT, plan_passes
from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.room import free_frames, longest_stretch, scene_cuts
from spotcore.synthesis.trace_spiking import synthetic_traces
from tests.spotcore.moving_faces import SIDE, PictureVideo, noisy, portrait

QUIET = PlanSettings(micro=(0, 0), macro=(0, 0), speech_share=0, turn_share=0, blinks_per_minute=(0, 0), sway=(0, 0))
GAP = 12  # frames of 0.4 s


def test_passes_hold_the_same_number_of_every_amplitude_wherever_there_is_room():
    room = np.zeros(600, bool)
    room[100:180] = room[300:360] = True
    passes = plan_passes(60, room, 30.0, seed=3)
    events = [event for one in passes for event in one]
    assert Counter(event.amplitude for event in events) == dict.fromkeys(LADDER_PERCENT, 12)
    assert len(passes) > 10
    for one in passes:
        assert all(room[event.onset - GAP : event.offset + GAP + 1].all() for event in one)
        assert all(a.offset + 2 * GAP <= b.onset for a, b in pairwise(one))


def test_a_number_that_the_amplitudes_do_not_share_is_rounded_up():
    assert sum(map(len, plan_passes(61, np.ones(9000, bool), 30.0, seed=0))) == 65


def test_the_same_seed_gives_the_same_passes_and_another_one_others():
    room = np.ones(300, bool)
    assert plan_passes(20, room, 30.0, seed=1) == plan_passes(20, room, 30.0, seed=1)
    assert plan_passes(20, room, 30.0, seed=1) != plan_passes(20, room, 30.0, seed=2)


def test_no_room_gives_no_pass():
    room = np.zeros(300, bool)
    room[100:125] = True  # too short for an event between two gaps
    assert plan_passes(5, room, 30.0, seed=0) == []
    assert longest_stretch(room) == 25
    assert longest_stretch(np.zeros(5, bool)) == 0


def test_macro_events_last_longer_than_half_a_second():
    events = [event for one in plan_passes(10, np.ones(3000, bool), 30.0, 0, kind="macro") for event in one]
    assert {event.type for event in events} == {"macro"}
    assert min(event.offset - event.onset for event in events) > 15


def test_proposals_cuts_blinks_and_lost_faces_leave_no_room():
    traces, _ = synthetic_traces(4, QUIET)
    calm = free_frames(traces, [], [], len(traces))
    assert calm.mean() > 0.95
    openness = traces.eye_openness.copy()
    openness[200:206] *= 0.5
    analysable = traces.analysable.copy()
    analysable[300:310] = False
    free = free_frames(replace(traces, eye_openness=openness, analysable=analysable),
                       [Interval(50, 60, "micro")], [100], len(traces))  # fmt: skip
    assert not free[50:61].any()
    assert not free[[99, 100]].any()
    assert not free[198:208].any()
    assert not free[300:310].any()
    others = np.ones(len(traces), bool)
    others[[*range(50, 61), 99, 100, *range(196, 210), *range(300, 310)]] = False
    assert np.array_equal(free[others], calm[others])


def test_room_is_told_for_every_frame_of_a_video_measured_at_every_seventh():
    traces, _ = synthetic_traces(4, QUIET)
    sparse = replace(traces, frames=np.arange(len(traces)) * 7)
    analysable = traces.analysable.copy()
    analysable[30] = False
    free = free_frames(replace(sparse, analysable=analysable), [], [], 7 * len(traces))
    assert len(free) == 7 * len(traces)
    assert not free[207:214].any()
    assert free[215:300].all()


def test_a_cut_is_seen_and_a_fast_movement_is_none():
    other = np.ascontiguousarray(cv2.rotate(portrait(), cv2.ROTATE_180))

    def picture(t: int) -> np.ndarray:
        moved = np.roll(portrait(), 8 * max(t - 30, 0) if t < 45 else 0, axis=1)
        return noisy(other if 15 <= t < 25 else moved, t)

    assert picture(0).shape == (SIDE, SIDE, 3)
    assert scene_cuts(PictureVideo(44, picture)) == [15, 25]


@pytest.mark.parametrize("count", [1, 5])
def test_a_video_of_a_few_frames_has_no_cut(count):
    assert scene_cuts(PictureVideo(count, lambda t: portrait())) == []
