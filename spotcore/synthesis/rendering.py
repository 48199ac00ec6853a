"""Drawing one frame of a script: a single remap from an oversized source, then lids, mouth, light and noise.

Maps are solved backwards on a grid of every fourth output pixel and enlarged; only around the eyes and the mouth, where
surfaces slide over each other, they are computed for every pixel. Nothing here decides what happens in a clip.
"""

from __future__ import annotations

import cv2
import numpy as np

from spotcore.synthesis import eyelids, mouth
from spotcore.synthesis.action_units import UNITS, unit_field
from spotcore.synthesis.head import Head
from spotcore.synthesis.identities import MARGIN, OVERSAMPLING, Identity
from spotcore.synthesis.script import ClipScript, UnitKey

STEP = 4  # output pixels per grid cell


class Renderer:
    """Draws frames of one identity.

    Args:
        identity: the face.
        noise: standard deviation of the sensor noise in grey levels.
        seed: of the noise.
    """

    def __init__(self, identity: Identity, noise: float = 1.0, seed: int = 0) -> None:
        self.identity = identity
        self.noise = noise
        columns, rows = identity.width // STEP + 2, identity.height // STEP + 2
        qx = STEP * (np.arange(columns) - 1) + (STEP - 1) / 2
        qy = STEP * (np.arange(rows) - 1) + (STEP - 1) / 2
        output = np.stack(np.meshgrid(qx, qy), axis=-1)  # (GH, GW, 2)
        self._grid = (MARGIN + 0.5 + OVERSAMPLING * output).astype(np.float32)
        self._head = Head(identity.face, self._grid)
        self._basis: dict[UnitKey, np.ndarray] = {}
        rng = np.random.default_rng([seed, 71])
        self._bank = rng.standard_normal((identity.height + 128, identity.width + 128)).astype(np.float32)
        self._seed = seed

    def frame(self, script: ClipScript, t: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw frame `t`.

        Returns:
            luma (H, W) uint8 and chroma (H/2, W/2, 2) uint8, BT.601 studio range.
        """
        identity = self.identity
        grid = self._grid - OVERSAMPLING * script.shift[t].astype(np.float32)
        moved = self._head.displacement(script.pose[t])
        posed = self._invert(grid, moved, 4)
        smooth, jaw = self.displacements(script, t)
        if smooth is None and jaw is None:
            field = posed
        else:
            smooth = np.zeros_like(grid) if smooth is None else smooth
            field = self._invert(posed, smooth, 3)
        full = self._enlarge(field)
        lips = None
        if smooth is not None:
            lips = mouth.Lips(identity.face, lambda xy: self.sample(smooth, xy),
                              lambda xy: self.sample(jaw, xy) if jaw is not None else np.zeros_like(xy))  # fmt: skip
            if jaw is not None:
                lower = self._invert(posed, smooth + jaw, 6)
                mouth.join(full, field, lower, posed, lips, self._enlarge, STEP)
        forward = _Forward(self, moved, script.shift[t])
        onto_skin = _Forward(self, moved, script.shift[t], smooth)
        eyelids.apply(full, identity.face, onto_skin, script.lids[t], script.gaze[t])
        luma = cv2.remap(identity.luma, full[0], full[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        half = (identity.width // 2, identity.height // 2)
        cx, cy = ((cv2.resize(m, half, interpolation=cv2.INTER_AREA) - 0.5) / 2 for m in full)
        chroma = cv2.remap(identity.chroma, cx, cy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        eyelids.shade(luma, identity.face, onto_skin, script.lids[t])
        if lips is not None:
            mouth.paint(luma, chroma, identity, lips, forward, self._enlarge(posed))
        return self._develop(luma, chroma, float(script.gain[t]), t)

    def landmarks(self, script: ClipScript, t: int) -> np.ndarray:
        """(L, 2) where every mesh point of the identity is in frame `t`, output pixels."""
        points = self.identity.face.points[:, :2].copy()
        smooth, jaw = self.displacements(script, t)
        start = points.copy()
        if smooth is not None:
            points += self.sample(smooth, start)
        if jaw is not None:
            points += self.sample(jaw, start) * mouth.below(self.identity.face, start)[:, None]
        return _Forward(self, self._head.displacement(script.pose[t]), script.shift[t])(points)

    def displacements(self, script: ClipScript, t: int) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Fields (GH, GW, 2) in source pixels of all units but the jaw's, and of the jaw's; None: still."""
        sums: dict[bool, np.ndarray | None] = {False: None, True: None}
        for key, course in script.units.items():
            if abs(course[t]) < 1e-7:
                continue
            if key not in self._basis:
                self._basis[key] = unit_field(self.identity.face, *key, self._grid, cut=False).astype(np.float32)
            part = self._basis[key] * np.float32(course[t])
            is_jaw = UNITS[key[0]].part == "jaw"
            sums[is_jaw] = part if sums[is_jaw] is None else sums[is_jaw] + part
        return sums[False], sums[True]

    def sample(self, field: np.ndarray, xy: np.ndarray) -> np.ndarray:
        """A grid field at source positions (..., 2), bilinear."""
        flat = np.ascontiguousarray(self._index(np.asarray(xy, np.float32).reshape(1, -1, 2)))
        out = cv2.remap(field, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return out.reshape(*np.shape(xy))

    def _index(self, xy: np.ndarray) -> np.ndarray:
        return ((xy - self._grid[0, 0]) / (STEP * OVERSAMPLING)).astype(np.float32)

    def _invert(self, start: np.ndarray, displacement: np.ndarray, rounds: int) -> np.ndarray:
        """Where does what is shown at `start` come from, if p moves to p + displacement(p)? Fixed-point iteration."""
        position = start
        for _ in range(rounds):
            index = self._index(position)
            position = start - cv2.remap(
                displacement, index[..., 0], index[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        return position

    def _enlarge(self, field: np.ndarray) -> list[np.ndarray]:
        """Grid (GH, GW, 2) -> two writable maps (H, W), x and y in source pixels."""
        h, w = field.shape[:2]
        large = cv2.resize(field, (w * STEP, h * STEP), interpolation=cv2.INTER_LINEAR)
        return [np.ascontiguousarray(large[STEP:-STEP, STEP:-STEP, axis]) for axis in (0, 1)]

    def _develop(self, luma: np.ndarray, chroma: np.ndarray, gain: float, t: int) -> tuple[np.ndarray, np.ndarray]:
        """Brightness and sensor noise; rounds once."""
        rng = np.random.default_rng([self._seed, 72, t])
        y, x = rng.integers(0, 128, 2)
        grain = self._bank[y : y + luma.shape[0], x : x + luma.shape[1]]
        flip = -1.0 if rng.random() < 0.5 else 1.0
        if rng.random() < 0.5:
            grain = grain[::-1, ::-1]
        bright = cv2.addWeighted(luma, gain, grain, self.noise * flip, 16 * (1 - gain), dtype=cv2.CV_8U)
        coarse = grain[: chroma.shape[0] * 2 : 2, : chroma.shape[1] * 2 : 2]
        tinted = chroma + (coarse * np.float32(0.4 * self.noise * flip))[..., None] * np.array([1, -1], np.float32)
        return bright, cv2.convertScaleAbs(tinted)


class _Forward:
    """Source positions -> output pixels of this frame; they have moved with the action units, or do so by `smooth`."""

    def __init__(
        self, renderer: Renderer, moved: np.ndarray, shift: np.ndarray, smooth: np.ndarray | None = None
    ) -> None:
        self._renderer, self._moved, self._shift, self._smooth = renderer, moved, shift, smooth

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        xy = xy if self._smooth is None else xy + self._renderer.sample(self._smooth, xy)
        placed = xy + self._renderer.sample(self._moved, xy)
        return (placed - MARGIN - 0.5) / OVERSAMPLING + self._shift
