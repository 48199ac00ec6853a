"""What a network sees: masks, hard negatives first, types without events, augmentation that keeps its promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spotcore.errors import IncompatibleFeatures, InvalidFile, NothingToTrain
from spotcore.feature_files import FeatureKind, cut_windows, save_traces
from spotcore.intervals import Interval
from spotcore.manifest import Manifest, ManifestVideo, Rejected
from spotcore.training.dataset import (
    MIRROR,
    SEGMENT,
    batches,
    epoch_segments,
    load_videos,
    make_batch,
    trained_types,
    vary,
)  # fmt: skip
from spotcore.training.settings import TrainingSettings
from tests.spotcore.trace_examples import KIND, make_traces

SETTINGS = TrainingSettings(minimum_segments=1, device="cpu")
EVENT = Interval(100, 130, "macro", 115)


def entry(tmp_path, name="v", count=400, kind=KIND, **changes):
    path = tmp_path / f"{name}.npz"
    save_traces(make_traces((), count, kind=kind), path)
    values = {"reviewed": ((0, count - 1),), "intervals": (EVENT,)} | changes
    return ManifestVideo(name, name, f"subject {name}", "train", path, count, 30.0, **values)


def test_unreviewed_and_unsure_frames_are_masked_but_decided_intervals_are_not(tmp_path):
    rejected = (Rejected(Interval(300, 320, "macro", 310), "blink"),)
    video = load_videos([entry(tmp_path, reviewed=((0, 49),), unsure=((10, 19), (110, 112)), rejected=rejected)])[0]
    expected = [*range(10), *range(20, 50), *range(100, 110), *range(113, 131), *range(300, 321)]
    assert np.flatnonzero(video.known).tolist() == expected
    assert np.flatnonzero(video.rejected).tolist() == list(range(300, 321))


def test_frames_without_a_face_never_count_in_the_loss(tmp_path):
    found = np.ones(400, bool)
    found[100:110] = False
    made = entry(tmp_path)
    save_traces(make_traces((), 400, found=found), made.features)
    assert np.flatnonzero(~load_videos([made])[0].usable).tolist() == list(range(100, 110))


def test_background_is_one_to_one_and_rejected_proposals_come_first(tmp_path):
    rejected = (Rejected(Interval(304, 335, "macro", 310), "speech"),)
    videos = load_videos([entry(tmp_path, rejected=rejected)])
    for epoch in range(5):
        segments = [range(first, first + SEGMENT) for _, first in epoch_segments(videos, ["macro"], SETTINGS, epoch)]
        acting = [s for s in segments if any(100 <= frame <= 130 for frame in s)]
        hard = [s for s in segments if any(304 <= frame <= 335 for frame in s)]
        assert {frame for s in acting for frame in s} >= set(range(100, 131))
        assert len(segments) == 2 * len(acting)
        assert len(hard) >= min(2, len(acting))


def test_the_published_recipe_takes_no_background(tmp_path):
    videos = load_videos([entry(tmp_path)])
    segments = epoch_segments(videos, ["macro"], replace(SETTINGS, background=0.0), 0)
    assert all(first < 131 and first + SEGMENT > 100 for _, first in segments)


def test_small_sets_are_repeated_up_to_the_minimum_of_segments(tmp_path):
    videos = load_videos([entry(tmp_path)])
    segments = epoch_segments(videos, ["macro"], replace(SETTINGS, minimum_segments=50), 0)
    assert 50 <= len(segments) < 60
    assert len({first % SEGMENT for _, first in segments}) > 5


def test_an_epoch_is_drawn_from_seed_and_number_alone(tmp_path):
    videos = load_videos([entry(tmp_path)])
    first, again, other = (epoch_segments(videos, ["macro"], SETTINGS, epoch) for epoch in (3, 3, 4))
    assert first == again != other


def test_frames_outside_the_video_are_masked_in_a_segment(tmp_path):
    videos = load_videos([entry(tmp_path, count=200)])
    batch = make_batch(videos, [(0, -5), (0, 190)], SETTINGS, None)
    assert batch.mask.tolist() == [False] * 5 + [True] * 11 + [True] * 10 + [False] * 6


def test_a_batch_holds_windows_and_targets_of_the_same_frames(tmp_path):
    videos = load_videos([entry(tmp_path)])
    batch = make_batch(videos, [(0, 96)], SETTINGS, None)
    traces = videos[0].traces.displacement
    np.testing.assert_array_equal(batch.windows, cut_windows(traces, np.arange(96, 112), 17))
    assert batch.boundary[0].tolist() == [2, *[0] * 7, *[2] * 8]  # onset 100, three frames to each side
    assert batch.action[0].tolist() == [0] * 4 + [1] * 12
    assert batch.group.tolist() == [0] * 4 + [1] * 12


def test_augmentation_keeps_the_first_row_zero_and_leaves_its_input_alone():
    windows = cut_windows(make_traces((), 60).displacement, np.arange(16), 17)
    before = windows.copy()
    varied = vary(windows, SETTINGS, np.random.default_rng(0))
    assert (varied[:, 0] == 0).all()
    assert varied.dtype == np.float32
    np.testing.assert_array_equal(windows, before)
    assert not np.allclose(varied, windows)


def test_mirroring_swaps_the_sides_of_the_face_and_twice_is_nothing():
    settings = replace(SETTINGS, gain=0.0, noise=0.0)
    windows = cut_windows(make_traces((), 60).displacement, np.arange(16), 17)
    seen = [vary(windows, settings, np.random.default_rng(seed)) for seed in range(8)]
    mirrored = next(s for s in seen if not np.array_equal(s, windows))
    np.testing.assert_array_equal(mirrored[:, :, 0, 0], -windows[:, :, 3, 0])
    np.testing.assert_array_equal(mirrored[:, :, 6, 1], windows[:, :, 7, 1])
    assert [MIRROR[MIRROR[r]] for r in range(10)] == list(range(10))


def test_batches_cover_all_segments_once(tmp_path):
    videos = load_videos([entry(tmp_path)])
    segments = epoch_segments(videos, ["macro"], replace(SETTINGS, minimum_segments=40), 0)
    sizes = [len(batch.mask) for batch in batches(videos, segments, SETTINGS, 0)]
    assert sum(sizes) == SEGMENT * len(segments)
    assert max(sizes) == SEGMENT * SETTINGS.batch_segments


def counts(tmp_path, macros, micros):
    events = [Interval(10 * n, 10 * n + 5, "macro") for n in range(macros)]
    events += [Interval(10 * n, 10 * n + 5, "micro") for n in range(micros)]
    return Manifest("set", (entry(tmp_path, intervals=tuple(events)),))


@pytest.mark.parametrize(
    ("macros", "micros", "minimum", "types", "words"),
    [
        (12, 12, 3, ("macro", "micro"), []),
        (6, 1, 3, ("macro",), ["few events: only 6 macro", "1 micro event to train on: this model never proposes"]),
        (6, 0, 3, ("macro",), ["few events", "0 micro events"]),
        (2, 1, 3, ("macro",), ["few events: only 2 macro", "never proposes micro"]),
        (0, 4, 10, ("micro",), ["never proposes macro", "few events: only 4 micro"]),
    ],
)
def test_types_with_too_few_events_are_left_out_and_said_so(tmp_path, macros, micros, minimum, types, words):
    trained, notes = trained_types(counts(tmp_path, macros, micros), minimum)
    assert trained == types
    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes, strict=True))


def test_training_subjects_without_any_expression_are_refused_by_name(tmp_path):
    with pytest.raises(NothingToTrain, match=r"training subjects \(subject v\) have no expression"):
        trained_types(counts(tmp_path, 0, 0), 3)


def test_traces_of_another_kind_or_another_video_are_refused(tmp_path):
    other = FeatureKind("other/1", KIND.regions)
    with pytest.raises(IncompatibleFeatures, match="extractor"):
        load_videos([entry(tmp_path, "a"), entry(tmp_path, "b", kind=other)])
    with pytest.raises(InvalidFile, match="has 200 frames"):
        load_videos([replace(entry(tmp_path, "c"), frame_count=200)])
