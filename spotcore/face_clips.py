"""FESNet's input: grey pictures of the aligned face, one per analysed frame, and their files.

Every picture is resampled once, by the same smooth similarity transform family, so that no kind of frame carries
traces of processing that another lacks (METHODS section 6).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.feature_files import FeatureKind
from spotcore.person import PersonChoice, PersonFollower
from spotcore.regions import LEFT_EYE, RIGHT_EYE
from spotcore.sampling import sampling_of
from spotcore.video import Video

Progress = Callable[[int, int], None]
CLIP_FORMAT = "glint-face-clips/1"
CLIP_KIND = FeatureKind(extractor="face-clips/1", regions=(), unit="grey level")
# Where the middle of the eyes stands in the square, and how wide the eyes are apart, in sides of the square.
EYES_ACROSS, EYES_DOWN, EYE_SPAN = 0.5, 0.36, 0.42
MESH_SECONDS, SMOOTH_SECONDS = 1 / 6, 0.25


@dataclass(frozen=True)
class FaceClips:
    """Face pictures of one video.

    Attributes:
        frames: (T,) int64 original frame numbers; timestamps: (T,) float64 seconds.
        found: (T,) bool, a face was seen around this frame; other pictures are black.
        pictures: (T, S, S) uint8.
    """

    frames: np.ndarray
    timestamps: np.ndarray
    found: np.ndarray
    pictures: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.frames)
        if not (self.timestamps.shape == self.found.shape == (count,) and self.pictures.shape[:1] == (count,)):
            raise ValueError(f"face clips of unequal length: {count} frames, pictures {self.pictures.shape}")

    def __len__(self) -> int:
        return len(self.frames)


def extract_clips(
    video: Video,
    side: int = 112,
    person: PersonChoice | None = None,
    progress: Progress | None = None,
    store: Callable[[tuple[int, int, int]], np.ndarray] | None = None,
) -> FaceClips:
    """Cut the aligned face out of every analysed frame.

    The mesh runs six times a second; eye positions are interpolated and smoothed over a quarter of a second, so that
    landmark jitter does not look like movement. Videos slower than 27 fps or of variable rate keep their own frames.
    The video is read twice and never held in memory; the pictures are, unless `store` puts them elsewhere.

    Args:
        side: pixels S of a picture.
        person: whom to follow; None for the largest face.
        progress: called with (frames done, frames in all, both readings counted); may raise Cancelled.
        store: makes the (T, S, S) uint8 array for the pictures, all zero; default one in memory.

    Raises:
        InvalidSettings: a side below 16.
    """
    if side < 16:
        raise InvalidSettings(f"side of face clips: expected 16 or more pixels, got {side}")
    table = video.info.table
    sampling = sampling_of(table.fps, table.variable_rate)
    numbers = np.arange(0, table.frame_count, sampling.step)
    told = _Told(progress, 2 * len(numbers))
    eyes, tried = _eye_course(video, sampling.step, sampling.rate, person, told)
    shape = (len(numbers), side, side)
    pictures = np.zeros(shape, np.uint8) if store is None else store(shape)
    found = np.zeros(len(numbers), bool)
    if eyes:
        at = np.array(sorted(eyes))
        lines = np.array([eyes[sample] for sample in at]).reshape(len(at), 4)
        course = np.stack([np.interp(np.arange(len(numbers)), at, column) for column in lines.T], axis=1)
        course = gaussian_filter1d(course, SMOOTH_SECONDS * sampling.rate, axis=0, mode="nearest")  # (T, 4)
        # A frame counts as seen when the mesh nearest to it saw the face.
        found = np.isin(nearest_tried(np.array(tried), len(numbers)), at)
        for sample, frame in enumerate(video.frames(step=sampling.step)):
            told(len(numbers) + sample)
            if found[sample] and frame.present:
                pictures[sample] = _aligned(frame.luma(), course[sample], side)
            else:
                found[sample] = False
    return FaceClips(numbers.astype(np.int64), table.timestamps[numbers].astype(np.float64), found, pictures)


class _Told:
    """Passes every thirtieth frame on to whoever wants to hear of progress."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total = progress, total

    def __call__(self, done: int) -> None:
        if self._progress is not None and done % 30 == 0:
            self._progress(done, self._total)


def nearest_tried(tried: np.ndarray, count: int) -> np.ndarray:
    """(count,) the number in ascending `tried` that is nearest to each sample, the earlier of equally near ones."""
    samples = np.arange(count)
    right = np.clip(np.searchsorted(tried, samples), 1, max(len(tried) - 1, 1))
    before, after = tried[right - 1], tried[np.minimum(right, len(tried) - 1)]
    return np.where(samples - before <= after - samples, before, after)


