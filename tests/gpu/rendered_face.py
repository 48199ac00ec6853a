"""A face that moves in known ways, drawn on the stored mesh without its photograph: bare GPU machines have neither
scikit-image nor a landmark model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from spotcore.anchors import AnchorMeasurer, stitch
from spotcore.feature_files import Traces
from spotcore.features import DEFAULT_SETTINGS, assemble
from spotcore.intervals import Interval
from spotcore.sampling import sampling_of
from spotcore.synthesis.astronaut import astronaut_mesh
from spotcore.synthesis.identities import from_picture
from spotcore.synthesis.profiles import profile
from spotcore.synthesis.rendering import Renderer
from spotcore.synthesis.script import ClipScript

if TYPE_CHECKING:
    from spotcore.batched_flow import BatchedRegionFlow
    from spotcore.flow import RegionFlow

FPS = 30.0
MESH_EVERY = 5


@cache
def skin() -> np.ndarray:
    """(512, 512, 3) uint8: blurred noise of several scales, so that every region has something to see."""
    rng = np.random.default_rng(5)
    total = np.full((512, 512), 128.0)
    for spread, height in ((1.5, 8), (4, 12), (12, 20)):
        layer = cv2.GaussianBlur(rng.normal(size=total.shape), (0, 0), spread)
        total += height * layer / layer.std()
    return np.clip(np.dstack([total, 0.9 * total, 0.8 * total]), 0, 255).astype(np.uint8)


@cache
def clip(frames: int = 120) -> tuple[ClipScript, list[np.ndarray], list[np.ndarray]]:
    """What happens, the luma (256, 256) uint8 of each frame and its landmarks (468, 3): a smile of 6 %, a raised brow
    of 2 %, and a head that sways and nods all the time."""
    identity = from_picture("skin", skin(), astronaut_mesh(), 256, 256, 60.0)
    script = ClipScript(frames, FPS)
    time = np.arange(frames) / FPS
    script.pose[:, 0] = 0.03 * np.sin(1.3 * time)
    script.pose[:, 2] = 1.5 * np.sin(0.9 * time)
    script.pose[:, 4:] = 2.0 * np.sin(np.outer(time, [0.7, 1.1]))
    smile, brow = Interval(22, 62, "macro", apex=34), Interval(80, 92, "micro", apex=85)
    script.add_event(smile, {("AU12", side): 0.06 for side in ("left", "right")}, profile(frames, smile), 6.0)
    script.add_event(brow, {("AU1", side): 0.02 for side in ("left", "right")}, profile(frames, brow), 2.0)
    renderer = Renderer(identity, noise=1.5, seed=3)
    depth = identity.face.points[:, 2] * (identity.inter_ocular / identity.face.inter_ocular)
    lumas = [renderer.frame(script, t)[0] for t in range(frames)]
    points = [np.column_stack([renderer.landmarks(script, t), depth])[:468] for t in range(frames)]
    return script, lumas, points


def measured(flow: RegionFlow | BatchedRegionFlow) -> Traces:
    """Traces of the clip with this flow, the mesh read at every fifth frame."""
    script, lumas, points = clip()
    tried = np.arange(0, script.frame_count, MESH_EVERY)
    measurer = AnchorMeasurer(anchor_samples=15, flow=flow)
    for sample, luma in enumerate(lumas):
        on_mesh = sample % MESH_EVERY == 0
        measurer.add(sample, luma, points[sample] if on_mesh else None, on_mesh)
    measurer.finish()
    stitched = stitch(script.frame_count, measurer.segments, measurer.meshes, tried)
    numbers = np.arange(script.frame_count)
    return assemble(stitched, numbers, numbers / FPS, sampling_of(FPS, False), DEFAULT_SETTINGS, {})
