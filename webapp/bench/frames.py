"""How long the viewer waits for a pack: `python -m webapp.bench frames [--video FILE] [--json]`.

A real server is started on a folder of its own, the video imported into it, and every pack asked for over one kept
connection: first cut on demand in random order, then from disk. Nothing else runs on the server meanwhile.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from db.session import Database
from spotcore.packs import pack_count
from spotcore.video import VideoInfo, probe
from webapp.services import library
from webapp.services.defaults import ensure_defaults
from webapp.settings import Settings
from webapp.tokens import make_token
from webapp.values.library import ImportedVideo

FROM_DISK = 200  # requests
START_SECONDS = 90.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--video", type=Path, help="footage to cut (default: the example, rendered first)")
    parser.add_argument("--requests", type=int, default=FROM_DISK, help="requests for packs that are on disk")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glint-bench-") as folder:
        video = options.video or _example(Path(folder) / "example.mp4")
        measured = measure(video.resolve(), Path(folder) / "data", options.requests)
    if options.json:
        print(json.dumps(measured, indent=2))
    else:
        for name, value in measured.items():
            print(f"{name:24} {value}")
    return 0


def measure(video: Path, data: Path, requests: int = FROM_DISK) -> dict[str, object]:
    """Milliseconds per pack on demand and from disk, and what they were measured on."""
    with _server(data) as (settings, address):
        info, path, token = _imported(settings, video)
        connection = http.client.HTTPConnection(address, timeout=60)
        indices = list(range(pack_count(info.table.frame_count)))
        random.Random(0).shuffle(indices)
        ask = lambda index: _fetch(connection, f"{path}/packs/{index}", token)  # noqa: E731
        _fetch(connection, path, token)  # the first request of a connection pays for imports and the connection
        demand = [_timed(ask, index) for index in indices]
        disk = [_timed(ask, index) for index in random.Random(1).choices(indices, k=requests)]
        sizes = [len(ask(index)) for index in indices]
        small = [_timed(lambda _: _fetch(connection, path, token), None) for _ in range(requests)]
        connection.close()
    return {
        "video": video.name,
        "width": info.width,
        "height": info.height,
        "frames": info.table.frame_count,
        "packs": len(indices),
        "pack_kilobytes": round(float(np.mean(sizes)) / 1000, 1),
        "pack_on_demand_ms": _percentiles(demand),
        "pack_from_disk_ms": _percentiles(disk),
        "smallest_request_ms": _percentiles(small),
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _example(path: Path) -> Path:
    from spotcore.synthesis.example import render_example

    print("rendering the example ...", file=sys.stderr)
    render_example(path)
    return path


@contextmanager
def _server(data: Path) -> Iterator[tuple[Settings, str]]:
    """The web process as `make run` starts it; yields its settings and host:port."""
    log = data.parent / "server.log"
    # Not the caller's GLINT_*: a database named there would get the video of this trial.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GLINT_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp", "--data", str(data), "--port", "0"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=Path(__file__).parents[2],
            env=environment,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while (found := re.search(r"Glint is ready: http://(\S+)", log.read_text(errors="replace"))) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.1)
        yield Settings.from_environment({"GLINT_DATA": str(data)}), found.group(1).rstrip("/")
    finally:
        process.terminate()
        process.wait(30)


def _imported(settings: Settings, video: Path) -> tuple[VideoInfo, str, str]:
    """Register the video as the import job does; returns what is known of it, its address and a token."""
    database = Database(settings.database_url)
    ids = ensure_defaults(database)
    info = probe(video, verify=False)
    video_id = library.register_video(
        database, ids.study_id, video.name, str(video), info.kind, None, info.size_bytes, "bench"
    )
    table = settings.data_dir / "media" / str(video_id) / "frames.npz"
    info.table.save(table)
    library.finish_import(
        database,
        video_id,
        ImportedVideo(
            sha256=info.sha256, size_bytes=info.size_bytes, frame_count=info.table.frame_count, fps=info.table.fps,
            duration=info.table.duration, variable_rate=info.table.variable_rate, width=info.width,
            height=info.height, frames_path=settings.stored(table),
        ),
    )  # fmt: skip
    token = make_token(settings, annotator_id=ids.annotator_id, study_id=ids.study_id, role="admin")
    return info, f"/api/videos/{video_id}", token


def _fetch(connection: http.client.HTTPConnection, path: str, token: str) -> bytes:
    connection.request("GET", path, headers={"X-Glint-Token": token})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}: {body[:300]!r}")
    return body


def _timed(ask: Callable[[object], bytes], argument: object) -> float:
    begun = time.perf_counter()
    ask(argument)
    return 1000 * (time.perf_counter() - begun)


def _percentiles(values: list[float]) -> dict[str, float]:
    return {f"p{share}": round(float(np.percentile(values, share)), 2) for share in (50, 95)}


if __name__ == "__main__":
    sys.exit(main())
