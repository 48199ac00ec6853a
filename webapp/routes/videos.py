"""What the player must know of a video before it draws: GET /api/videos/{id}, /timestamps, /sources, /present.

Columns of the frame table travel as plain little-endian arrays. Pictures and sound live in `frames`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spotcore.frame_table import FrameTable
from spotcore.packs import PACK_FRAMES
from webapp.doors import Refusal, authorised
from webapp.files_read import FilesRead
from webapp.services import blindness, library
from webapp.values.library import VideoDetails

_tables: FilesRead[FrameTable] = FilesRead(FrameTable.load, keep=8)


def video_of(request: Request) -> VideoDetails:
    """The video in the address, of the study that the token is for.

    Raises:
        Refusal: 404; somebody else's video is as unknown as none.
    """
    identity = authorised(request)
    video = library.get_video(request.state.database, request.path_params["id"])
    if video.study_id != identity.study_id:
        raise Refusal(404, f"there is no video {request.path_params['id']}")
    return video


def require_sight(request: Request) -> None:
    """Let nobody see what a program found in a video that they code blind.

    Raises:
        Refusal: 403 while the annotator in the token codes the video in the address blind, 404 as `video_of`.
    """
    if blindness.withheld(request.state.database, video_of(request).id, authorised(request).annotator_id):
        raise Refusal(403, blindness.WITHHELD)


def table_of(request: Request, video: VideoDetails) -> FrameTable:
    """The frame table written at import; 409 while there is none."""
    path = request.state.settings.located(f"media/{video.id}/frames.npz")
    try:
        return _tables.read(path)
    except FileNotFoundError:
        raise Refusal(409, f"{video.title} is not imported yet") from None


def describe(request: Request) -> Response:
    """JSON facts about one video; `plain_sources`: frames have the numbers that they have in the source."""
    video = video_of(request)
    table = table_of(request, video)
    return JSONResponse(
        {
            "id": video.id,
            "title": video.title,
            "subject": video.subject,
            "frame_count": table.frame_count,
            "fps": table.fps,
            "variable_rate": table.variable_rate,
            "irregular": table.irregular,
            "missing_frames": int((~table.present).sum()),
            "plain_sources": bool((table.source_numbers == np.arange(table.frame_count)).all()),
            "width": video.width,
            "height": video.height,
            "pack_frames": PACK_FRAMES,
            "has_audio": video.has_audio,
            "synthetic": video.synthetic,
            "duration": table.duration,
        }
    )


def column(pick: Callable[[FrameTable], np.ndarray], dtype: str) -> Callable[[Request], Response]:
    """A route that answers with one column of the frame table."""

    def answer(request: Request) -> Response:
        values = pick(table_of(request, video_of(request)))
        # The table of an imported video never changes.
        return Response(
            np.ascontiguousarray(values, dtype=dtype).tobytes(),
            media_type="application/octet-stream",
            headers={"Cache-Control": "private, max-age=3600"},
        )

    return answer


timestamps = column(lambda table: table.timestamps, "<f8")
sources = column(lambda table: table.source_numbers, "<i8")
present = column(lambda table: table.present, "u1")
