"""Face clips are aligned, stored and read; FESNet trains on them fold by fold and answers every frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from spotcore.clip_inference import clip_curves
from spotcore.errors import IncompatibleFeatures, InvalidFile
from spotcore.face_clips import FaceClips, extract_clips, load_clips, nearest_tried, save_clips, write_clips
from spotcore.intervals import Interval
from spotcore.manifest import ManifestVideo
from spotcore.models import build_network
from spotcore.splits import leave_one_subject_out
from spotcore.training.clips import ClipFolds, clip_batches, load_labelled
from spotcore.training.settings import TrainingSettings
from tests.spotcore.moving_faces import PictureVideo, portrait

NETWORK = '{"frames": 12, "side": 16, "channels": [4, 4, 8, 8], "heads": 2, "temporal_channels": 8, "stages": 1}'
SETTINGS = TrainingSettings(
    architecture="fesnet", network=NETWORK, epochs=2, batch_segments=2, minimum_segments=4, device="cpu",
    learning_rate=0.01, weight_decay=0.0, noise=0.0, gain=0.0, validate_every=1, seed=0,
)  # fmt: skip
EVENT = Interval(20, 31, "macro", 25)


@pytest.fixture(autouse=True)
def one_thread():
    """Small layers on many threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def entry(folder, name):
    """A clip of 60 noisy pictures in which the lower half brightens during the event."""
    rng = np.random.default_rng(ord(name))
    pictures = 80 + 5 * rng.standard_normal((60, 16, 16)) + np.linspace(0, 60, 16)
    pictures[EVENT.onset : EVENT.offset + 1, 8:] += 60
    clips = FaceClips(np.arange(60), np.arange(60) / 30, np.ones(60, bool), pictures.clip(0, 255).astype(np.uint8))
    save_clips(clips, folder / f"{name}.npz")
    return ManifestVideo(name, name, name, "train", folder / f"{name}.npz", 60, 30.0, ((0, 59),), (), (EVENT,))


@pytest.fixture
def entries(tmp_path):
    return [entry(tmp_path, name) for name in "abc"]


def test_the_eyes_of_a_turned_face_are_level_and_at_their_place():
    import cv2

    side = portrait().shape[0]
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), 12, 0.9)
    turned = cv2.warpAffine(portrait(), turn, (side, side))
    straight, rotated = (
        extract_clips(PictureVideo(8, lambda _, p=picture: p), 64).pictures[4].astype(float)
        for picture in (portrait(), turned)
    )
    inner = (slice(12, 50), slice(14, 50))
    assert np.corrcoef(straight[inner].ravel(), rotated[inner].ravel())[0, 1] > 0.95


def test_pictures_without_a_face_are_black_and_not_found():
    empty = extract_clips(PictureVideo(4, lambda _: np.full((120, 120, 3), 90, np.uint8)), 32)
    assert not empty.found.any()
    assert empty.pictures.shape == (4, 32, 32)
    assert not empty.pictures.any()


def test_clips_written_straight_to_disk_are_those_of_memory(tmp_path):
    video = PictureVideo(9, lambda _: portrait())
    told = []
    write_clips(video, tmp_path / "v.npz", 32, progress=lambda done, total: told.append((done, total)))
    written, held = load_clips(tmp_path / "v.npz"), extract_clips(video, 32)
    assert isinstance(written.pictures, np.memmap)
    np.testing.assert_array_equal(written.pictures, held.pictures)
    np.testing.assert_array_equal(written.found, held.found)
    assert told[0] == (0, 18)


@pytest.mark.parametrize("tried", [[0], [0, 5], [0, 5, 10, 15], [3, 4, 19]])
def test_a_frame_follows_the_mesh_nearest_to_it(tried):
    slow = [min(tried, key=lambda at: (abs(at - sample), at)) for sample in range(20)]
    assert nearest_tried(np.array(tried), 20).tolist() == slow


def test_files_come_back_as_they_were_and_damaged_ones_are_refused(entries):
    clips = load_clips(entries[0].features)
    assert (len(clips), clips.pictures.dtype) == (60, np.uint8)
    entries[0].features.with_suffix(".npy").write_bytes(b"no")
    with pytest.raises(InvalidFile, match=r"a\.npz"):
        load_clips(entries[0].features)


def test_batches_hold_whole_intervals_with_the_classes_of_their_frames(entries):
    videos = load_labelled(entries)
    for pictures, classes, mask in clip_batches(videos, replace(SETTINGS, mirror=False), 12, 0):
        assert pictures.shape[1:] == (12, 16, 16)
        bright = pictures[:, :, 12:].mean(axis=(2, 3)) > 140
        assert (bright == (classes == 1))[mask].all()


def test_every_fold_answers_its_validation_and_test_subjects_at_every_epoch(entries):
    folds = leave_one_subject_out("abc")
    runs = ClipFolds(entries, folds, SETTINGS, torch.device("cpu")).train([0])
    assert sorted(runs[0].epochs) == [1, 2]
    assert set(runs[0].epochs[2]) == {*folds[0].test, *folds[0].validation}


@pytest.mark.parametrize("count", [0, 1, 12, 31])
def test_curves_cover_clips_of_any_length_and_sum_to_one(count):
    torch.manual_seed(0)
    network = build_network("fesnet", SETTINGS.network_settings())
    found = np.arange(count) != 5
    pictures = np.random.default_rng(0).integers(0, 255, (count, 16, 16), np.uint8)
    curves = clip_curves(network, FaceClips(np.arange(count), np.arange(count) / 30, found, pictures))
    total = sum(curves.channels.values())
    np.testing.assert_allclose(total, np.ones(count), atol=1e-5)
    assert curves.channels["neutral"][~found].tolist() == [1.0] * int((~found).sum())


def test_traces_tell_a_network_over_pictures_nothing():
    from spotcore.inference import network_curves
    from spotcore.training.checkpoint import Checkpoint, CheckpointInfo
    from tests.spotcore.trace_examples import KIND, make_traces

    network = build_network("fesnet", SETTINGS.network_settings())
    with pytest.raises(IncompatibleFeatures, match="face pictures"):
        network_curves(Checkpoint(network, CheckpointInfo("fesnet", {}, KIND)), make_traces((), 20), "cpu")
