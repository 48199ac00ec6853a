"""The anchor scheme: one flow per frame from a fixed anchor picture, segments stitched where the anchor changes.

Takes pictures and landmarks in ascending frames and gives per-frame measurements of the whole video. Which frames are
read, and on which the mesh is run, stands in `features`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from spotcore.alignment import FaceCrop, eye_distance, roll
from spotcore.flow import RADIUS_G, RegionFlow, RegionReader
from spotcore.head_motion import align_mesh, fit_head_motion, head_displacement, pose
from spotcore.regions import LID_PAIRS, LID_POINTS, REGION_INDEX, REGIONS, RIGID_POINTS, SOFT_INDEX, WATCHED

if TYPE_CHECKING:
    from spotcore.batched_flow import BatchedRegionFlow

R = len(REGIONS)
# Rows of the reader: regions, rigid points, lids; then the soft points, which nothing else is computed from.
POINTS = np.array([*REGION_INDEX, *RIGID_POINTS, *LID_POINTS])
RIGID = slice(R, R + len(RIGID_POINTS))
LIDS = slice(R + len(RIGID_POINTS), None)
SOFT = len(SOFT_INDEX)
W = len(WATCHED)  # soft points, then lids
READ_POINTS = np.array([*POINTS, *SOFT_INDEX])
# From this movement on the mesh takes over from the flow, gradually (METHODS section 2: above 12 %).
MESH_FROM, MESH_FULL = 8.0, 16.0
# Meshes read at once: one by one, numpy's calls cost a tenth of the flow.
MESHES_TOGETHER = 64


@dataclass(frozen=True)
class MeshReading:
    """What one mesh says about the face, on its own.

    Attributes:
        sample: index of the measured frame.
        regions: (R, 2) per cent, against the first mesh of the video, head pose removed.
        soft: (SOFT, 2) the same of the soft points.
        angles: (3,) roll, yaw, pitch in degrees.
        eye: lid distance over eye width, mean of both eyes.
        residual: (R,) per cent that flow there and back leaves at the regions; NaN where not measured.
    """

    sample: int
    regions: np.ndarray
    soft: np.ndarray
    angles: np.ndarray
    eye: float
    residual: np.ndarray


@dataclass
class Segment:
    """Measurements against one anchor.

    Attributes:
        first: sample number of the anchor frame, whose row is zero.
        joined: the anchor frame was also the last row of the segment before.
        displacement: (S, R, 2) per cent of the eye distance, face axes, head motion removed.
        motion: (S, 6) the rigid fit, per cent.
        lid_gap: (S,) per cent, change of the distance between the lids.
        fit_residual: (S,) per cent, median that the rigid fit leaves on its points.
        places: (S, R + rigid points, 2) where the points lie in the picture, in its pixels, head motion included.
        watched: (S, W, 2) displacement of cheeks, chin and lids, as that of the regions.
    """

    first: int
    joined: bool
    displacement: np.ndarray
    motion: np.ndarray
    lid_gap: np.ndarray
    fit_residual: np.ndarray
    places: np.ndarray
    watched: np.ndarray


@dataclass
class _Rows:
    """What the flow says, or will say, about the frames of one anchor.

    Attributes:
        crop: of the anchor.
        points: (468, 3) landmarks of the anchor frame.
        picture: (S, S) uint8 crop of the anchor frame.
        first, joined: as in `Segment`.
        moved: per frame (P, 2) pixels of the crop; filled by the flow when it comes to them.
        asked: frames that had been asked of the flow up to the last of these.
    """

    crop: FaceCrop
    points: np.ndarray
    picture: np.ndarray
    first: int
    joined: bool
    moved: list[np.ndarray]
    asked: int = 0

    def segment(self) -> Segment:
        """The measurements, once all rows are filled."""
        crop, positions = self.crop, self.crop.face_positions(self.points[POINTS])
        read = np.array(self.moved, np.float64)  # (S, P, 2)
        # Soft points go their own way: what networks see stays the same to the last bit with and without them.
        moved, soft = (crop.face_axes(np.ascontiguousarray(part)) for part in np.split(read, [len(POINTS)], axis=1))
        motion = fit_head_motion(positions[RIGID], moved[:, RIGID])
        still = moved - head_displacement(positions, motion)
        lids = still[:, LIDS, 1]  # (S, 4): upper and lower lid of the left eye, then of the right
        shown = np.array(self.moved, np.float32)[:, : RIGID.stop] * (crop.side / crop.pixels)
        # Depth counts from the mean of the points that a call is given: told against the same landmark as `positions`.
        soft_positions = crop.face_positions(self.points[[*SOFT_INDEX, POINTS[0]]])
        soft_positions[:, 2] += positions[0, 2] - soft_positions[-1, 2]
        soft_still = soft - head_displacement(soft_positions[:SOFT], motion)
        return Segment(
            first=self.first,
            joined=self.joined,
            displacement=still[:, :R],
            motion=motion,
            lid_gap=(lids[:, 1] - lids[:, 0] + lids[:, 3] - lids[:, 2]) / 2,
            fit_residual=np.median(np.linalg.norm(still[:, RIGID], axis=2), axis=1),
            places=self.points[POINTS[: RIGID.stop], :2].astype(np.float32) + shown,
            watched=np.concatenate([soft_still, still[:, LIDS]], axis=1),
        )


def eye_openness(points: np.ndarray) -> np.ndarray:
    """Lid distance over eye width, mean of both eyes, of (..., 468, 3) landmarks: (...)."""
    upper, lower = np.moveaxis(np.array(LID_PAIRS), -1, 0)  # (2, 3): eye, pair
    gaps = np.linalg.norm(points[..., upper, :] - points[..., lower, :], axis=-1).mean(axis=-1)
    widths = np.linalg.norm(points[..., (33, 263), :] - points[..., (133, 362), :], axis=-1)
    return (gaps / np.maximum(widths, 1e-6)).mean(axis=-1)


@dataclass(frozen=True)
class Pause:
    """What a measurer knows between two frames beside its `segments` and `meshes`.

    Attributes:
        checked: sample of the last flow there and back.
        reference: (468, 3) the first mesh of the video, None before it.
        points, picture: landmarks and crop of the anchor frame, None where no anchor is open.
        first, joined: as in `Segment`, of the open anchor.
        moved: (S, P, 2) float32 displacements in its frames, pixels of the crop.
    """

    checked: int
    reference: np.ndarray | None = None
    points: np.ndarray | None = None
    picture: np.ndarray | None = None
    first: int = 0
    joined: bool = False
    moved: np.ndarray | None = None


@dataclass
class AnchorMeasurer:
    """Feeds on frames in order, keeps numbers only: memory grows by some hundred bytes a frame.

    Attributes:
        anchor_samples: frames after which a new anchor is taken (half a second).
        move_limit: per cent of the eye distance the head may move in the picture before that.
        flow: measures between two pictures; one that collects frames first keeps their crops until then.
        check_backward: flow there and back is compared.
    """

    anchor_samples: int
    move_limit: float = 12.0
    flow: RegionFlow | BatchedRegionFlow = field(default_factory=RegionFlow)
    check_backward: bool = True

    def __post_init__(self) -> None:
        self.segments: list[Segment] = []
        self.meshes: list[MeshReading] = []
        self._reference: np.ndarray | None = None
        self._waiting: list[tuple[int, np.ndarray, np.ndarray]] = []
        self._open: _Rows | None = None
        self._closed: deque[_Rows] = deque()
        self._checked = -self.anchor_samples  # the first mesh after an anchor is checked

    def add(self, sample: int, luma: np.ndarray | None, points: np.ndarray | None, mesh_tried: bool) -> None:
        """One frame.

        Args:
            sample: its number among the measured frames, ascending by one.
            luma: (H, W) uint8, or None for a missing picture.
            points: (468, 3) landmarks where the mesh was run and saw the face.
            mesh_tried: the mesh was run on this frame.
        """
        if luma is None or (mesh_tried and points is None):
            self._close()
            return
        if self._open is None:
            if points is not None:
                self._read_mesh(sample, points, np.full(R, np.nan))
                self._begin(sample, luma, points, joined=False)
            return
        rows, left = self._open, None
        rows.moved.append(np.zeros((len(READ_POINTS), 2), np.float32))
        # There and back costs another flow: every quarter of a second is enough for what it tells.
        due = points is not None and 2 * (sample - self._checked) >= self.anchor_samples
        if self.check_backward and due:
            left, self._checked = np.full(R, np.nan), sample
        self.flow.follow(rows.crop.cut(luma), rows.moved[-1], left)
        if points is None:
            return
        self._read_mesh(sample, points, np.full(R, np.nan) if left is None else left)
        moved = np.linalg.norm((points - rows.points)[list(RIGID_POINTS), :2].mean(axis=0))
        if (
            sample - rows.first >= self.anchor_samples
            or 100 * moved > self.move_limit * eye_distance(points)
            or abs(roll(points) - rows.crop.angle) > 0.1
        ):
            self._close()
            self._begin(sample, luma, points, joined=True)

    def pause(self) -> Pause:
        """Between two frames: `segments` and `meshes` hold everything but the open anchor, which is in the answer."""
        self.flow.finish()
        self._collect()
        self._read_waiting()
        rows = self._open
        if rows is None:
            return Pause(self._checked, self._reference)
        moved = np.array(rows.moved, np.float32)
        return Pause(self._checked, self._reference, rows.points, rows.picture, rows.first, rows.joined, moved)

    def go_on(self, pause: Pause, segments: list[Segment], meshes: list[MeshReading]) -> None:
        """Before the first frame: go on where another measurer paused, with all that it had measured."""
        self.segments, self.meshes = segments, meshes
        self._checked, self._reference = pause.checked, pause.reference
        if pause.points is not None:
            self._follow_from(pause.points, pause.picture, pause.first, pause.joined)
            self._open.moved[:] = pause.moved

    def finish(self) -> None:
        """After the last frame: `segments` and `meshes` are complete."""
        self.flow.finish()
        self._close()
        self._read_waiting()

    def _begin(self, sample: int, luma: np.ndarray, points: np.ndarray, joined: bool) -> None:
        self._follow_from(points, FaceCrop.around(points).cut(luma), sample, joined)

    def _follow_from(self, points: np.ndarray, picture: np.ndarray, sample: int, joined: bool) -> None:
        crop = FaceCrop.around(points)
        reader = RegionReader(crop.inside(points[READ_POINTS]), max(RADIUS_G * crop.g, 1.5), crop.pixels)
        self.flow.anchor(picture, reader, 100 / crop.unit)
        self._open = _Rows(crop, points, picture, sample, joined, [np.zeros((len(READ_POINTS), 2), np.float32)])

    def _read_mesh(self, sample: int, points: np.ndarray, residual: np.ndarray) -> None:
        if self._reference is None:
            self._reference = points
        self._waiting.append((sample, points, residual))
        if len(self._waiting) == MESHES_TOGETHER:
            self._read_waiting()

    def _read_waiting(self) -> None:
        if not self._waiting:
            return
        samples, meshes, residuals = zip(*self._waiting, strict=True)
        self._waiting = []
        points, reference = np.array(meshes), self._reference
        aligned = align_mesh(points, reference)
        crop = FaceCrop.around(reference)
        moved, soft = (
            crop.face_axes((aligned[:, index, :2] - reference[index, :2]) * (crop.pixels / crop.side))
            for index in (REGION_INDEX, SOFT_INDEX)
        )
        self.meshes += map(MeshReading, samples, moved, soft, pose(points), eye_openness(points), residuals)

    def _close(self) -> None:
        if self._open is not None:
            self._open.asked = self.flow.asked
            self._closed.append(self._open)
            self._open = None
        self._collect()

    def _collect(self) -> None:
        while self._closed and self._closed[0].asked <= self.flow.answered:
            self.segments.append(self._closed.popleft().segment())


@dataclass(frozen=True)
class Stitched:
    """Measurements of all T measured frames on one scale; see `Traces` for units.

    `displacement` (T, R, 2) is flow with the mesh above 12 %, `mesh` (T, R, 2) the mesh alone between its frames
    shaped by flow, `fit_residual` and `residual` (T,) per cent, `places` (T, R + rigid points, 2) picture pixels,
    `watched` (T, W, 2) cheeks, chin and lids.
    """

    found: np.ndarray
    anchor: np.ndarray
    displacement: np.ndarray
    mesh: np.ndarray
    head_motion: np.ndarray
    eye_openness: np.ndarray
    fit_residual: np.ndarray
    residual: np.ndarray
    places: np.ndarray
    watched: np.ndarray


def _shaped(at: np.ndarray, values: np.ndarray, detail: np.ndarray) -> np.ndarray:
    """Values known at samples `at`, between them bent as `detail` (T, ...) is: (T, ...)."""
    samples = np.arange(len(detail))
    gap = (values - detail[at]).reshape(len(at), -1)
    columns = [np.interp(samples, at, column) for column in gap.T]
    return detail + np.stack(columns, axis=1).reshape(detail.shape)


def stitch(count: int, segments: list[Segment], meshes: list[MeshReading], tried: np.ndarray) -> Stitched:
    """Join the segments of a video of `count` measured frames.

    Args:
        tried: (M,) samples on which the mesh was run.

    Returns:
        Arrays of `count` rows; where no face was measured they repeat the last measured row.
    """
    displacement = np.zeros((count, R, 2))
    motion = np.zeros((count, 6))
    lid_gap, fit_residual = np.zeros(count), np.zeros(count)
    anchor, measured = np.full(count, -1, np.int32), np.zeros(count, bool)
    places, watched = np.zeros((count, RIGID.stop, 2), np.float32), np.zeros((count, W, 2))
    at = np.array([m.sample for m in meshes], int)
    mesh_regions = np.array([m.regions for m in meshes]).reshape(-1, R, 2)
    mesh_soft = np.array([m.soft for m in meshes]).reshape(-1, SOFT, 2)
    base, base_motion, base_gap, base_watched = np.zeros((R, 2)), np.zeros(6), 0.0, np.zeros((W, 2))
    last = -1
    for number, segment in enumerate(segments):
        span = np.arange(segment.first, segment.first + len(segment.displacement))
        moved = _with_mesh(span, segment.displacement, at, mesh_regions)
        beside = segment.watched.copy()  # the mesh follows lids poorly: flow alone
        beside[:, :SOFT] = _with_mesh(span, beside[:, :SOFT], at, mesh_soft)
        if not segment.joined and last >= 0:  # the face was away: everything rests as it was
            base, base_motion, base_gap, base_watched = displacement[last], motion[last], lid_gap[last], watched[last]
        displacement[span] = base + moved
        watched[span] = base_watched + beside
        motion[span] = base_motion + segment.motion
        lid_gap[span] = base_gap + segment.lid_gap
        fit_residual[span] = segment.fit_residual
        places[span] = segment.places
        anchor[span] = number
        measured[span] = True
        last = span[-1]
        base, base_motion, base_gap, base_watched = displacement[last], motion[last], lid_gap[last], watched[last]
    rows = np.maximum.accumulate(np.where(measured, np.arange(count), -1))
    rows = np.where(rows < 0, np.argmax(measured), rows)  # before the first face: the first measured row
    displacement, motion, lid_gap = displacement[rows], motion[rows], lid_gap[rows]
    fit_residual, anchor, places, watched = fit_residual[rows], anchor[rows], places[rows], watched[rows]
    head = np.stack(
        [motion[:, 0], motion[:, 1], np.degrees(motion[:, 2] / 100), motion[:, 3],
         np.degrees(motion[:, 4] / 100), np.degrees(motion[:, 5] / 100)], axis=1)  # fmt: skip
    found, mesh, eye, residual = np.zeros(count, bool), displacement.copy(), np.zeros(count), np.zeros(count)
    if len(at):
        seen = np.isin(tried, at)
        middles = (tried[1:] + tried[:-1]) / 2
        found = measured & seen[np.searchsorted(middles, np.arange(count))]
        mesh = _shaped(at, mesh_regions, displacement)
        angles = np.array([m.angles for m in meshes])
        for column, angle in ((2, 0), (4, 1), (5, 2)):
            head[:, column] = _shaped(at, np.unwrap(angles[:, angle], period=360), head[:, column])
        # The eye's width is close to 45 % of the distance between the eyes.
        eye = np.clip(_shaped(at, np.array([m.eye for m in meshes]), lid_gap / 45), 0, 1)
        checks = np.array([np.median(m.residual) for m in meshes])
        known = np.isfinite(checks)
        if known.any():
            residual = np.interp(np.arange(count), at[known], checks[known])
    return Stitched(found, anchor, displacement, mesh, head, eye, fit_residual, residual, places, watched)


def _with_mesh(span: np.ndarray, moved: np.ndarray, at: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Replace flow by the mesh where a region moved far from its anchor: (S, R, 2)."""
    here = (at >= span[0]) & (at <= span[-1])
    if here.sum() < 2:
        return moved
    far = np.linalg.norm(regions[here] - regions[here][:1], axis=2).max()
    if far <= MESH_FROM:
        return moved
    mesh = _shaped(at[here] - span[0], regions[here] - regions[here][:1], moved)
    weight = np.clip((np.linalg.norm(mesh, axis=2, keepdims=True) - MESH_FROM) / (MESH_FULL - MESH_FROM), 0, 1)
    return moved + (mesh - moved) * weight * weight * (3 - 2 * weight)
