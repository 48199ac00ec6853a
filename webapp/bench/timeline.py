"""How smooth the timeline is on two hours at 200 frames a second: `python -m webapp.bench timeline [--json]`.

1.44 million frames, 3,000 proposals, curves and measurements at the analysis rate, made here; no footage, so no picture
is drawn. Timed: the page until it can be used, every redraw of the timeline while the wheel pans and zooms it (the
script's part of a frame), a decision until its row is there, and the routes that serve curves.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

from db.session import Database
from spotcore.feature_files import Traces, save_traces
from spotcore.frame_table import FrameTable
from spotcore.intervals import Interval
from spotcore.probabilities import Curves, save_curves
from spotcore.regions import FEATURE_KIND
from webapp.bench.frames import _server
from webapp.bench.review import chromium
from webapp.services import library, spotting
from webapp.services.defaults import Defaults, ensure_defaults
from webapp.settings import Settings
from webapp.tokens import make_token
from webapp.values.library import ImportedVideo

FRAMES, RATE, STEP, PROPOSALS = 1_440_000, 200.0, 7, 3000
TURNS = 60  # of the wheel per gesture
GESTURES = {"pan_whole": (120, True), "zoom_in": (-120, False), "pan_close": (120, True), "zoom_out": (120, False)}

# The surface alone, as the page mounts it; times of every animation frame's script are kept.
MOUNT = """async (data) => {
  const raf = window.requestAnimationFrame.bind(window);
  window.spent = [];
  window.requestAnimationFrame = (callback) => raf((t) => {
    const begun = performance.now(); callback(t); window.spent.push(performance.now() - begun);
  });
  document.body.innerHTML = '<div id="host"></div>';
  const parentElement = document.getElementById("host").attachShadow({ mode: "open" });
  const { mount } = await import("/api/assets/review/main.js");
  mount({ data, parentElement, setTriggerValue: () => {} });
}"""
READY = "() => document.querySelector('#host').shadowRoot.querySelector('.glint')?.dataset.ready === 'true'"
WHEEL = """async ([turns, deltaY, shiftKey]) => {
  const canvas = document.querySelector("#host").shadowRoot.querySelector("[data-testid=timeline]");
  const { left, top } = canvas.getBoundingClientRect();
  window.spent.length = 0;
  for (let turn = 0; turn < turns; turn++) {
    const place = { clientX: left + 500, clientY: top + 60 };
    canvas.dispatchEvent(new WheelEvent("wheel", { deltaY, shiftKey, ...place, cancelable: true }));
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return window.spent.slice();
}"""
ACCEPT = """async (turns) => {
  const spent = [];
  for (let turn = 0; turn < turns; turn++) {
    const begun = performance.now();
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "a", code: "KeyA", bubbles: true }));
    spent.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return spent;
}"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder) / "data") as (settings, host):
        ids = ensure_defaults(Database(settings.database_url))
        video, run = fill(settings, ids)
        token = make_token(settings, ids.annotator_id, ids.study_id, "admin", 3600)
        result = {"frames": FRAMES, "proposals": PROPOSALS, **routes(host, token, video, run)}
        result |= surface(host, token, ids.annotator_id, video, run)
    if options.json:
        json.dump(result, sys.stdout, indent=2)
        print()
    else:
        for name, value in result.items():
            print(f"{name:32} {value}")
    return 0


