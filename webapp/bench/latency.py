"""How long a page waits for one answer: `python -m webapp.bench latency [--busy] [--json]`.

A real server is started on a folder of its own; every request goes over one kept connection, where a delayed
acknowledgement would cost 44 ms. `--busy` has the worker spot a video meanwhile, as it does in daily use.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np

from db.session import Database
from spotcore.frame_table import FrameTable
from spotcore.intervals import Interval
from spotcore.probabilities import CHANNELS, Curves, save_curves
from webapp import registration
from webapp.bench.frames import _percentiles, _server
from webapp.services import library, spotting
from webapp.services.defaults import Defaults, ensure_defaults
from webapp.settings import Settings
from webapp.tokens import make_token
from webapp.values.library import ImportedVideo

HOURS, RATE = 2, 30
PROPOSALS = 300


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=200, help="requests of each kind")
    parser.add_argument("--busy", action="store_true", help="have the worker render and spot the example meanwhile")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glint-bench-") as folder:
        measured = measure(Path(folder), options.requests, options.busy)
    if options.json:
        print(json.dumps(measured, indent=2))
    else:
        for name, value in measured.items():
            print(f"{name:24} {value}")
    return 0


def measure(folder: Path, requests: int, busy: bool) -> dict[str, object]:
    """Milliseconds of each kind of request, on a video of two hours with 300 proposals."""
    with _server(folder / "data") as (settings, address):
        database = Database(settings.database_url)
        ids = ensure_defaults(database)
        video_id = _long_video(settings, database, ids)
        token = make_token(settings, ids.annotator_id, ids.study_id, "admin", 3600)
        connection = http.client.HTTPConnection(address, timeout=60)
        if busy:
            _keep_worker_busy(settings, database, ids, folder)

        def ask(method: str, path: str, body: bytes | None = None) -> bytes:
            connection.request(method, path, body, {"X-Glint-Token": token})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}: {content[:300]!r}")
            return content

        path = f"/api/videos/{video_id}"
        kinds: dict[str, Callable[[int], bytes]] = {
            "token_ms": lambda _: ask("GET", "/api/token/renew"),
            "video_ms": lambda _: ask("GET", path),
            "review_state_ms": lambda _: ask("GET", f"{path}/review"),
            "curves_whole_ms": lambda _: ask("GET", f"{path}/curves?bins=1500"),
            "curves_zoomed_ms": lambda n: ask("GET", f"{path}/curves?first={300 * n}&last={300 * n + 600}&bins=1500"),
            "decision_ms": lambda n: ask("POST", "/api/operations", _decision(video_id, ids, n)),
        }
        result: dict[str, object] = {}
        for name, request in kinds.items():
            request(0)  # the first one reads files and opens connections
            times = []
            for number in range(1, requests + 1):
                begun = time.perf_counter()
                request(number)
                times.append(1000 * (time.perf_counter() - begun))
            result[name] = _percentiles(times)
        connection.close()
    return result | {
        "requests": requests,
        "busy_worker": busy,
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def _long_video(settings: Settings, database: Database, ids: Defaults) -> int:
    """Rows and curves of two hours at 30 frames a second; there is no footage behind them."""
    count = HOURS * 3600 * RATE
    random = np.random.default_rng(0)
    frames = np.arange(count)
    video_id = library.register_video(database, ids.study_id, "two hours", "none.mp4", "file", None, 1, "bench")
    table = settings.data_dir / "media" / str(video_id) / "frames.npz"
    FrameTable(frames / RATE, frames, np.ones(count, bool)).save(table)
    library.finish_import(
        database,
        video_id,
        ImportedVideo("0" * 64, 1, count, RATE, count / RATE, False, 640, 480, settings.stored(table)),
    )
    run = spotting.start_run(database, video_id, ids.baseline_version_id, 6.0, {})
    path = settings.data_dir / "runs" / str(run) / "curves.npz"
    channels = {name: random.random(count, np.float32) for name in CHANNELS}
    save_curves(Curves(frames, frames / RATE, channels, "boundary_apex"), path)
    starts = np.linspace(0, count - 100, PROPOSALS).astype(int).tolist()
    proposals = [Interval(start, start + 12, "micro", start + 5, 0.5) for start in starts]
    spotting.finish_run(database, run, settings.stored(path), None, proposals)
    return video_id


def _decision(video_id: int, ids: Defaults, number: int) -> bytes:
    after = {"type": "micro", "onset": 400 * number + 50, "apex": None, "offset": 400 * number + 60}
    operation = {
        "id": str(uuid.uuid4()), "verb": "add", "video_id": video_id, "annotator_id": ids.annotator_id,
        "interval_id": str(uuid.uuid4()), "base_version": 0, "after": after,
    }  # fmt: skip
    return json.dumps(operation).encode()


def _keep_worker_busy(settings: Settings, database: Database, ids: Defaults, folder: Path) -> None:
    """Have the example imported and spotted; returns once the worker is at it."""
    from spotcore.synthesis.example import render_example

    clip = folder / "example.mp4"
    render_example(clip)
    video_id = registration.register(settings, database, clip, title="busy", study_id=ids.study_id, subject="bench")
    deadline = time.monotonic() + 120
    while spotting.latest_run(database, video_id, state="running") is None and time.monotonic() < deadline:
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
