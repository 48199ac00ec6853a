"""Rendered clips of an experiment, kept as video files with the true place of every landmark."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spotcore.experiments.videos import LABORATORY
from spotcore.intervals import Interval
from spotcore.synthesis.action_units import region_vectors
from spotcore.synthesis.corpus import NOTE
from spotcore.synthesis.identities import OVERSAMPLING, Identity
from spotcore.synthesis.planning import PlanSettings, plan_clip
from spotcore.synthesis.plans import ClipPlan, script_of
from spotcore.synthesis.rendering import Renderer
from spotcore.synthesis.script import ClipScript
from spotcore.synthesis.sources import identity_for
from spotcore.synthesis.video_writing import VideoWriter
from spotcore.video import open_video

LANDMARKS = 468
# (luma, chroma, landmarks (L, 2), frame number, frame count): draws over a frame in place.
Cover = Callable[[np.ndarray, np.ndarray, np.ndarray, int, int], None]


@dataclass(frozen=True)
class Clip:
    """A rendered clip.

    Attributes:
        plan: with the true events.
        path: of the video.
        points: (T, 468, 3) true landmarks in pixels.
        moved: (T, R, 2) true movement of the regions without the head's, per cent of the inter-ocular distance.
    """

    plan: ClipPlan
    path: Path
    points: np.ndarray
    moved: np.ndarray

    @property
    def events(self) -> list[Interval]:
        return [event.interval for event in self.plan.events]

    def lumas(self) -> list[np.ndarray]:
        """T pictures (H, W) uint8."""
        with open_video(self.path) as video:
            return [frame.luma() for frame in video.frames()]


def plans(sizes: Mapping[str, Any], role: int, count: int, changes: Mapping[str, Any] | None = None) -> list[ClipPlan]:
    """Plans of `count` clips, each on a face of its own; sets of different roles share no face and no event."""
    width, inter_ocular = sizes["picture"]
    settings = PlanSettings(**{
        **LABORATORY, "seconds": sizes["seconds"], "width": width, "height": width,
        "inter_ocular": (inter_ocular, inter_ocular), "micro": (2, 3), "macro": (1, 2), **(changes or {}),
    })  # fmt: skip
    return [
        plan_clip(f"picture_{role}_{number:03d}", f"variant:{role * 1000 + number}", role * 100_003 + number, settings)
        for number in range(count)
    ]


def rendered(plan: ClipPlan, folder: Path, pose: float = 1.0, cover: Cover | None = None, name: str = "") -> Clip:
    """The clip of a plan, drawn unless it lies in `folder`.

    Args:
        pose: factor on all movement of the head.
        cover: draws over every frame; `name` tells its files from others.
    """
    key = hashlib.sha256(json.dumps([plan.to_json(), pose, name], sort_keys=True).encode()).hexdigest()[:20]
    path = Path(folder) / f"{key}.mp4"
    points_path = path.with_suffix(".npy")
    identity = identity_for(plan.identity, plan.width, plan.height, plan.inter_ocular)
    script = script_of(plan, identity.face)
    script.pose *= pose
    if not path.exists():
        _write(path, points_path, plan, identity, script, cover)
    return Clip(plan, path, np.load(points_path), _moved(script, identity))


def _write(
    path: Path, points_path: Path, plan: ClipPlan, identity: Identity, script: ClipScript, cover: Cover | None
) -> None:
    """The video appears last, so what is there is complete."""
    renderer = Renderer(identity, plan.noise, plan.seed)
    depth = identity.face.points[:LANDMARKS, 2] / OVERSAMPLING
    points = np.zeros((plan.frames, LANDMARKS, 3), np.float32)
    with VideoWriter(path, plan.width, plan.height, plan.fps, plan.crf, f"{NOTE} {plan.identity}") as writer:
        for t in range(plan.frames):
            luma, chroma = renderer.frame(script, t)
            points[t, :, :2] = renderer.landmarks(script, t)[:LANDMARKS]
            points[t, :, 2] = depth
            if cover is not None:
                cover(luma, chroma, points[t, :, :2], t, plan.frames)
            writer.write(luma, chroma)
        np.save(points_path, points)


def _moved(script: ClipScript, identity: Identity) -> np.ndarray:
    parts = [course[:, None, None] * region_vectors(identity.face, *key) for key, course in script.units.items()]
    return np.sum(parts, axis=0)


def half_second_error(measured: np.ndarray, true: np.ndarray, rate: float) -> np.ndarray:
    """(T - S, R) per cent: how far the measured movement over half a second is from the true one.

    Half a second is what a network's window sees; drift over a whole clip does not count.
    """
    step = round(rate / 2)
    wrong = measured - true
    return np.linalg.norm(wrong[step:] - wrong[:-step], axis=2)


def covers(names: Sequence[str]) -> dict[str, Cover | None]:
    """Cover by name: "" nothing, "brows" and "mouth" a patch that stays there, "hand" one that passes by."""
    known: dict[str, Cover | None] = {"": None, "brows": _patch(_BROWS), "mouth": _patch(_MOUTH), "hand": _hand}
    return {name: known[name] for name in names}


_BROWS, _MOUTH = (63, 105, 66, 296, 334, 293), (61, 291, 0, 17)


def _patch(around: Sequence[int]) -> Cover:
    def draw(luma: np.ndarray, chroma: np.ndarray, points: np.ndarray, t: int, count: int) -> None:
        here = points[list(around)]
        reach = np.ptp(here, axis=0).max() / 2
        _ellipse(luma, chroma, here.mean(axis=0), (1.25 * reach, 0.6 * reach))

    return draw


def _hand(luma: np.ndarray, chroma: np.ndarray, points: np.ndarray, t: int, count: int) -> None:
    """Three times a clip something as large as a hand crosses the lower face within a second and a half."""
    left, right = points[list(_BROWS)][:, 0].min(), points[list(_BROWS)][:, 0].max()
    phase = 3 * t / count % 1 * count / 3 / 45  # 45 frames of each third
    if phase < 1:
        x = left - 0.7 * (right - left) + phase * 2.4 * (right - left)
        size = 0.35 * (right - left)
        _ellipse(luma, chroma, np.array([x, points[list(_MOUTH), 1].mean()]), (size, 1.4 * size))


def _ellipse(luma: np.ndarray, chroma: np.ndarray, centre: np.ndarray, radii: tuple[float, float]) -> None:
    """A patch with stripes that move with it: something flow can follow, as cloth or a hand."""
    for plane, scale in ((luma, 1.0), (chroma, 0.5)):
        y, x = np.indices(plane.shape[:2])
        dx, dy = (x - scale * centre[0]) / (scale * radii[0]), (y - scale * centre[1]) / (scale * radii[1])
        inside = dx**2 + dy**2 < 1
        if plane is luma:
            plane[inside] = (120 + 25 * np.sin(7 * dx) * np.cos(5 * dy))[inside]
        else:
            plane[inside] = 128
