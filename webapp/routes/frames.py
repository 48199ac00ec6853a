"""What the player draws and plays: packs of frames, thumbnails, sound. The columns of the frame table live in `videos`.

Nothing is decoded here: what is not on disk is asked of the pool of decoder processes, and files are read in threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from spotcore.errors import SpotcoreError
from spotcore.packs import PACK_FRAMES, PACK_WIDTH, pack_count
from spotcore.thumbnails import THUMBNAIL_WIDTH
from webapp.decoders import AHEAD, ASKED, DecoderFailed, DecoderPool, Overloaded, Task
from webapp.doors import Refusal, ServerParts
from webapp.frame_store import FrameStore, pack_name, stored_width
from webapp.routes.videos import video_of

RETRY_SECONDS = 1
_LOOK_SECONDS = 0.5  # how often a waiting request looks whether its browser is still there
# The content never changes under one address as long as the video is there; an hour bounds what a shared browser
# keeps of a person who was withdrawn.
_KEEP = {"Cache-Control": "private, max-age=3600", "Content-Encoding": "identity"}
_LIVELY = {"Cache-Control": "private, no-cache", "Content-Encoding": "identity"}


@dataclass(frozen=True)
class FrameParts:
    """What these routes work with; made once per server, kept in `ServerParts.more["frames"]`."""

    store: FrameStore
    decoders: DecoderPool


def open_frames(parts: ServerParts) -> Callable[[], None]:
    """Start the decoders of a server; returns what stops them again."""
    store = FrameStore(parts.settings)
    pool = DecoderPool(store)
    parts.more["frames"] = FrameParts(store, pool)
    return pool.close


def frame_routes(prefix: str = "/videos/{id:int}") -> list[Route]:
    """The routes of this module, relative to /api. GET and HEAD each."""
    return [
        Route(f"{prefix}/packs/{{index:int}}", pack),
        Route(f"{prefix}/thumbnail", picture),
        Route(f"{prefix}/audio", sound),
    ]


async def pack(request: Request) -> Response:
    """GET packs/{index}?width=960|full[&ahead=1]: a pack, cut now if need be.

    `ahead=1` marks what is fetched before anybody asked for it: it gives way to everything else.
    """
    video = await anyio.to_thread.run_sync(imported_video, request)
    index = request.path_params["index"]
    if index >= pack_count(video.frame_count):
        raise Refusal(404, f"{video.title} has the packs 0 to {pack_count(video.frame_count) - 1}, not {index}")
    asked = request.query_params.get("width", str(PACK_WIDTH))
    if asked not in (str(PACK_WIDTH), "full"):
        raise Refusal(422, f"expected width={PACK_WIDTH} or width=full, got {asked!r}")
    width = stored_width(None if asked == "full" else PACK_WIDTH, video.width)
    last = min((index + 1) * PACK_FRAMES, video.frame_count) - 1
    task = task_of(request, video, "pack", pack_name(index, width), index, width,
                 f"frames {index * PACK_FRAMES} to {last} of {video.title}")  # fmt: skip
    return await answer_with(request, task, "application/octet-stream")


async def picture(request: Request) -> Response:
    """GET thumbnail[?frame=N]: a small JPEG of the video, or of that frame."""
    asked = request.query_params.get("frame")
    video = await anyio.to_thread.run_sync(imported_video, request)
    if asked is None:
        if video.thumbnail_path is None:
            raise Refusal(404, f"{video.title} has no thumbnail")
        return await _file(request, video.thumbnail_path, "image/jpeg", f"the thumbnail of {video.title}")
    if not asked.isdecimal() or int(asked) >= video.frame_count:
        raise Refusal(422, f"{video.title} has the frames 0 to {video.frame_count - 1}, not {asked!r}")
    frame = int(asked)
    task = task_of(request, video, "thumbnail", f"t{THUMBNAIL_WIDTH}-{frame:09d}.jpg", frame, THUMBNAIL_WIDTH,
                 f"frame {frame} of {video.title}")  # fmt: skip
    return await answer_with(request, task, "image/jpeg")


async def sound(request: Request) -> Response:
    """GET or HEAD audio: the sound track, whole or a range of it."""
    video = await anyio.to_thread.run_sync(imported_video, request)
    if video.audio_path is None:
        raise Refusal(404, f"{video.title} has no sound")
    return await _file(request, video.audio_path, "audio/mp4", f"the sound of {video.title}")


def imported_video(request: Request) -> Any:
    """The video in the address once it is imported; blocks (database)."""
    video = video_of(request)
    if video.state != "ready" or video.sha256 is None or video.frames_path is None:
        raise Refusal(409, f"{video.title} is not imported yet")
    return video


def task_of(request: Request, video: Any, kind: str, name: str, index: int | None, width: int | None, what: str,
            detail: dict[str, Any] | None = None) -> Task:  # fmt: skip
    """A task for the decoders; see `Task` for what the parts mean."""
    settings = request.state.settings
    return Task(kind, video.sha256, name, str(settings.located(video.path)), video.rate,
                str(settings.located(video.frames_path)), index, width, what, detail)  # fmt: skip


async def _file(request: Request, stored: str, kind: str, what: str) -> Response:
    path = Path(request.state.settings.located(stored))
    if not await anyio.Path(path).is_file():
        raise Refusal(404, f"{what} is not on disk any more")
    return FileResponse(path, media_type=kind, headers=_LIVELY)


async def answer_with(request: Request, task: Task, kind: str) -> Response:
    """The task's result: not modified, from disk, or from a decoder."""
    frames: FrameParts = request.state.parts.more["frames"]
    headers = {**_KEEP, "ETag": f'"{task.sha256[:20]}-{task.name}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    data = await anyio.to_thread.run_sync(frames.store.read, task.sha256, task.name)
    if data is None:
        data = await _cut(request, frames.decoders, task)
    return Response(data, media_type=kind, headers=headers)


async def _cut(request: Request, decoders: DecoderPool, task: Task) -> bytes:
    """Wait for a decoder, as long as the browser waits."""
    try:
        future = decoders.submit(task, AHEAD if request.query_params.get("ahead") == "1" else ASKED)
        return await _wait(request, future)
    except Overloaded as error:
        raise Refusal(503, str(error), {"Retry-After": str(RETRY_SECONDS)}) from None
    except DecoderFailed as error:
        raise Refusal(500, str(error)) from None
    except SpotcoreError as error:
        raise Refusal(422, str(error)) from None


async def _wait(request: Request, future: Future[bytes]) -> bytes:
    waiting = asyncio.wrap_future(future)
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=_LOOK_SECONDS)
            if done:
                return waiting.result()
            if await request.is_disconnected():
                raise Refusal(499, "the browser went away")
    finally:
        if not waiting.done():
            future.cancel()  # nobody waits: the pool may forget it
            waiting.cancel()
