"""`python -m webapp.decoder_process FOLDER CAPACITY`: one decoder, a process of its own that cuts what it is told.

It reads one JSON object a line from standard input, and answers on standard output with a JSON line that names the
number of bytes following it. It ends when its input ends, so that it never outlives the server. A video that crashes
FFmpeg takes only this process with it. Queue, priorities and replacement are the business of `decoders`.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from spotcore.errors import SpotcoreError
from spotcore.frame_table import FrameTable
from spotcore.magnified_packs import Stretch, cut_magnified, motion_map
from spotcore.packs import cut_pack
from spotcore.thumbnails import thumbnail
from spotcore.video import Video, open_video
from webapp.frame_store import FrameStore

_OPEN_VIDEOS = 3  # kept open, each where its decoder stands: the next pack of a video needs no seek


class Decoder:
    """Carries out tasks with a few videos kept open."""

    def __init__(self, store: FrameStore) -> None:
        self._store = store
        self._open: OrderedDict[tuple[str, str, float], Video] = OrderedDict()

    def do(self, task: dict[str, Any]) -> bytes:
        """Cut what the task names, keep it in the store, and give it.

        Raises:
            SpotcoreError: the video cannot be read.
        """
        made = self._store.read(task["sha256"], task["name"])
        if made is not None:
            return made  # another process cut it meanwhile
        video = self._video(task)
        made = _MAKERS[task["kind"]](video, task)
        self._store.write(task["sha256"], task["name"], made)
        return made

    def _video(self, task: dict[str, Any]) -> Video:
        path, table = task["path"], task["table"]
        changed = os.stat(path).st_mtime if os.path.exists(path) else 0.0
        key = (path, table, changed)
        if key not in self._open:
            while len(self._open) >= _OPEN_VIDEOS:
                self._open.popitem(last=False)[1].close()
            self._open[key] = open_video(Path(path), task["rate"], table=FrameTable.load(Path(table)))
        self._open.move_to_end(key)
        return self._open[key]


def _magnified(video: Video, task: dict[str, Any]) -> bytes:
    detail = task["detail"]
    return cut_magnified(video, Stretch(*detail["stretch"]), _rows(detail["reference"])[0],
                         _rows(detail["similarities"]), detail["factor"])  # fmt: skip


def _motion(video: Video, task: dict[str, Any]) -> bytes:
    detail = task["detail"]
    return motion_map(video, tuple(detail["frames"]), _rows(detail["similarities"]))


def _rows(text: str) -> np.ndarray:
    """(N, 4) float32 similarities from the base64 that `routes.looking` wrote."""
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(-1, 4)


_MAKERS: dict[str, Callable[[Video, dict[str, Any]], bytes]] = {
    "pack": lambda video, task: cut_pack(video, task["index"], task["width"]),
    "thumbnail": lambda video, task: thumbnail(video, task["index"], task["width"]),
    "magnified": _magnified,
    "motion": _motion,
}


def serve(decoder: Decoder, tasks: BinaryIO, answers: BinaryIO) -> None:
    """Answer task after task until there are no more."""
    for line in tasks:
        data = b""
        try:
            data = decoder.do(json.loads(line))
            answer: dict[str, Any] = {"bytes": len(data)}
        except SpotcoreError as error:
            answer = {"bytes": 0, "refused": str(error), "kind": type(error).__name__}
        except Exception as error:
            answer = {"bytes": 0, "failed": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.write(data)
        answers.flush()


def main() -> None:
    # Ctrl-C goes to the whole group of processes; the server closes our input when it stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # whatever a library prints must not come between the answers
    import cv2

    cv2.setNumThreads(1)
    try:
        serve(Decoder(FrameStore.at(Path(sys.argv[1]), int(sys.argv[2]))), sys.stdin.buffer, answers)
    except BrokenPipeError:
        os._exit(0)  # the server is gone


if __name__ == "__main__":
    main()
