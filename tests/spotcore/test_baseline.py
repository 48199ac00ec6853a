"""The training-free detector finds bumps of known place and leaves rivals alone."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from spotcore.baseline import BaselineSettings, baseline_curves, durations
from spotcore.bumps import decode_bumps
from spotcore.decoding import propose
from spotcore.intervals import Interval, iou
from spotcore.regions import REGIONS
from tests.spotcore.bump_traces import traces_with
from tests.spotcore.moving_faces import course


def best(traces) -> Interval:
    return max(decode_bumps(baseline_curves(traces)), key=lambda p: p.score)


@pytest.mark.parametrize(
    ("region", "vector", "span", "kind"),
    [("left_brow_middle", (0, -4), (200, 220, 260), "macro"), ("right_mouth_corner", (3, -3), (300, 306, 314), "micro"),
     ("lower_lip", (0, 25), (100, 120, 190), "macro"), ("left_mouth_corner", (-2, 0), (400, 405, 412), "micro")],
)  # fmt: skip
def test_a_bump_is_the_best_proposal_with_its_type_and_bounds(region, vector, span, kind):
    found = best(traces_with([(region, vector, *span)]))
    assert found.type == kind
    assert iou(found, Interval(span[0], span[2], kind)) >= 0.5
    assert abs(found.apex - span[1]) <= 3


def test_evidence_lies_between_0_and_1_and_names_every_channel():
    curves = baseline_curves(traces_with([("upper_lip", (0, -5), 100, 110, 130)]))
    parts = ("apex", "before", "rise", "length")
    assert set(curves.channels) == {f"{kind}_{part}" for kind in ("macro", "micro") for part in parts}
    for values in curves.channels.values():
        assert 0 <= values.min() <= values.max() <= 1


def test_a_movement_on_one_side_only_scores_about_as_high_as_on_both():
    one = best(traces_with([("left_mouth_corner", (-3, -3), 200, 215, 245)]))
    both = best(
        traces_with([("left_mouth_corner", (-3, -3), 200, 215, 245), ("right_mouth_corner", (3, -3), 200, 215, 245)])
    )
    assert one.score > 0.8 * both.score


def test_noise_alone_gives_nothing_at_the_review_setting():
    for seed in range(2):
        assert propose(baseline_curves(traces_with([], count=1800, seed=seed)), 6.0) == []


def test_a_step_that_does_not_come_back_is_weaker_than_a_bump():
    bump = traces_with([("right_mouth_corner", (4, -4), 200, 215, 240)])
    step = traces_with([])
    moved = step.displacement.copy()
    moved[300:, REGIONS.index("right_mouth_corner")] += (4, -4)
    scores = [p.score for p in decode_bumps(baseline_curves(replace(step, displacement=moved)))]
    assert max(scores, default=0) < 0.6 * best(bump).score


def test_a_blink_quiets_a_brow_movement_of_its_length():
    traces = traces_with([("left_brow_inner", (0, 1.5), 200, 204, 210), ("right_brow_inner", (0, 1.5), 200, 204, 210)])
    shut = traces.eye_openness - 0.28 * course(len(traces), 199, 203, 210).astype(np.float32)
    assert best(traces).score > 1.5 * best(replace(traces, eye_openness=shut)).score


def test_talking_quiets_the_mouth_but_not_the_brows():
    rng = np.random.default_rng(4)
    lip = [("lower_lip", (0, float(rng.uniform(4, 9))), n, n + 3, n + 7) for n in range(60, 540, 8)]
    smile = ("right_mouth_corner", (5, -5), 300, 310, 330)
    brow = ("left_brow_middle", (0, -5), 300, 310, 330)

    def score(events) -> float:
        curves = baseline_curves(traces_with(events))
        truth = Interval(300, 330, "macro")
        return max((p.score for p in decode_bumps(curves) if iou(p, truth) > 0.5), default=0.0)

    assert score([smile, *lip]) < 0.8 * score([smile])
    assert score([brow, *lip]) > 0.9 * score([brow])


def test_the_rest_between_two_expressions_is_no_expression():
    smiles = [("right_mouth_corner", (8, -8), a, a + 12, a + 50) for a in (60, 150, 240, 330, 420)]
    found = propose(baseline_curves(traces_with(smiles)), 6.0)
    rests = [Interval(a + 38, a + 102, "macro") for a in (60, 150, 240, 330)]
    assert len(found) == 5
    assert not any(iou(p, rest) > 0.5 for p in found for rest in rests)


def test_head_motion_within_a_bump_lowers_its_score():
    traces = traces_with([("upper_lip", (0, -2), 200, 215, 240)])
    head = traces.head_motion.copy()
    head[:, 4] = 10 * course(len(traces), 200, 215, 240)
    assert best(replace(traces, head_motion=head)).score < 0.6 * best(traces).score


def test_frames_that_cannot_be_analysed_are_not_proposed():
    traces = traces_with([("upper_lip", (0, -6), 200, 215, 240)])
    away = traces.analysable.copy()
    away[190:250] = False
    assert not any(p.onset < 240 and p.offset > 205 and p.score > 0.2
                   for p in decode_bumps(baseline_curves(replace(traces, analysable=away))))  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 4, 5, 12])
def test_short_videos_give_curves_of_their_length(count):
    traces = traces_with([], count=count)
    curves = baseline_curves(traces)
    assert len(curves) == count
    assert all(0 <= p.onset <= p.offset < count for p in decode_bumps(curves))


def test_proposals_of_a_thinned_video_come_in_original_frames():
    found = best(traces_with([("left_brow_middle", (0, -4), 200, 220, 260)], step=7))
    assert iou(found, Interval(1400, 1820, "macro")) >= 0.5
    assert found.onset % 7 == 0


def test_every_short_duration_is_tried_and_long_ones_in_steps():
    tried = durations(BaselineSettings(), 30.0)
    assert tried[:12] == list(range(4, 16))
    assert tried[-1] <= 135
    assert all(b <= 1.2 * a + 1 for a, b in itertools.pairwise(tried))
