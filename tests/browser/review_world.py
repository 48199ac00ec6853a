"""What the browser tests of the review page stand on: Chromium, reviewable barcode videos, and reading the canvas."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from spotcore.bumps import SECONDS_SCALE
from spotcore.decoding import propose
from spotcore.probabilities import Calibration, Curves, save_curves
from spotcore.video import VideoInfo, probe
from tests.barcode import BITS, BLOCKS, ROWS
from tests.servers import LiveServer
from webapp.services import library, reviewing, spotting
from webapp.services.library import ImportedVideo
from webapp.services.reviewing import ReviewState

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

# Type, onset, apex, offset and score of the bumps in the curves of every reviewable video.
BUMPS = [
    ("micro", 30, 35, 40, 0.9), ("macro", 60, 75, 100, 0.8), ("micro", 130, 136, 142, 0.7),
    ("macro", 170, 190, 210, 0.6), ("micro", 240, 245, 250, 0.35),
]  # fmt: skip
RATES = {"scores": (0.1, 0.3, 0.5, 0.95), "false_alarms": (20.0, 10.0, 2.0, 0.1)}


def launch(playwright: Playwright) -> Browser:
    """Chromium; the test is skipped with a reason where none is installed, never in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("in CI a Chromium must be installed")
        pytest.skip("needs Chromium, which is not installed")
    expect.set_options(timeout=20_000)  # two cores may be shared with much else; nothing here measures time
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


@dataclass
class Reviewing:
    """A running installation whose videos are registered by the test itself, without the worker."""

    server: LiveServer
    made: int = 0

    def video(self, path: Path, rate: float | None = None) -> int:
        """A video that is ready, with a hash of its own, so that one file can be several videos."""
        self.made += 1
        database, settings = self.server.database, self.server.settings
        info = probe(path, rate)
        video_id = library.register_video(
            database, self.server.defaults.study_id, f"{path.stem} {self.made}", str(path), info.kind, None,
            info.size_bytes, f"s{self.made:02d}", rate=rate,
        )  # fmt: skip
        table = settings.data_dir / "media" / str(video_id) / "frames.npz"
        info.table.save(table)
        library.finish_import(database, video_id, _imported(info, f"{self.made:064x}", settings.stored(table)))
        return video_id

    def spotted(self, path: Path) -> int:
        """A video with a finished run whose calibrated curves hold BUMPS."""
        video_id = self.video(path)
        self.spot(video_id)
        return video_id

    def spot(self, video_id: int) -> int:
        """A finished run with the same curves; returns its id."""
        run = self.start(video_id)
        self.finish(run)
        return run

    def start(self, video_id: int) -> int:
        """A run that waits, as far as anybody can see."""
        return spotting.start_run(self.server.database, video_id, self.server.defaults.baseline_version_id, 6.0, {})

    def finish(self, run: int) -> None:
        """The curves and proposals of a run that waited."""
        database = self.server.database
        video_id = spotting.get_run(database, run).video_id
        curves = bump_curves(library.get_video(database, video_id).frame_count)
        stored = f"runs/{run}/curves.npz"
        save_curves(curves, self.server.settings.data_dir / stored)
        spotting.finish_run(database, run, stored, None, propose(curves, 6.0))

    def state(self, video_id: int) -> ReviewState:
        """What the database holds for the default annotator."""
        return reviewing.review_state(self.server.database, video_id, self.server.defaults.annotator_id)

    def verdicts(self, video_id: int) -> dict[int, str]:
        """Onset of each stored annotation -> its verdict."""
        return {a.onset: a.verdict for a in self.state(video_id).annotations}

    def mount(self, page: Page, video_id: int) -> Locator:
        """The surface alone, without the page around it: the same scripts and routes, a quicker start."""
        page.goto(f"{self.server.url}/api/assets/review/review.css")
        page.evaluate(MOUNT, {
            "token": self.server.token(), "annotator": self.server.defaults.annotator_id, "video": video_id,
            "run": None, "set": None, "thresholds": {}, "style": "/api/assets/review/review.css",
        })  # fmt: skip
        return ready(page)

    def open(self, page: Page, video_id: int, more: str = "") -> Locator:
        """The review page of a video; returns the surface once it is ready and quiet."""
        page.goto(f"{self.server.url}/review?video={video_id}{more}")
        return ready(page)


def keys(page: Page, *names: str) -> None:
    for name in names:
        page.keyboard.press(name)


def verbs(world: Reviewing, video_id: int) -> list[str]:
    """The log of a video, in order."""
    return [one.verb for one in reviewing.list_operations(world.server.database, video_id)]


