"""Videos with known movement, made in memory from scikit-image's public-domain portrait; no file is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

import cv2
import numpy as np
from skimage import data

from spotcore.alignment import eye_distance, roll
from spotcore.landmarks import FaceFinder
from spotcore.video import FrameTable

SIDE = 480


@cache
def portrait() -> np.ndarray:
    """(480, 480, 3) uint8: the face fills half the picture."""
    return cv2.resize(np.ascontiguousarray(data.astronaut()[:256, 96:352]), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


@cache
def portrait_points() -> np.ndarray:
    """(468, 3) landmarks of the portrait."""
    finder = FaceFinder()
    try:
        return finder.find(portrait())[0]
    finally:
        finder.close()


@dataclass
class PictureVideo:
    """Reads like `spotcore.video.Video`; pictures are made when asked for, None where one is missing."""

    count: int
    picture: Callable[[int], np.ndarray | None]
    fps: float = 30.0
    times: np.ndarray | None = None

    @property
    def info(self) -> SimpleNamespace:
        times = np.arange(self.count) / self.fps if self.times is None else self.times
        table = FrameTable(times, np.arange(self.count), np.ones(self.count, bool), stream_rate=self.fps)
        return SimpleNamespace(table=table, sha256="0" * 64, kind="file")

    def frames(self, first: int = 0, last: int | None = None, step: int = 1) -> Iterator[SimpleNamespace]:
        table = self.info.table
        for index in range(first, self.count if last is None else last + 1, step):
            picture = self.picture(index)
            yield SimpleNamespace(
                index=index,
                timestamp=float(table.timestamps[index]),
                present=picture is not None,
                rgb=lambda picture=picture: picture,
                luma=lambda picture=picture: cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY),
            )


def unit() -> float:
    """Pixels of one per cent of the portrait's eye distance."""
    return eye_distance(portrait_points()) / 100


def in_picture(vector: tuple[float, float]) -> np.ndarray:
    """A vector along the face's own axes in per cent -> pixels of the picture."""
    angle = roll(portrait_points())
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.asarray(vector, float) * unit()


def bump_field(landmark: int, vector: tuple[float, float], width: float = 0.22) -> np.ndarray:
    """(H, W, 2) pixels: a Gaussian displacement, `vector` per cent in its middle, `width` eye distances wide."""
    x, y = portrait_points()[landmark, :2]
    rows, columns = np.mgrid[:SIDE, :SIDE]
    spread = width * 100 * unit()
    weight = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
    return weight[..., None] * in_picture(vector)


def deformed(field: np.ndarray, seed: int | None = None) -> np.ndarray:
    """The portrait moved by a field of pixels (backward map, good for small smooth fields), with sensor noise."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    maps = (columns - field[..., 0]).astype(np.float32), (rows - field[..., 1]).astype(np.float32)
    return noisy(cv2.remap(portrait(), *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), seed)


def moved_head(shift: tuple[float, float], degrees: float, scale: float, seed: int | None = None) -> np.ndarray:
    """The portrait shifted (per cent of the eye distance), turned in the picture and scaled about the face."""
    middle = portrait_points()[6, :2]
    matrix = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), degrees, scale)
    matrix[:, 2] += np.asarray(shift, float) * unit()
    size = (SIDE, SIDE)
    moved = cv2.warpAffine(portrait(), matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return noisy(moved, seed)


def noisy(picture: np.ndarray, seed: int | None) -> np.ndarray:
    if seed is None:
        return picture
    noise = np.random.default_rng(seed).normal(0, 1.5, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def course(count: int, onset: int, apex: int, offset: int) -> np.ndarray:
    """(count,) 0..1, a raised cosine up and down."""
    t = np.arange(count, dtype=float)
    up = np.clip((t - onset) / (apex - onset), 0, 1)
    down = np.clip((offset - t) / (offset - apex), 0, 1)
    return 0.5 - 0.5 * np.cos(np.pi * np.minimum(up, down))
