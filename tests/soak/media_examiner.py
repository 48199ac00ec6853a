"""Looks at one media file after the other, in a process of its own that may crash or hang without harm to the test.

Reads one JSON line per file from stdin ({"path", "rate", "seed"}) and answers with one: {"refused": sentence},
or what the file gave. Everything an import and a spotting do with a file is done: probe, frames in order and at
random, thumbnail, sound, traces. An exception that is no SpotcoreError is answered as {"crash": ...}.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
import traceback
import zlib
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_FRAMES = 400  # a damaged clock can turn a clip of 70 frames into hours; folders of that length are sparse
PLACES = 12


class Examiner:
    """The process, seen from the test; started anew after a crash or a hang."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def look(self, path: Path, rate: float | None, seed: int, seconds: float) -> dict:
        """The answer about a file; {"crash": ...} or {"hang": seconds} where there was none."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.media_examiner"], cwd=ROOT, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        question = {"path": str(path), "rate": rate, "seed": seed}
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            self.close()
            return {"hang": seconds}
        line = self._process.stdout.readline()
        if not line:
            return {"crash": f"the process ended with {self._process.wait()}"}
        return json.loads(line)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None


def examine(path: Path, rate: float | None, seed: int) -> dict:
    """What one file gives."""
    import numpy as np

    from spotcore.audio import extract_audio
    from spotcore.errors import SpotcoreError
    from spotcore.features import extract
    from spotcore.thumbnails import thumbnail
    from spotcore.video import open_video, probe

    began = time.monotonic()
    try:
        info = probe(path, rate)
    except SpotcoreError as error:
        return {"refused": str(error)}
    answer = {"frames": info.table.frame_count, "notes": list(info.notes)}
    generator = np.random.default_rng(seed)
    # One thread: with more, what FFmpeg paints over a broken place, and whether it says so, differs from run to run.
    with open_video(path, rate, table=info.table, threads=1) as video:
        last = min(info.table.frame_count, MOST_FRAMES) - 1
        damaged, marks = [], []
        for frame in video.frames(0, last):
            marks.append(zlib.crc32(frame.luma()) if frame.present else None)
            damaged += [frame.index] if frame.damaged else []
        answer["damaged"] = len(damaged)
        places = [0, last, *generator.integers(0, last + 1, PLACES).tolist()]
        wrong = []
        for place in places:
            frame = video.frame(place)
            mark = zlib.crc32(frame.luma()) if frame.present else None
            if frame.index != place or mark != marks[place]:
                wrong.append(place)
        answer["other picture"] = wrong
        answer["in order"] = len(marks) == last + 1
    with open_video(path, rate, table=info.table) as video:
        thumbnail(video)
        if info.kind == "file":
            extract_audio(path, path.with_name("sound.m4a"))
        if info.table.frame_count <= MOST_FRAMES:
            answer["samples"] = len(extract(video))
    answer["seconds"] = round(time.monotonic() - began, 2)
    return answer


def main() -> None:
    """Answer question after question until stdin ends."""
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = examine(Path(question["path"]), question["rate"], question["seed"])
        except Exception as error:
            answer = {"crash": f"{type(error).__name__}: {error}", "where": traceback.format_exc()[-1500:]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
