"""Corpora in the folder layouts of three data sets, made by warping scikit-image's public-domain portrait."""

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


def draw(folder: Path, names: list[str], events, rng: np.random.Generator) -> None:
    """Write one picture per name; `events` are (onset, apex, offset, is micro) in indices, empty names are left out."""
    strength, brows = np.zeros(len(names)), np.zeros(len(names), bool)
    for onset, apex, offset, micro in events:
        size = (1.5 if micro else 4.0) * rng.uniform(0.9, 1.2)
        course = np.interp(np.arange(len(names)), [onset, apex, offset], [0, 1, 0])
        strength += size * (1 - np.cos(np.pi * course)) / 2
        brows[onset : offset + 1] = micro
    folder.mkdir(parents=True)
    for index, name in enumerate(names):
        if name:
            picture = face_at(float(strength[index]), BROWS if brows[index] else MOUTH, rng)
            cv2.imwrite(str(folder / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])


def make_casme2(root: Path, subjects: int = 4) -> Path:
    """Write pictures and workbook: one clip per subject, two macros and one micro each, at places of their own."""
    rows, naming = [], []
    for number in range(1, subjects + 1):
        rng = np.random.default_rng(number)
        events = []
        for index, (onset, apex, offset, kind) in enumerate(EVENTS):
            shift = int(rng.integers(0, 8))
            onset, apex, offset = onset + shift, apex + shift, offset + shift
            events.append((onset, apex, offset, kind.startswith("micro")))
            rows.append((number, f"disgust1_{index + 1}", onset + 1, apex + 1, offset + 1, "4", "x", kind, "x"))
        folder = root / "rawpic" / f"s{14 + number}" / f"{14 + number}_0101disgustingteeth"
        draw(folder, [f"img{frame + 1}.jpg" for frame in range(FRAMES)], events, rng)
        naming.append((14 + number, f"s{14 + number}", number))
    _save_book(root / "CAS(ME)^2code_final.xlsx", (rows, naming, [("0101", "disgust1")]))
    return root


def make_samm(root: Path, subjects: int = 3) -> Path:
    """200 pictures a second, named SSS_V_NNNN from 1; a macro and, shorter than 0.5 s, a micro per subject."""
    header = ("Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration", "Type", "Action Units",
              "Notes")  # fmt: skip
    rows = [("SAMM Long Videos",), *[(None,)] * 8, header]
    for number in range(1, subjects + 1):
        rng = np.random.default_rng(number)
        video, shift = f"{number:03d}_1", int(rng.integers(0, 30))
        events = [(20 + shift, 90 + shift, 170 + shift, False), (280 + shift, 315 + shift, 350 + shift, True)]
        draw(root / video, [f"{video}_{frame + 1:04d}.jpg" for frame in range(420)], events, rng)
        for index, (onset, apex, offset, micro) in enumerate(events, start=1):
            kind, top = ("Micro - 1/2", -1) if micro else ("Macro", apex + 1)  # nobody annotated the apex of the micro
            rows.append((number, f"{video}_{index}", 1, onset + 1, top, offset + 1, offset - onset + 1, kind, "4", ""))
    _save_book(root / "SAMM_LongVideos.xlsx", (rows,))
    return root


def make_casme3(root: Path, subjects: int = 3) -> Path:
    """Pictures that start at 37 and lack one; a workbook per type."""
    first, missing = 37, 70
    sheets = {"micro": [], "macro": []}
    for number in range(1, subjects + 1):
        rng = np.random.default_rng(number)
        names = [f"{first + frame}.jpg" if frame != missing else "" for frame in range(100)]
        events = [(10, 20, 34, False), (50, 54, 59, True)]
        draw(root / f"spNO.{number}" / "a" / "color", names, events, rng)
        for onset, apex, offset, micro in events:
            numbers = (onset + first, apex + first, offset + first)
            sheets["micro" if micro else "macro"].append((f"spNO.{number}", "a", *numbers, "4"))
    header = ("Subject", "Filename", "Onset", "Apex", "Offset", "AU")
    for kind, name in (("micro", "cas(me)3_part_A_ME_label.xlsx"), ("macro", "cas(me)3_part_A_MaE_label.xlsx")):
        _save_book(root / name, ([header, *sheets[kind]],))
    return root


def _save_book(path: Path, sheets) -> None:
    book = Workbook()
    book.remove(book.active)
    for number, lines in enumerate(sheets):
        sheet = book.create_sheet(str(number))
        for line in lines:
            sheet.append(line)
    book.save(path)
