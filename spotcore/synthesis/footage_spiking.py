"""Rendering known expressions into real footage, for seeded recall (METHODS section 10).

Three versions of one clip are comparable: spiked, unspiked (re-encoded only) and control (a constant shift with the
same time course, resampled like a spike). All three take the same way through the encoder. Where to spike is decided
in `ladder`, what was found in seeded recall.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from spotcore.errors import InvalidSettings
from spotcore.synthesis.action_units import mixed_gains, unit_field
from spotcore.synthesis.face import Face
from spotcore.synthesis.plans import PlannedEvent
from spotcore.synthesis.profiles import profile
from spotcore.synthesis.video_writing import VideoWriter
from spotcore.video import Video, open_video

VERSIONS = ("spiked", "unspiked", "control")
_CLOCK = Fraction(1, 90_000)
_REACH = 8  # frames around an event in which the face is followed, so that the mesh has settled
_STEP = 4


@dataclass(frozen=True)
class SpikedFootage:
    """What was written: the file, the events that are in it, and those left out because no face was seen there."""

    path: Path
    events: tuple[PlannedEvent, ...]
    left_out: tuple[PlannedEvent, ...]


def spike_footage(
    source: Path, out: Path, events: Sequence[PlannedEvent], *, version: str = "spiked", crf: int = 18,
    rate: float | None = None, shift_pixels: float = 0.5, progress: Callable[[int, int], None] | None = None,
) -> SpikedFootage:
    """Write one version of a video with events rendered into it.

    Args:
        source: video or folder of images.
        out: mp4 to write; odd sizes lose their last row or column.
        events: in frames of the source.
        version: "spiked", "unspiked" or "control".
        crf: encoder quality, the same for all versions.
        rate: frames per second of a folder.
        shift_pixels: size of the control's shift.
        progress: called with (frames done, frames in all); may raise Cancelled.

    Raises:
        InvalidSettings: unknown version, or an event outside the video.
        UnreadableVideo: as `open_video`.
    """  # fmt: skip
    if version not in VERSIONS:
        raise InvalidSettings(f"version: expected one of {', '.join(VERSIONS)}, got {version!r}")
    with open_video(source, rate) as video:
        table = video.info.table
        outside = [e for e in events if e.offset >= table.frame_count]
        if outside:
            raise InvalidSettings(f"{Path(source).name} has {table.frame_count} frames; event at {outside[0].onset}")
        spikes = [_Spike(event, _follow(video, event), table.frame_count) for event in events]
        usable = [spike for spike in spikes if spike.faces is not None]
        width, height = video.info.width // 2 * 2, video.info.height // 2 * 2
        fps = table.fps if table.frame_count > 1 else 30.0
        comment = f"Real footage with synthetic movements rendered by Glint ({version}); not behaviour of the person."
        with VideoWriter(out, width, height, fps, crf, comment, threads=2, clock=_CLOCK) as writer:
            for frame in video.frames():
                if frame.present:
                    picture = _changed(frame.rgb(), frame.index, usable, version, shift_pixels)
                    writer.write_rgb(np.ascontiguousarray(picture[:height, :width]), frame.timestamp)
                if progress is not None:
                    progress(frame.index + 1, table.frame_count)
    kept = tuple(spike.event for spike in usable)
    return SpikedFootage(Path(out), kept, tuple(s.event for s in spikes if s.faces is None))


class _Spike:
    """One event with the faces it is drawn on."""

    def __init__(self, event: PlannedEvent, meshes: np.ndarray | None, frame_count: int) -> None:
        self.event = event
        self.first = max(event.onset - _REACH, 0)
        self.faces = None if meshes is None else [Face(mesh) for mesh in meshes]
        self.course = profile(frame_count, event.interval, event.hold)
        if self.faces is not None:
            mix = {tuple(key.split("/")): weight for key, weight in event.units.items()}
            self.gains = mixed_gains(self.faces[event.apex - self.first], mix, event.amplitude)


def _follow(video: Video, event: PlannedEvent) -> np.ndarray | None:
    """(frames, 468, 3) mesh around an event, smoothed over time; None where a face is missing."""
    from spotcore.landmarks import FaceFollower

    follower = FaceFollower()
    try:
        last = min(event.offset + _REACH, video.info.table.frame_count - 1)
        found = [
            follower.follow(frame.rgb()) if frame.present else None
            for frame in video.frames(max(event.onset - _REACH, 0), last)
        ]
    finally:
        follower.close()
    if any(mesh is None for mesh in found):
        return None
    return gaussian_filter1d(np.stack(found), 1.5, axis=0, mode="nearest")


def _changed(
    rgb: np.ndarray, index: int, spikes: Sequence[_Spike], version: str, shift_pixels: float
) -> np.ndarray:
    """The frame with whatever happens in it."""
    active = [s for s in spikes if s.course[index] > 1e-4]
    if version == "unspiked" or not active:
        return rgb
    if version == "control":
        amount = sum(s.course[index] for s in active) * shift_pixels
        angle = 2 * np.pi * (active[0].event.onset % 16) / 16
        ys, xs = np.mgrid[0 : rgb.shape[0], 0 : rgb.shape[1]].astype(np.float32)
        return _remap(rgb, xs - np.float32(amount * np.cos(angle)), ys - np.float32(amount * np.sin(angle)), (0, 0))
    for spike in active:
        rgb = _warped(rgb, spike, index)
    return rgb


def _warped(rgb: np.ndarray, spike: _Spike, index: int) -> np.ndarray:
    """Move the face of one frame by the event's units at this frame's strength; the rest stays as it is."""
    face = spike.faces[min(max(index - spike.first, 0), len(spike.faces) - 1)]
    reach = 0.8 * face.inter_ocular
    x0, y0 = np.maximum(np.floor(face.points[:, :2].min(0) - reach).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(face.points[:, :2].max(0) + reach).astype(int), rgb.shape[1::-1])
    if x1 - x0 < 16 or y1 - y0 < 16:
        return rgb
    gx, gy = np.arange(x0 - _STEP, x1 + 2 * _STEP, _STEP), np.arange(y0 - _STEP, y1 + 2 * _STEP, _STEP)
    grid = np.stack(np.meshgrid(gx + (_STEP - 1) / 2, gy + (_STEP - 1) / 2), axis=-1)
    field = sum(gain * unit_field(face, *key, grid) for key, gain in spike.gains.items()) * spike.course[index]
    field = field.astype(np.float32)
    position = np.zeros_like(field)
    for _ in range(3):  # where does what is shown here come from?
        nodes = ((grid - position - grid[0, 0]) / _STEP).astype(np.float32)
        position = cv2.remap(field, nodes[..., 0], nodes[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    large = cv2.resize(position, (len(gx) * _STEP, len(gy) * _STEP), interpolation=cv2.INTER_LINEAR)
    large = large[_STEP : _STEP + y1 - y0, _STEP : _STEP + x1 - x0]
    ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    out = rgb.copy()
    out[y0:y1, x0:x1] = _remap(rgb, xs - large[..., 0], ys - large[..., 1], (x0, y0))
    return out


def _remap(rgb: np.ndarray, xs: np.ndarray, ys: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
    """One remap from the frame enlarged twice, so that sub-pixel steps neither blur nor stick to pixels."""
    x0, y0 = corner
    pad = 16
    x1, y1 = x0 + xs.shape[1], y0 + xs.shape[0]
    left, top = max(x0 - pad, 0), max(y0 - pad, 0)
    part = rgb[top : min(y1 + pad, rgb.shape[0]), left : min(x1 + pad, rgb.shape[1])]
    double = cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_LANCZOS4)
    # Centre of pixel i lies at 2 i + 0.5 of the doubled picture.
    mx, my = (xs - left) * 2 + 0.5, (ys - top) * 2 + 0.5
    return cv2.remap(double, mx.astype(np.float32), my.astype(np.float32), cv2.INTER_CUBIC,
                     borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
