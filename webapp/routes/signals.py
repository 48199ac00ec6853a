"""Curves for the timelines, as much as a screen can show: GET /api/videos/{id}/curves, /signals, /landmarks, /marks.

Both answer in one binary format: b"GCV1", uint32 length of the header, JSON header, padding to 4 bytes, float32 rows.
Few samples travel as they are ("raw"); many as minimum and maximum per bin ("minmax"), so that a peak of one frame
stays visible. Nothing is averaged and nothing is computed from video here.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spotcore.feature_files import Traces, load_traces
from spotcore.probabilities import Curves, load_curves
from spotcore.regions import PICTURE_POINTS, REGION_GROUPS
from spotcore.source_marks import source_marks
from webapp.doors import Refusal
from webapp.files_read import FilesRead
from webapp.routes.plain import plain
from webapp.routes.videos import require_sight, table_of, video_of
from webapp.services import spotting
from webapp.settings import Settings
from webapp.values.library import VideoDetails
from webapp.values.spotting import RunDetails

T = TypeVar("T")
MOST_BINS = 8192
_curves: FilesRead[Curves] = FilesRead(load_curves, keep=6)
_traces: FilesRead[Traces] = FilesRead(load_traces, keep=4)
_drawn: FilesRead[dict[str, np.ndarray]] = FilesRead(lambda path: motion_channels(_traces.read(path)), keep=4)


def curves(request: Request) -> Response:
    """Probabilities of a run (?run=, else the newest finished one) between ?first= and ?last=, in ?bins=."""
    require_sight(request)
    video, path = _run_file(request, "curves_path")
    read = _read(_curves, path, f"the curves of {video.title}")
    return _answer(request, video, read.frames, read.channels)


def signals(request: Request) -> Response:
    """What was measured in the video: motion per group of regions, head, eyes, mouth, noise."""
    require_sight(request)
    video, path = _run_file(request, "features_path")
    traces = _read(_traces, path, f"the measurements of {video.title}")
    return _answer(request, video, traces.frames, _drawn.read(path))


def landmarks(request: Request) -> Response:
    """Places on the face in ?frame=, in pixels of the picture as shown: {"found", "points", "regions"}.

    Points are landmarks that tell head motion, regions are by name. Traces of an older extractor lack them: not found.
    """
    _, traces = traces_of(request)
    frame = whole_number(request, "frame", 0, 0, 10**9)
    place = int(np.searchsorted(traces.frames, frame, side="right")) - 1
    kept = all(f"picture/{name}/x" in traces.signals for name in PICTURE_POINTS)
    if place < 0 or not kept or not traces.found[place]:
        return JSONResponse({"found": False, "points": [], "regions": {}})
    places = {
        name: [round(float(traces.signals[f"picture/{name}/{axis}"][place]), 2) for axis in "xy"]
        for name in PICTURE_POINTS
    }
    regions = {name: places.pop(name) for name in traces.kind.regions if name in places}
    return JSONResponse({"found": True, "points": list(places.values()), "regions": regions})


def marks(request: Request) -> Response:
    """Where the source is not even: {"missing", "gaps", "crowded", "repeated", "cut"} as `source_marks` finds them."""
    video = video_of(request)
    try:
        traces = traces_of(request)[1]
    except Refusal:  # not spotted: what the frame table says is known all the same
        traces = None
    found = source_marks(table_of(request, video), traces)
    return JSONResponse(plain(found), headers={"Cache-Control": "private, max-age=60"})


def traces_file(request: Request) -> tuple[VideoDetails, Path]:
    """The video in the address and where the measurements of its run (?run=, else the newest) lie."""
    return _run_file(request, "features_path")


def traces_of(request: Request) -> tuple[VideoDetails, Traces]:
    """The video in the address and the measurements of its run; 404 where there are none."""
    video, path = _run_file(request, "features_path")
    return video, _read(_traces, path, f"the measurements of {video.title}")


def read_ahead(settings: Settings, run: RunDetails) -> None:
    """Read what the timelines of this run will ask for; raises where it cannot be read."""
    if run.curves_path:
        _curves.read(settings.located(run.curves_path))
    if run.features_path:
        _drawn.read(settings.located(run.features_path))


def motion_channels(traces: Traces) -> dict[str, np.ndarray]:
    """Traces as curves for people, (T,) float32 each.

    Motion of a group is the largest displacement of its regions against its own median over the video, in per cent of
    the inter-ocular distance. Frames without a face are not a number, so that the line breaks there.
    """
    if len(traces) == 0:
        return {}
    rest = np.median(traces.displacement, axis=0, keepdims=True)
    size = np.linalg.norm(traces.displacement - rest, axis=-1)  # (T, R)
    channels = {name: size[:, list(members)].max(axis=1) for name, members in REGION_GROUPS.items()}
    channels["head_shift"] = np.linalg.norm(traces.head_motion[:, :2], axis=-1)
    channels["head_turn"] = np.linalg.norm(traces.head_motion[:, 4:6], axis=-1)
    channels["eye_openness"] = traces.eye_openness
    channels["mouth_activity"] = traces.mouth_activity
    channels["noise_floor"] = traces.noise_floor
    return {name: np.where(traces.found, values, np.nan).astype(np.float32) for name, values in channels.items()}


def pack_curves(frames: np.ndarray, channels: Mapping[str, np.ndarray], first: int, last: int, bins: int) -> bytes:
    """Samples of [first, last] in the binary format.

    Args:
        frames: (T,) original frame number of each sample, ascending.
        channels: name -> (T,) values.
        first, last: original frames, both included.
        bins: columns of the screen; at most twice as many samples travel as they are.
    """
    begin, end = int(np.searchsorted(frames, first)), int(np.searchsorted(frames, last, side="right"))
    # One sample beyond each end, so that the lines reach the borders of the picture.
    begin, end = max(0, begin - 1), min(len(frames), end + 1)
    header: dict[str, object] = {"first": first, "last": last, "channels": list(channels)}
    if end - begin <= 2 * bins:
        header |= {"kind": "raw", "samples": end - begin, "frames": frames[begin:end].tolist()}
        rows = [np.asarray(values[begin:end], "<f4") for values in channels.values()]
    else:
        header |= {"kind": "minmax", "samples": bins, "bins": bins}
        edges = first + (last + 1 - first) * np.arange(bins + 1) / bins
        starts = np.searchsorted(frames, edges)
        rows = [row for values in channels.values() for row in _extremes(np.asarray(values, np.float32), starts)]
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 4)
    return b"GCV1" + struct.pack("<I", len(text)) + text + b"".join(row.astype("<f4").tobytes() for row in rows)


def _extremes(values: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minimum and maximum of values[starts[i]:starts[i + 1]]; not a number for a bin without samples."""
    lows, highs = np.full(len(starts) - 1, np.nan, np.float32), np.full(len(starts) - 1, np.nan, np.float32)
    filled = np.flatnonzero(np.diff(starts) > 0)
    if len(filled):
        # Between two filled bins lie only empty ones, so the segments of reduceat are the bins themselves.
        window = values[: starts[-1]]
        lows[filled] = np.fmin.reduceat(window, starts[filled])
        highs[filled] = np.fmax.reduceat(window, starts[filled])
    return lows, highs


