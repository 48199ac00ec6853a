"""Uploads: announce, send pieces by offset, finish, cancel. The bytes go to disk as they arrive, never to memory.

POST /api/uploads, GET/PUT/DELETE /api/uploads/{id}, POST /api/uploads/{id}/finish. State lies in `webapp.uploads`.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict

from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webapp.doors import Refusal, arriving, authorised, read_body
from webapp.registration import register
from webapp.services.errors import Refused
from webapp.uploads import Upload, UploadRefused, Uploads

_STATUS = {"unknown": 404, "offset": 409, "incomplete": 409, "size": 413, "disk": 507}
_PIECE = 1 << 20
_ANNOUNCEMENT_LIMIT = 16 * 1024
# One writer per upload: two tabs sending the same file must not interleave. (One server process, by design.)
_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class Announcement(BaseModel):
    """What a browser says before it sends a file."""

    model_config = ConfigDict(extra="forbid")

    filename: str = Field(min_length=1, max_length=1000)
    size: int
    subject: str | None = Field(default=None, max_length=80)
    rate: float | None = Field(default=None, gt=0, le=100_000)


async def announce(request: Request) -> Response:
    """201 with the upload's id and offset 0."""
    identity = authorised(request)
    said = Announcement.model_validate_json(await read_body(request, _ANNOUNCEMENT_LIMIT))

    def create() -> Upload:
        with _sentences():
            return _uploads(request).create(
                said.filename, said.size, identity.annotator_id, identity.study_id, said.subject or "", said.rate
            )

    upload = await run_in_threadpool(create)
    return JSONResponse({"id": upload.id, "offset": 0, "size": upload.size, "title": upload.title}, 201)


def inspect(request: Request) -> Response:
    """How far an upload has come, so that it can go on."""
    uploads, upload = _uploads(request), _mine(request)
    return JSONResponse(
        {"id": upload.id, "offset": uploads.offset(upload), "size": upload.size, "video_id": upload.video_id}
    )


async def append(request: Request) -> Response:
    """Append the body at ?offset=; answers with the new offset, 409 with the true one, 507 when the disk is full."""
    uploads = _uploads(request)
    upload = await run_in_threadpool(_mine, request)
    text = request.query_params.get("offset", "")
    if not text.isdecimal():
        raise Refusal(422, f"expected ?offset= with a number, got {text!r}")
    lock = _locks[upload.id]
    if not lock.acquire(blocking=False):
        raise Refusal(409, "another page is sending this file", offset=await run_in_threadpool(uploads.offset, upload))
    try:
        offset = int(text)
        # Also without a body the offset is checked.
        offset = await run_in_threadpool(_append, uploads, upload, offset, b"")
        buffer = bytearray()
        async for chunk in arriving(request):
            buffer += chunk
            if len(buffer) >= _PIECE:
                offset = await run_in_threadpool(_append, uploads, upload, offset, bytes(buffer))
                buffer.clear()
        if buffer:
            offset = await run_in_threadpool(_append, uploads, upload, offset, bytes(buffer))
    finally:
        lock.release()
    return JSONResponse({"offset": offset})


def finish(request: Request) -> Response:
    """Register the complete file as a video and have it imported; the same answer when asked again."""
    settings, database = request.state.settings, request.state.database
    uploads = _uploads(request)
    with _locks[_mine(request).id]:
        upload = _mine(request)
        if upload.video_id is not None:
            return JSONResponse({"video_id": upload.video_id})
        with _sentences():
            path = uploads.complete(upload)
        try:
            video_id = register(
                settings, database, path, title=upload.title, study_id=upload.study_id, subject=upload.subject,
                rate=upload.rate, added_by=upload.annotator_id,
            )  # fmt: skip
        except Refused:
            # The same content is here already: a second copy that no row points to would only fill the disk.
            uploads.discard(upload)
            raise
        uploads.registered(upload, video_id)
    _locks.pop(upload.id, None)
    return JSONResponse({"video_id": video_id})


def cancel(request: Request) -> Response:
    """Forget the upload and its bytes; a finished one is a video and is deleted there."""
    upload = _mine(request)
    if upload.video_id is not None:
        raise Refusal(409, f"{upload.title} is a video already; delete it in the list of videos")
    with _locks[upload.id]:
        _uploads(request).discard(upload)
    return Response(status_code=204)


def _uploads(request: Request) -> Uploads:
    return request.state.parts.more.get("uploads") or Uploads(request.state.settings)


def _mine(request: Request) -> Upload:
    identity = authorised(request)
    with _sentences():
        upload = _uploads(request).get(request.path_params["id"], identity.annotator_id)
    if upload.study_id != identity.study_id:
        raise Refusal(404, "there is no such upload")
    return upload


def _append(uploads: Uploads, upload: Upload, offset: int, data: bytes) -> int:
    with _sentences():
        return uploads.append(upload, offset, data)


class _sentences:  # noqa: N801  (reads as a clause)
    """Turns a refused upload into its HTTP answer."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UploadRefused):
            extra = {} if error.offset is None else {"offset": error.offset}
            raise Refusal(_STATUS[error.reason], str(error), **extra) from None
        if isinstance(error, json.JSONDecodeError):
            raise Refusal(404, "there is no such upload; it may have been cancelled") from None
