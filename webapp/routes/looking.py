"""Routes for seeing a movement: where the face is in every frame, an interval magnified, what moved where.

GET /api/videos/{id}/faces, /magnified and /motion; GET and PUT /neutral, the subject's face at rest. Pictures are
computed by the decoder processes and kept beside the packs; here only stored measurements are read.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import anyio
import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from spotcore.feature_files import load_traces
from spotcore.magnified_packs import Stretch
from spotcore.magnify import LARGEST_FACTOR
from spotcore.stabilising import FaceFrames, stabilise
from webapp.doors import Refusal, authorised, read_body
from webapp.files_read import FilesRead
from webapp.routes.frames import answer_with, imported_video, task_of
from webapp.routes.signals import traces_file
from webapp.routes.videos import video_of
from webapp.services import neutral_frames
from webapp.values.library import VideoDetails

MOST_FACES = 8192  # frames of one answer
MARGIN_SECONDS = 0.25  # magnified on both sides of an interval, so that stepping out of it shows how it begins
_VERSION = 2  # of what the decoders make; a new one leaves older files unread
_faces: FilesRead[FaceFrames] = FilesRead(lambda path: stabilise(load_traces(path)), keep=4)


def looking_routes(prefix: str = "/videos/{id:int}") -> list[Route]:
    """The routes of this module, relative to /api."""
    return [
        Route(f"{prefix}/faces", faces),
        Route(f"{prefix}/magnified", magnified),
        Route(f"{prefix}/motion", motion),
        Route(f"{prefix}/neutral", neutral),
        Route(f"{prefix}/neutral", pin_neutral, methods=["PUT"]),
    ]


def faces(request: Request) -> Response:
    """GET faces?first=&last=: float32 little-endian (frames, 4), picture pixels -> face at rest.

    A row is real and imaginary part of the scaling, then of the shift: x + iy of the face, in inter-ocular distances
    from the middle of the eyes, is scaling * (x + iy of the picture) + shift. Not a number where no face is.
    """
    video, path = traces_file(request)
    first = _whole(request, "first", 0, video.frame_count - 1)
    last = _whole(request, "last", first, min(first + MOST_FACES, video.frame_count) - 1)
    rows = _face_frames(path, video).at(np.arange(first, last + 1))
    headers = {"Cache-Control": "private, max-age=60"}
    return Response(rows.astype("<f4").tobytes(), media_type="application/octet-stream", headers=headers)


def neutral(request: Request) -> Response:
    """GET neutral: {"neutral": {"video", "title", "frame"} or null}, what the annotator pinned for the subject."""
    return _neutral(request, video_of(request).id)


async def pin_neutral(request: Request) -> Response:
    """PUT neutral {"frame": number or null}: pin a frame of this video for its subject, or let go of the pinned one."""
    said = Pin.model_validate_json(await read_body(request, 1024))
    return await anyio.to_thread.run_sync(_pin, request, said.frame)


class Pin(BaseModel):
    """The frame to pin."""

    model_config = ConfigDict(extra="forbid", strict=True)

    frame: Annotated[int, Field(ge=0)] | None


def _pin(request: Request, frame: int | None) -> Response:
    video = video_of(request)
    neutral_frames.pin(request.state.database, authorised(request).annotator_id, video.id, frame)
    return _neutral(request, video.id)


def _neutral(request: Request, video_id: int) -> Response:
    found = neutral_frames.neutral_frame(request.state.database, authorised(request).annotator_id, video_id)
    said = None if found is None else {"video": found.video_id, "title": found.title, "frame": found.frame}
    return JSONResponse({"neutral": said}, headers={"Cache-Control": "no-store"})


async def magnified(request: Request) -> Response:
    """GET magnified?onset=&offset=&factor=8[&ahead=1]: a pack of the interval and a little around it.

    Movement is measured from the onset. Long intervals show every k-th frame; each row of the header names its frame.
    """
    wanted = await anyio.to_thread.run_sync(_magnification, request)
    video, stretch, factor = wanted.video, wanted.stretch, wanted.factor
    detail = {
        "stretch": [stretch.first, stretch.last, stretch.reference],
        "reference": _text(wanted.rows[:1]),
        "similarities": _text(wanted.rows[1:]),
        "factor": factor,
    }
    name = f"magnified-{stretch.first}-{stretch.last}-x{factor:g}-{_digest(detail)}.gpk"
    task = task_of(request, video, "magnified", name, None, None,
                   f"the magnified frames {stretch.first} to {stretch.last} of {video.title}", detail)  # fmt: skip
    return await answer_with(request, task, "application/octet-stream")


async def motion(request: Request) -> Response:
    """GET motion?from=&to=: how far each place of the face moved, per cent; the layout is that of `motion_map`."""
    video, frames, rows = await anyio.to_thread.run_sync(_movement, request)
    detail = {"frames": frames, "similarities": _text(rows)}
    name = f"motion-{frames[0]}-{frames[1]}-{_digest(detail)}.ghm"
    task = task_of(request, video, "motion", name, None, None,
                   f"the movement from frame {frames[0]} to {frames[1]} of {video.title}", detail)  # fmt: skip
    return await answer_with(request, task, "application/octet-stream")


@dataclass(frozen=True)
class _Magnification:
    """What was asked for; `rows` holds the reference's similarity, then those of the stretch."""

    video: VideoDetails
    stretch: Stretch
    factor: float
    rows: np.ndarray