MOUNT = """async (data) => {
  document.body.innerHTML = '<div id="host"></div>';
  document.body.style.margin = "0";
  const parentElement = document.getElementById("host").attachShadow({ mode: "open" });
  const { mount } = await import("/api/assets/review/main.js");
  mount({ data, parentElement, setTriggerValue: () => {} });
}"""


def ready(page: Page) -> Locator:
    surface = page.locator(".glint")
    expect(surface).to_have_attribute("data-ready", "true", timeout=60_000)
    expect(surface).to_have_attribute("data-loading", "false")
    return surface


def bump_curves(frames: int, fps: float = 30.0) -> Curves:
    """Curves of the training-free detector's kind with one bump per entry of BUMPS."""
    names = [f"{kind}_{name}" for kind in ("macro", "micro") for name in ("apex", "before", "rise", "length")]
    channels = {name: np.zeros(frames, np.float32) for name in names}
    for kind, onset, apex, offset, score in BUMPS:
        inside = np.arange(onset, offset + 1)
        channels[f"{kind}_apex"][inside] = score * np.interp(inside, [onset, apex, offset], [0.2, 1, 0.2])
        for name, length in (("before", apex - onset), ("rise", apex - onset), ("length", offset - onset)):
            channels[f"{kind}_{name}"][inside] = length / fps / SECONDS_SCALE
    calibration = Calibration(
        dict.fromkeys(("macro", "micro"), RATES["scores"]),
        dict.fromkeys(("macro", "micro"), RATES["false_alarms"]),
        "made for a test",
    )
    return Curves(np.arange(frames), np.arange(frames) / fps, channels, "bumps", calibration=calibration)


def goto_frame(page: Page, frame: int) -> None:
    """Ask for a frame by its number, as a person does."""
    page.keyboard.press("j")
    page.keyboard.type(str(frame))
    page.keyboard.press("Enter")


SHOWN = """async (root, frame) => {
  const end = performance.now() + 15000;
  while (root.dataset.frame !== String(frame) && performance.now() < end) await new Promise(requestAnimationFrame);
  return Number(root.dataset.frame);
}"""


def shown(surface: Locator, frame: int) -> int:
    """The frame that stands in the readout once it is the expected one, or after 15 s."""
    return surface.evaluate(SHOWN, frame)


# Means of the barcode's blocks on the canvas and the number in the readout, taken in one turn of the event loop.
READ = """(canvas) => {
  const [x, y, width, height] = canvas.dataset.rectangle.split(" ").map(Number);
  const context = canvas.getContext("2d");
  const means = [];
  const top = y + (height / ROWS) * 0.25, rows = Math.max(1, Math.round((height / ROWS) * 0.5));
  for (let block = 0; block < BLOCKS; block++) {
    const edge = width / BLOCKS;
    const columns = Math.max(1, Math.round(edge * 0.5));
    const { data } = context.getImageData(Math.round(x + (block + 0.25) * edge), Math.round(top), columns, rows);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += (data[i] + data[i + 1] + data[i + 2]) / 3;
    means.push(sum / (data.length / 4));
  }
  const root = canvas.getRootNode().querySelector(".glint");
  return { means, drawn: Number(root.dataset.frame), readout: root.querySelector(".readout .frame").textContent,
    badge: root.querySelector(".badge").textContent };
}""".replace("BLOCKS", str(BLOCKS)).replace("ROWS", str(ROWS))


def number_of(means: Sequence[float]) -> int:
    """Number of a barcode from its block means; ValueError where none stands."""
    light, dark = means[0], means[1]
    if light - dark < 60:
        raise ValueError(f"no barcode: the reference blocks are {light:.0f} and {dark:.0f}")
    values = [mean > (light + dark) / 2 for mean in means]
    bits = values[2 : 2 + BITS]
    if sum(bits) % 2 != values[2 + BITS] or values[3 + BITS]:
        raise ValueError("the barcode does not check out")
    return sum(1 << (BITS - 1 - place) for place, bit in enumerate(bits) if bit)


def read_canvas(page: Page) -> dict:
    """{"means", "drawn", "readout", "badge"} of the picture as it is now."""
    return page.locator("[data-testid=picture]").evaluate(READ)


def _imported(info: VideoInfo, sha256: str, table: str) -> ImportedVideo:
    return ImportedVideo(
        sha256=sha256, size_bytes=info.size_bytes, frame_count=info.table.frame_count, fps=info.table.fps,
        duration=info.table.duration, variable_rate=info.table.variable_rate, width=info.width, height=info.height,
        frames_path=table, rotation=info.rotation, pixel_aspect=info.pixel_aspect, codec=info.codec,
        bit_depth=info.bit_depth, has_audio=False, missing_frames=int((~info.table.present).sum()),
    )  # fmt: skip
