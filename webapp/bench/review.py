"""A scripted coder reviews a clip with 20 proposals in headless Chromium: `python -m webapp.bench review [--json]`.

Counted: keys per accepted and per corrected proposal. Timed in the page itself, from the time stamp of the key press:
to the drawn and to the presented frame (from cache, from the server's disk, cut on demand), from interval to interval,
and from a decision to its confirmation. The bars are printed beside what was measured; nothing fails by the clock.
Chromium is driven by playwright, which the tests need too (requirements-dev.txt). Nothing is faked: the server is the
one of `make run`, with its worker, and the decisions are read back from its database.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from db.session import Database
from spotcore.intervals import Interval
from spotcore.packs import PACK_FRAMES, pack_count
from spotcore.probabilities import CHANNELS, Curves, save_curves
from webapp.bench import watching
from webapp.bench.frames import _imported, _server
from webapp.services import reviewing, spotting
from webapp.services.defaults import ensure_defaults
from webapp.settings import Settings

PROPOSALS = 20
SECONDS = 40.0  # of the rendered clip
LENGTH = 12  # frames of a proposal
LOOK_MS = 600  # before the first key: quicker than people, slower than a script that only hammers
# What the coder does with each proposal, in turn: mostly right, every fifth to be corrected, some wrong.
SCRIPT = ("accept", "accept", "reject", "accept", "correct")
KEYS = {
    "accept": ("w", "a"),  # look at the apex, accept
    "correct": ("w", "[", "[", ".", "a"),  # look at the apex, onset two frames earlier, offset one later, done
    "reject": ("w", "r", "b"),  # look at the apex, reject: blink
}
VERDICTS = {"accept": "accepted", "correct": "adjusted", "reject": "rejected"}
BARS = {
    "keys_accept": 3, "keys_correct": 5, "drawn_cache_ms": 8, "presented_cache_ms": 34, "drawn_disk_ms": 60,
    "drawn_cut_ms": 400, "interval_to_interval_ms": 150, "confirmed_ms": 100,
}  # fmt: skip
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--video", type=Path, help="footage to review (default: 40 s of the example, rendered first)")
    parser.add_argument("--steps", type=int, default=60, help="frames stepped through for the times from cache")
    parser.add_argument("--look", type=int, default=LOOK_MS, help="milliseconds the coder looks at each interval")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glint-bench-") as folder:
        video = options.video or _example(Path(folder) / "example.mp4")
        measured = measure(video.resolve(), Path(folder) / "data", options.steps, options.look)
    if options.json:
        print(json.dumps(measured, indent=2))
    else:
        _print(measured)
    return 0


def measure(video: Path, data: Path, steps: int = 60, look: int = LOOK_MS) -> dict[str, object]:
    """Review the video once; {"bars": {name: {"bar", "measured", "met"}}, and everything behind them}."""
    with _server(data) as (settings, address):
        info, path, _ = _imported(settings, video)
        video_id, frames = int(path.rsplit("/", 1)[1]), info.table.frame_count
        proposals = _spotted(settings, video_id, info.table.timestamps)
        url = f"http://{address}/review?video={video_id}"
        with _chromium() as open_page:
            far = _far_packs(proposals, frames)
            random.Random(0).shuffle(far)
            # The first visit has every pack cut; the second visit finds what the first one left on the disk.
            cut = _jumps(open_page, url, far)
            disk = _jumps(open_page, url, far)
            cache = _steps(open_page, url, steps)
            coded = _code(open_page, url, look)
        stored = _stored(settings, video_id)
    result = {"cut": cut, "disk": disk, "cache": cache, "coded": coded}
    return {
        "bars": _bars(result),
        **result,
        "every_decision_once": stored == coded.pop("decided"),
        "video": f"{info.width} x {info.height}, {frames} frames, {pack_count(frames)} packs",
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def _example(path: Path) -> Path:
    from spotcore.synthesis.example import render_example

    print("rendering 40 s of the example ...", file=sys.stderr)
    render_example(path, seconds=SECONDS)
    return path


def _spotted(settings: Settings, video_id: int, timestamps: np.ndarray) -> list[Interval]:
    """Store a run whose 20 proposals lie evenly over the video."""
    database = Database(settings.database_url)
    ids = ensure_defaults(database)
    count = len(timestamps)
    starts = np.linspace(10, count - LENGTH - 10, PROPOSALS).astype(int).tolist()
    proposals = [Interval(s, s + LENGTH - 1, "micro", s + LENGTH // 2, 0.5) for s in starts]
    run = spotting.start_run(database, video_id, ids.baseline_version_id, 6.0, {})
    curves = settings.data_dir / "runs" / str(run) / "curves.npz"
    noise = np.random.default_rng(0)
    channels = {name: noise.random(count, np.float32) for name in CHANNELS}
    save_curves(Curves(np.arange(count), np.asarray(timestamps), channels, "boundary_apex"), curves)
    spotting.finish_run(database, run, settings.stored(curves), None, proposals)
    return proposals


@contextmanager
def chromium() -> Iterator[Any]:
    """Yields playwright's browser, without a window."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise SystemExit("this measurement needs playwright: pip install --no-deps -r requirements-dev.txt") from None
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("this measurement needs Chromium, which is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def _chromium() -> Iterator[Any]:
    """Yields a function (url) -> page whose surface is ready; every page has a cache of its own."""
    with chromium() as browser:

        def open_page(url: str) -> Any:
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.add_init_script(f"({watching.KEYS})()")
            page.goto(url)
            page.wait_for_selector('.glint[data-ready="true"][data-loading="false"]', timeout=120_000)
            page.locator(".glint").evaluate(watching.WATCH)
            return page

        yield open_page


def _far_packs(proposals: Sequence[Interval], frames: int) -> list[int]:
    """First frames of the packs that opening the page does not fetch: those away from the first two proposals."""
    near = max(p.offset for p in proposals[:2]) + 2 * PACK_FRAMES
    return [f for f in range(0, frames - PACK_FRAMES, PACK_FRAMES) if f > near]


def _jumps(open_page: Any, url: str, packs: Sequence[int]) -> dict[str, object]:
    """Jump by number to a frame of each pack; none of them has been in this page before."""
    page = open_page(url)
    here = 0
    for first in packs:
        # On the side from which the pack is entered: beyond its middle the page would fetch the following one, too.
        frame = first + (3 if first > here else PACK_FRAMES - 4)
        page.keyboard.press("j")
        page.keyboard.type(str(frame))
        page.keyboard.press("Enter")
        watching.wait_drawn(page, frame)
        here = frame
    log = watching.log_of(page)
    page.context.close()
    drawn = watching.key_to_drawn(log, "Enter")
    return {
        "drawn_ms": watching.percentiles(drawn),
        "placeholder_ms": watching.percentiles(watching.key_to_placeholder(log, "Enter")),
        "jumps": len(drawn),
    }


def _steps(open_page: Any, url: str, steps: int) -> dict[str, object]:
    """Step through frames that are decoded already: there and back again."""
    page = open_page(url)
    page.wait_for_timeout(1500)  # what lies around the playhead is decoded in the background
    start = watching.drawn(page)
    for count in range(steps):
        forward = count % 20 < 10
        page.keyboard.press("ArrowRight" if forward else "ArrowLeft")
        page.wait_for_timeout(40)
    log = watching.log_of(page)
    page.context.close()
    drawn = watching.key_to_drawn(log, "ArrowRight") + watching.key_to_drawn(log, "ArrowLeft")
    shown = watching.key_to_presented(log, "ArrowRight") + watching.key_to_presented(log, "ArrowLeft")
    return {
        "drawn_ms": watching.percentiles(drawn),
        "presented_ms": watching.percentiles(shown),
        "steps": len(drawn),
        "first_frame": start,
    }


def _code(open_page: Any, url: str, look: int) -> dict[str, object]:
    """The whole review, one proposal after the other, each when the picture of the one before has come."""
    page = open_page(url)
    keys: dict[str, list[int]] = {name: [] for name in KEYS}
    decided: list[str] = []
    for number in range(PROPOSALS):
        what = SCRIPT[number % len(SCRIPT)]
        before = watching.selected(page)
        page.wait_for_timeout(look)
        for key in KEYS[what]:
            page.keyboard.press(key)
        keys[what].append(len(KEYS[what]))
        decided.append(VERDICTS[what])
        if number + 1 < PROPOSALS:
            watching.wait_selected(page, before)
    watching.wait_saved(page)
    log = watching.log_of(page)
    page.context.close()
    return {
        "keys": {name: max(counted) for name, counted in keys.items() if counted},
        "keys_in_all": sum(sum(counted) for counted in keys.values()),
        "interval_to_interval_ms": watching.percentiles(watching.decision_to_next(log)),
        "confirmed_ms": watching.percentiles(watching.decision_to_confirmed(log)),
        "look_ms": look,
        "decided": decided,
    }


def _stored(settings: Settings, video_id: int) -> list[str]:
    database = Database(settings.database_url)
    state = reviewing.review_state(database, video_id, ensure_defaults(database).annotator_id)
    return [a.verdict for a in sorted(state.annotations, key=lambda a: a.proposal_id)]


def _bars(result: dict[str, Any]) -> dict[str, dict[str, object]]:
    p95 = lambda name, part: result[name][part].get("p95")  # noqa: E731
    measured = {
        "keys_accept": result["coded"]["keys"]["accept"],
        "keys_correct": result["coded"]["keys"]["correct"],
        "drawn_cache_ms": p95("cache", "drawn_ms"),
        "presented_cache_ms": p95("cache", "presented_ms"),
        "drawn_disk_ms": p95("disk", "drawn_ms"),
        "drawn_cut_ms": p95("cut", "drawn_ms"),
        "interval_to_interval_ms": p95("coded", "interval_to_interval_ms"),
        "confirmed_ms": p95("coded", "confirmed_ms"),
    }
    return {name: {"bar": BARS[name], "measured": value, "met": value is not None and value <= BARS[name]}
            for name, value in measured.items()}  # fmt: skip


def _print(measured: dict[str, Any]) -> None:
    for name, row in measured["bars"].items():
        print(f"{name:24} {row['measured']!s:>8}   bar {row['bar']:>4}   {'met' if row['met'] else 'MISSED'}")
    for name, value in measured.items():
        if name != "bars":
            print(f"{name:24} {value}")


if __name__ == "__main__":
    sys.exit(main())
