"""Signals of other programs from CSV: a column of frames or of seconds, and columns of numbers.

Output of OpenFace is known (its frames count from 1, its units are those of its manual). Elsewhere frames count from 0
and a unit is what the name of a column has in brackets. Every refusal says what was expected and where.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from spotcore.frame_table import FrameTable
from webapp.services.errors import Refused

MOST_COLUMNS = 2000
FRAME_NAMES = ("frame", "frames", "frame_number", "frame number", "frame_index", "frame index")
TIME_NAMES = {"time": 1.0, "timestamp": 1.0, "timestamps": 1.0, "seconds": 1.0, "t": 1.0, "milliseconds": 1e-3}
TIME_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "milliseconds": 1e-3}
_BRACKETS = re.compile(r"(.*?)\s*[(\[]([^()\[\]]{1,20})[)\]]\s*")
_OPENFACE = {
    r"AU\d\d_r": "of 5", r"AU\d\d_c": "0 or 1", r"gaze_angle_[xy]|pose_R[xyz]": "rad",
    r"pose_T[xyz]|[XYZ]_\d+|eye_lmk_[XYZ]_\d+": "mm", r"[xy]_\d+|eye_lmk_[xy]_\d+": "px", r"confidence": "of 1",
}  # fmt: skip


@dataclass(frozen=True)
class SignalTable:
    """Numbers of one file on the frames of one video.

    Attributes:
        frames: (T,) int64 ascending; several samples may lie in one frame.
        columns: C pairs (name, unit); the unit is "" where nothing says it.
        values: (C, T) float32, not a number where a cell was empty.
        note: what was left out, "" where nothing was.
    """

    frames: np.ndarray
    columns: tuple[tuple[str, str], ...]
    values: np.ndarray
    note: str = ""


def read_signals(path: Path, title: str, table: FrameTable) -> SignalTable:
    """Read a file for the video with that frame table.

    Args:
        title: names the file in messages.

    Raises:
        Refused: naming what was expected, and the line where there is one.
    """
    data = _read(path, title)
    openface = {"frame", "confidence", "success"} <= set(data.columns)
    notes = []
    if openface and "face_id" in data.columns and data["face_id"].nunique() > 1:
        first = data["face_id"].min()
        data = data[data["face_id"] == first]
        notes.append(f"only face {first} was taken")
    frames, used, outside = _frames(data, title, table, 1 if openface else 0)
    if outside.any():
        notes.append(f"{int(outside.sum())} of {len(outside)} rows lie outside the video and were left out")
    numbers = data.drop(columns=[*used, *(["face_id"] if openface and "face_id" in data.columns else [])])
    full = numbers.notna().any()
    kept = [name for name in numbers.columns if pd.api.types.is_numeric_dtype(numbers[name]) and full[name]]
    lost = [str(name) for name in numbers.columns if name not in kept]
    if lost:
        notes.append(f"no numbers in {', '.join(lost[:5])}{' and others' if len(lost) > 5 else ''}")
    if not kept:
        raise Refused(f"{title}: expected at least one column of numbers beside {' and '.join(used)}.")
    if len(kept) > MOST_COLUMNS:
        raise Refused(f"{title}: expected at most {MOST_COLUMNS} columns of numbers, got {len(kept)}.")
    order = np.flatnonzero(~outside)[np.argsort(frames[~outside], kind="stable")]
    values = numbers[kept].to_numpy(np.float32).T[:, order]  # (C, T)
    values[~np.isfinite(values)] = np.nan
    return SignalTable(
        frames[order].astype(np.int64), tuple(_column(str(name), openface) for name in kept),
        np.ascontiguousarray(values), "; ".join(notes),
    )  # fmt: skip


def _read(path: Path, title: str) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig") as file:
            head = file.readline(1 << 20)
            second = file.readline(1 << 20)
        separator = max(",;\t", key=head.count)
        # Where semicolons separate, many programs write numbers with a decimal comma.
        decimal = "," if separator != "," and re.search(r"\d,\d", second) else "."
        data = pd.read_csv(path, sep=separator, decimal=decimal, encoding="utf-8-sig", skipinitialspace=True)
    except UnicodeDecodeError:
        raise Refused(f"{title}: expected a CSV file of UTF-8 text.") from None
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise Refused(f"{title}: expected a table with one row per sample ({str(error).strip()}).") from None
    data.columns = [str(name).strip() for name in data.columns]
    if not len(data):
        raise Refused(f"{title}: expected rows below the line of column names, got none.")
    return data


def _frames(data: pd.DataFrame, title: str, table: FrameTable, base: int) -> tuple[np.ndarray, list[str], np.ndarray]:
    """(frame of each row, columns that told it, which rows lie outside the video)."""
    names = {name.lower(): name for name in data.columns}
    frame = next((names[known] for known in FRAME_NAMES if known in names), None)
    times = {name: scale for name in data.columns if (scale := _seconds(name)) is not None}
    if frame is None and not times:
        shown = ", ".join(list(data.columns)[:8])
        raise Refused(f"{title}: expected a column “frame” or “time” (seconds), got the columns {shown}.")
    if frame is not None:
        numbers = _numbers(data, frame, title)
        whole = np.rint(numbers)
        odd = np.flatnonzero(whole != numbers)
        if len(odd):
            raise Refused(f"{title}, line {odd[0] + 2}: expected a whole number in “{frame}”, got {numbers[odd[0]]:g}.")
        frames = whole - base
        wrong = np.flatnonzero((frames < 0) | (frames >= table.frame_count))
        if len(wrong):
            raise Refused(
                f"{title}, line {wrong[0] + 2}: expected frames {base} to {table.frame_count - 1 + base}, got "
                f"{numbers[wrong[0]]:.0f}. Is it of another video?"
            )
        return frames, [frame, *times], np.zeros(len(frames), bool)
    name, scale = next(iter(times.items()))
    seconds = _numbers(data, name, title) * scale
    frames = np.searchsorted(table.timestamps, seconds + 1e-6, side="right") - 1
    outside = (frames < 0) | (seconds > table.duration)
    if outside.all():
        raise Refused(
            f"{title}: expected seconds from 0 to {table.duration:.2f} in “{name}”, got {seconds.min():g} to "
            f"{seconds.max():g}. Time counts from the first frame."
        )
    return frames, [name], outside


def _seconds(name: str) -> float | None:
    """Seconds per unit of a column of times, None for any other column."""
    found = _BRACKETS.fullmatch(name)
    plain, unit = (found[1].lower(), found[2].lower()) if found else (name.lower(), None)
    if plain.endswith("_ms") and plain[:-3] in TIME_NAMES:
        return 1e-3
    if plain not in TIME_NAMES:
        return None
    return TIME_NAMES[plain] if unit is None else TIME_UNITS.get(unit)


def _numbers(data: pd.DataFrame, name: str, title: str) -> np.ndarray:
    numbers = pd.to_numeric(data[name], errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        got = data[name].iloc[wrong[0]]
        raise Refused(f"{title}, line {wrong[0] + 2}: expected a number in “{name}”, got {str(got)[:40]!r}.")
    return numbers


def _column(name: str, openface: bool) -> tuple[str, str]:
    """(name, unit)"""
    found = _BRACKETS.fullmatch(name)
    if found:
        return found[1], found[2]
    units = [unit for pattern, unit in _OPENFACE.items() if re.fullmatch(pattern, name)] if openface else []
    return name, units[0] if units else ""