def _eye_course(
    video: Video, step: int, rate: float, person: PersonChoice | None, told: Callable[[int], None]
) -> tuple[dict[int, np.ndarray], list[int]]:
    """Sample -> (2, 2) middles of left and right eye where the mesh saw the face; samples that were tried."""
    every = max(1, round(MESH_SECONDS * rate))
    eyes: dict[int, np.ndarray] = {}
    tried: list[int] = []
    follower = PersonFollower(person)
    try:
        for sample, frame in enumerate(video.frames(step=step)):
            told(sample)
            if sample % every or not frame.present:
                continue
            tried.append(sample)
            points = follower.landmarks(frame.rgb(), frame.index, frame.timestamp)
            if points is not None:
                eyes[sample] = np.array([points[list(eye), :2].mean(axis=0) for eye in (LEFT_EYE, RIGHT_EYE)])
    finally:
        follower.close()
    return eyes, tried


def _aligned(luma: np.ndarray, eyes: np.ndarray, side: int) -> np.ndarray:
    """(S, S) uint8: both eyes level, at their places in the square."""
    left, right = eyes[:2], eyes[2:]
    across = right - left
    scale = EYE_SPAN * side / max(float(np.hypot(*across)), 1.0)
    angle = np.arctan2(across[1], across[0])
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    rotation = np.array([[c, s], [-s, c]])
    middle = np.array([EYES_ACROSS, EYES_DOWN]) * side
    shift = middle - rotation @ ((left + right) / 2)
    blurred = cv2.GaussianBlur(luma, (0, 0), 0.5 / scale) if scale < 0.7 else luma  # no aliasing from big pictures
    return cv2.warpAffine(blurred, np.column_stack([rotation, shift]), (side, side), flags=cv2.INTER_LINEAR)


def save_clips(clips: FaceClips, path: Path) -> None:
    """Write PATH (numbers) and, before it, PATH with .npy (pictures, read from disk as they are needed)."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".npy.part")
    with part.open("wb") as file:
        np.save(file, clips.pictures)
    part.replace(path.with_suffix(".npy"))
    _save_numbers(clips, path)


def write_clips(
    video: Video, path: Path, side: int, person: PersonChoice | None = None, progress: Progress | None = None
) -> None:
    """`extract_clips` and `save_clips` in one, the pictures going straight to disk: an hour of video is 1.4 GB."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".npy.part")
    clips = extract_clips(
        video, side, person, progress, lambda shape: np.lib.format.open_memmap(part, "w+", np.uint8, shape)
    )
    clips.pictures.flush()
    part.replace(path.with_suffix(".npy"))
    _save_numbers(clips, path)


def _save_numbers(clips: FaceClips, path: Path) -> None:
    header = json.dumps({"format": CLIP_FORMAT, "pictures": list(clips.pictures.shape)}).encode()
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez(file, header=np.frombuffer(header, np.uint8), frames=clips.frames, timestamps=clips.timestamps,
                 found=clips.found)  # fmt: skip
    part.replace(path)


def load_clips(path: Path) -> FaceClips:
    """Read them; pictures stay on disk until they are asked for.

    Raises:
        InvalidFile: missing, damaged or of another format.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as data:
            header = json.loads(data["header"].tobytes())
            if header.get("format") != CLIP_FORMAT:
                raise InvalidFile(f"{path}: expected the format {CLIP_FORMAT}, got {header.get('format')!r}")
            pictures = np.load(path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
            if list(pictures.shape) != header["pictures"]:
                raise InvalidFile(f"{path}: expected pictures {header['pictures']}, got {pictures.shape}")
            return FaceClips(data["frames"], data["timestamps"], data["found"], pictures)
    except InvalidFile:
        raise
    except Exception as error:
        raise InvalidFile(f"{path}: expected face clips ({CLIP_FORMAT}), reading them failed: {error}") from error


def clips_for(
    video: Video, folder: Path, side: int, person: PersonChoice | None = None, progress: Progress | None = None
) -> Path:
    """The clip file of a video in `folder`, made unless a readable one is there."""
    named = video.info.sha256 if person is None else f"{video.info.sha256}{person.to_json()}"
    stem = named[:32] if person is None else hashlib.sha256(named.encode()).hexdigest()[:32]
    path = Path(folder) / f"{stem}-{side}.npz"
    try:
        load_clips(path)
    except InvalidFile:
        write_clips(video, path, side, person, progress)
    return path