def _magnification(request: Request) -> _Magnification:
    """Read the request and the measurements; blocks (database, files)."""
    video = imported_video(request)
    onset = _whole(request, "onset", 0, video.frame_count - 1)
    offset = _whole(request, "offset", onset, video.frame_count - 1)
    factor = _whole(request, "factor", 1, LARGEST_FACTOR)
    margin = round(MARGIN_SECONDS * (video.fps or 30.0))
    stretch = Stretch(max(0, onset - margin), min(video.frame_count - 1, offset + margin), onset)
    found = _face_frames(traces_file(request)[1], video)
    rows = found.at(np.concatenate([[onset], stretch.numbers]))
    if not np.isfinite(rows[0]).all():
        raise Refusal(422, f"frame {onset}, the onset, shows no face that was measured; nothing can be magnified")
    return _Magnification(video, stretch, factor, rows)


def _movement(request: Request) -> tuple[VideoDetails, tuple[int, int], np.ndarray]:
    """(video, from and to, their similarities); blocks (database, files)."""
    video = imported_video(request)
    frames = tuple(_whole(request, name, 0, video.frame_count - 1) for name in ("from", "to"))
    rows = _face_frames(traces_file(request)[1], video).at(np.array(frames))
    for frame, row in zip(frames, rows, strict=True):
        if not np.isfinite(row).all():
            raise Refusal(422, f"frame {frame} shows no face that was measured")
    return video, frames, rows


def _face_frames(path: Path, video: VideoDetails) -> FaceFrames:
    try:
        return _faces.read(path)
    except FileNotFoundError:
        raise Refusal(404, f"the measurements of {video.title} are no longer on disk; spot the video again") from None


def _text(rows: np.ndarray) -> str:
    return base64.b64encode(rows.astype("<f4").tobytes()).decode()


def _digest(detail: dict[str, object]) -> str:
    """Another run may have found the face elsewhere: what is kept on disk names all that it was made from."""
    return hashlib.sha256(f"{_VERSION} {json.dumps(detail, sort_keys=True)}".encode()).hexdigest()[:16]


def _whole(request: Request, name: str, lowest: int, highest: int) -> int:
    text = request.query_params.get(name, "")
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise Refusal(422, f"{name}: expected a whole number from {lowest} to {highest}, got {text!r}")
    return int(text)