def _answer(request: Request, video: VideoDetails, frames: np.ndarray, channels: Mapping[str, np.ndarray]) -> Response:
    last_frame = video.frame_count - 1
    first = whole_number(request, "first", 0, 0, last_frame)
    last = whole_number(request, "last", last_frame, first, 10**9)
    bins = whole_number(request, "bins", 1024, 1, MOST_BINS)
    return Response(
        pack_curves(frames, channels, first, min(last, last_frame), bins),
        media_type="application/octet-stream",
        headers={"Cache-Control": "private, max-age=60"},
    )


def _run_file(request: Request, column: str) -> tuple[VideoDetails, Path]:
    """The video in the address, and the file in that column of its run."""
    video = video_of(request)
    database = request.state.database
    if "run" in request.query_params:
        run = spotting.get_run(database, whole_number(request, "run", 0, 1, 2**31))
        if run.video_id != video.id:
            raise Refusal(404, f"run {run.id} is not of this video")
    else:
        run = spotting.latest_run(database, video.id)
    stored = getattr(run, column) if run else None
    if not stored:
        raise Refusal(404, f"{video.title} has not been spotted yet")
    return video, request.state.settings.located(stored)


def _read(files: FilesRead[T], path: Path, what: str) -> T:
    try:
        return files.read(path)
    except FileNotFoundError:
        raise Refusal(404, f"{what} are no longer on disk; spot the video again") from None


def whole_number(request: Request, name: str, default: int, lowest: int, highest: int) -> int:
    """A number in the address, the default where it is left out; 422 names what was expected."""
    text = request.query_params.get(name)
    if text in (None, ""):
        return default
    if not text.removeprefix("-").isdecimal() or not lowest <= int(text) <= highest:
        raise Refusal(422, f"{name}: expected a whole number from {lowest} to {highest}, got {text!r}")
    return int(text)
