"""A corpus in the folder layout of CAS(ME)^2, made by warping scikit-image's public-domain portrait."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from openpyxl import Workbook

from tests.spotcore.moving_faces import portrait, portrait_points

SIDE = 240
FRAMES = 120
EVENTS = ((8, 20, 34, "macro-expression"), (50, 54, 59, "micro-expression"), (75, 87, 102, "macro-expression"))
MOUTH, BROWS = (61, 291), (66, 105, 63, 296, 334, 293)


@cache
def _face() -> tuple[np.ndarray, np.ndarray]:
    """(240, 240) picture and (468, 2) landmarks."""
    scale = SIDE / portrait().shape[0]
    grey = cv2.cvtColor(portrait(), cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), portrait_points()[:, :2] * scale


def face_at(strength: float, points: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """The face with some points lifted by `strength` pixels, with sensor noise."""
    picture, landmarks = _face()
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    lift = np.zeros((SIDE, SIDE), np.float32)
    for point in points:
        px, py = landmarks[point]
        lift = np.maximum(lift, strength * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 9.0**2)).astype(np.float32))
    moved = cv2.remap(picture, x, y + lift, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(moved + rng.normal(0, 1.0, moved.shape), 0, 255).astype(np.uint8)


def make_casme2(root: Path, subjects: int = 4) -> Path:
    """Write pictures and workbook: one clip per subject, two macros and one micro each, at places of their own."""
    rows, naming = [], []
    for number in range(1, subjects + 1):
        rng = np.random.default_rng(number)
        folder = root / "rawpic" / f"s{14 + number}" / f"{14 + number}_0101disgustingteeth"
        folder.mkdir(parents=True)
        strength, event_of = np.zeros(FRAMES), np.zeros(FRAMES, int)
        for index, (onset, apex, offset, kind) in enumerate(EVENTS):
            shift = int(rng.integers(0, 8))
            onset, apex, offset = onset + shift, apex + shift, offset + shift
            size = (4.0 if kind.startswith("macro") else 1.5) * rng.uniform(0.9, 1.2)
            course = np.interp(np.arange(FRAMES), [onset, apex, offset], [0, 1, 0])
            strength += size * (1 - np.cos(np.pi * course)) / 2
            event_of[onset : offset + 1] = index
            rows.append((number, f"disgust1_{index + 1}", onset + 1, apex + 1, offset + 1, "4", "x", kind, "x"))
        for frame in range(FRAMES):
            points = BROWS if event_of[frame] == 1 else MOUTH
            cv2.imwrite(str(folder / f"img{frame + 1}.jpg"), face_at(float(strength[frame]), points, rng),
                        [cv2.IMWRITE_JPEG_QUALITY, 95])  # fmt: skip
        naming.append((14 + number, f"s{14 + number}", number))
    book = Workbook()
    book.remove(book.active)
    for name, lines in (("a", rows), ("b", naming), ("c", [("0101", "disgust1")])):
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(root / "CAS(ME)^2code_final.xlsx")
    return root
