"""Signals of other programs beside a video: GET and POST /api/videos/{id}/imported, DELETE and GET .../{signal}.

A file travels as the body of one POST to disk, is read once, and lies as plain arrays in the data folder from then on;
curves of it have the binary format of `signals`.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webapp.doors import Refusal, authorised
from webapp.exchange.signals_csv import read_signals
from webapp.routes.plain import plain
from webapp.routes.signals import MOST_BINS, pack_curves, whole_number
from webapp.routes.videos import require_sight, table_of, video_of
from webapp.services import blindness, imported_signals
from webapp.values.library import VideoDetails
from webapp.values.signals import SignalInfo

LARGEST_FILE = 256 * 2**20
MOST_CURVES = 32
LONGEST_TITLE = 200


def imported_routes(prefix: str) -> list[Route]:
    """The routes of this module, relative to /api."""
    return [
        Route(f"{prefix}/imported", listing),
        Route(f"{prefix}/imported", add, methods=["POST"]),
        Route(f"{prefix}/imported/{{signal:int}}", remove, methods=["DELETE"]),
        Route(f"{prefix}/imported/{{signal:int}}/curves", curves),
    ]


def listing(request: Request) -> Response:
    """{"signals": [{"id", "title", "columns": [[name, unit], ...], "samples", "note"}]}, none for who codes blind."""
    video = video_of(request)
    blind = blindness.withheld(request.state.database, video.id, authorised(request).annotator_id)
    found = () if blind else imported_signals.list_signals(request.state.database, video.id)
    return JSONResponse({"signals": [_shown(signal) for signal in found]}, headers={"Cache-Control": "no-store"})


async def add(request: Request) -> Response:
    """POST imported?name=FILE with the file as body: 201 with the signal, 422 says what is wrong with it."""
    video = await run_in_threadpool(video_of, request)
    title = " ".join(request.query_params.get("name", "").split())[:LONGEST_TITLE]
    if not title:
        raise Refusal(422, "expected ?name= with the name of the file")
    await run_in_threadpool(imported_signals.require_free, request.state.database, video.id, title)
    folder = request.state.settings.data_dir / "signals" / str(video.id) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        await _receive(request, folder / "source.csv", title)
        signal = await run_in_threadpool(_store, request, video, title, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return JSONResponse(_shown(signal), 201)


def remove(request: Request) -> Response:
    """Row first, then the numbers: a crash in between leaves files that nobody asks for, never a row without."""
    video = video_of(request)
    by = authorised(request).annotator_id
    path = imported_signals.delete_signal(request.state.database, video.id, request.path_params["signal"], by)
    shutil.rmtree(request.state.settings.located(path), ignore_errors=True)
    return Response(status_code=204)


def curves(request: Request) -> Response:
    """GET curves?columns=0,5&first=&last=&bins=: columns by their place in the list; channels are named by it."""
    require_sight(request)
    video = video_of(request)
    signal = imported_signals.get_signal(request.state.database, video.id, request.path_params["signal"])
    places = request.query_params.get("columns", "").split(",")
    if not all(p.isdigit() and int(p) < len(signal.columns) for p in places) or len(places) > MOST_CURVES:
        raise Refusal(422, f"columns: expected up to {MOST_CURVES} numbers below {len(signal.columns)}")
    last_frame = video.frame_count - 1
    first = whole_number(request, "first", 0, 0, last_frame)
    last = min(whole_number(request, "last", last_frame, first, 10**9), last_frame)
    bins = whole_number(request, "bins", 1024, 1, MOST_BINS)
    folder = request.state.settings.located(signal.path)
    try:
        # Read where they lie: of hundreds of columns a few are looked at.
        frames = np.load(folder / "frames.npy", mmap_mode="r")
        values = np.load(folder / "values.npy", mmap_mode="r")
    except FileNotFoundError:
        raise Refusal(404, f"the numbers of {signal.title} are no longer on disk; import it again") from None
    body = pack_curves(frames, {place: values[int(place)] for place in places}, first, last, bins)
    headers = {"Cache-Control": "private, max-age=3600"}
    return Response(body, media_type="application/octet-stream", headers=headers)


async def _receive(request: Request, path: Path, title: str) -> None:
    size = 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST_FILE:
                raise Refusal(413, f"{title}: expected at most {LARGEST_FILE // 2**20} MB; keep the columns needed")
            file.write(chunk)


def _store(request: Request, video: VideoDetails, title: str, folder: Path) -> SignalInfo:
    """Read the file, keep its numbers in its place and make it known; blocks."""
    table = read_signals(folder / "source.csv", title, table_of(request, video))
    np.save(folder / "frames.npy", table.frames)
    np.save(folder / "values.npy", table.values)
    (folder / "source.csv").unlink()
    database, settings = request.state.database, request.state.settings
    made = imported_signals.add_signal(
        database, video.id, authorised(request).annotator_id, title, settings.stored(folder), table.columns,
        len(table.frames), table.note,
    )  # fmt: skip
    return imported_signals.get_signal(database, video.id, made)


def _shown(signal: SignalInfo) -> dict[str, object]:
    """Where files lie is nobody's business in a browser."""
    return {name: value for name, value in plain(signal).items() if name not in ("path", "video_id")}