def fill(settings: Settings, ids: Defaults) -> tuple[int, int]:
    """(video, run) of two hours with a hole of 2.5 s; the numbers are noise, of the size that real ones have."""
    database, rng = Database(settings.database_url), np.random.default_rng(1)
    seconds = np.arange(FRAMES) / RATE
    seconds[FRAMES // 2 :] += 2.5
    video = library.register_video(database, ids.study_id, "two hours.mp4", "media/none.mp4", "file", None, 1, "s01")
    table = settings.data_dir / "media" / str(video) / "frames.npz"
    FrameTable(seconds, np.arange(FRAMES), np.ones(FRAMES, bool)).save(table)
    facts = ImportedVideo(
        sha256=f"{video:064x}", size_bytes=1, frame_count=FRAMES, fps=RATE, duration=FRAMES / RATE, variable_rate=False,
        width=640, height=480, frames_path=settings.stored(table),
    )  # fmt: skip
    library.finish_import(database, video, facts)
    run = spotting.start_run(database, video, ids.baseline_version_id, 6.0, {})
    frames = np.arange(0, FRAMES, STEP)
    zeros, always = np.zeros(len(frames), np.float32), np.ones(len(frames), bool)
    channels = {f"{k}_{c}": rng.random(len(frames)).astype(np.float32) ** 6 for k in ("macro", "micro")
                for c in ("apex", "before", "rise", "length")}  # fmt: skip
    (settings.data_dir / f"runs/{run}").mkdir(parents=True)
    save_curves(Curves(frames, seconds[frames], channels, "bumps"), settings.data_dir / f"runs/{run}/curves.npz")
    moved = np.cumsum(rng.standard_normal((len(frames), 10, 2)), axis=0).astype(np.float32) * 0.02
    head = rng.standard_normal((len(frames), 6)).astype(np.float32)
    save_traces(
        Traces(frames, seconds[frames], moved, always, always, zeros.astype(np.int32), head, zeros + 0.3, zeros + 0.2,
               zeros + 0.3, FEATURE_KIND),
        settings.data_dir / "features/two-hours.npz",
    )  # fmt: skip
    onsets, lengths = rng.choice(FRAMES - 400, PROPOSALS, replace=False), rng.integers(20, 400, PROPOSALS)
    found = [
        Interval(int(a), int(a + n), "micro" if n <= RATE / 2 else "macro", int(a + n // 2), float(rng.random()))
        for a, n in zip(onsets, lengths, strict=True)
    ]
    spotting.finish_run(database, run, f"runs/{run}/curves.npz", "features/two-hours.npz", found)
    return video, run


def routes(host: str, token: str, video: int, run: int) -> dict[str, str]:
    """Milliseconds of the routes, over windows of every size."""
    rng = random.Random(1)
    result = {}
    for name in ("curves", "signals"):
        spent = []
        for _ in range(61):  # the first one reads the file
            span = int(10 ** rng.uniform(1.5, 6.1))
            first = rng.randrange(FRAMES - span)
            place = f"run={run}&first={first}&last={first + span}&bins=1900"
            asked = urllib.request.Request(
                f"http://{host}/api/videos/{video}/{name}?{place}", headers={"X-Glint-Token": token}
            )
            begun = time.perf_counter()
            urllib.request.urlopen(asked).read()
            spent.append(1000 * (time.perf_counter() - begun))
        result[f"{name}_ms"] = _said(spent[1:])
    return result


def surface(host: str, token: str, annotator: int, video: int, run: int) -> dict[str, Any]:
    """What a person at the browser waits for."""
    result: dict[str, Any] = {}
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(f"http://{host}/api/assets/review/review.css")
        begun = time.perf_counter()
        page.evaluate(MOUNT, {
            "token": token, "annotator": annotator, "video": video, "run": run, "set": None, "thresholds": {},
            "style": "/api/assets/review/review.css",
        })  # fmt: skip
        page.wait_for_function(READY, timeout=120_000)
        result["ready_s"] = round(time.perf_counter() - begun, 2)
        page.wait_for_timeout(3000)
        page.keyboard.press("Home")
        page.wait_for_timeout(1000)
        for name, turn in GESTURES.items():
            result[f"redraw_{name}_ms"] = _said(page.evaluate(WHEEL, [TURNS, *turn]))
            page.wait_for_timeout(500)
        result["decision_ms"] = _said(page.evaluate(ACCEPT, 20))
    return result


def _said(spent: list[float]) -> str:
    ordered = sorted(spent)
    at = {share: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.95)}
    return f"p50 {at[0.5]:.1f}, p95 {at[0.95]:.1f}, max {ordered[-1]:.1f} (n {len(ordered)})"
