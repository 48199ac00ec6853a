"""`python -m spotcore bench spot VIDEO`: frames a second of spotting, against decoding alone, in one run."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from spotcore.decoding import propose
from spotcore.errors import InvalidSettings
from spotcore.features import StageTimes, decoder_threads, extract
from spotcore.pipeline import load_model
from spotcore.video import Frame, FrameTable, VideoInfo, open_video

LOOPED_FRAMES = 3000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Speed of spotting in steady state: the clip is looped, start-up is counted apart."
    parser.add_argument("what", choices=("spot",), help="what to measure")
    parser.add_argument("video", metavar="VIDEO", nargs="?", help="video file or folder")
    parser.add_argument("--example", action="store_true", help="measure on the rendered example clip instead")
    parser.add_argument("--model", default="default", help="baseline, default, or the folder of a checkpoint")
    parser.add_argument("--frames", type=int, default=LOOPED_FRAMES, help="frames to process at least (3000)")
    parser.add_argument("--rate", type=float, metavar="FPS", help="frames per second of a picture folder")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    if (arguments.video is None) == (not arguments.example):
        raise InvalidSettings("bench spot: expected either a video or --example")
    if arguments.frames < 1:
        raise InvalidSettings(f"--frames: expected 1 or more, got {arguments.frames}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(arguments.video) if arguments.video else Path(folder) / "example.mp4"
        if arguments.example:
            from spotcore.synthesis.example import render_example

            render_example(path)
        answer = measure(path, arguments.model, arguments.frames, arguments.rate, arguments.device)
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        for name, value in answer.items():
            print(f"{name:26} {value}")
    return 0


def measure(path: Path, model_name: str, frames: int, rate: float | None, device: str) -> dict[str, object]:
    """Figures of one run: see the keys; stages overlap in time, so their sum may exceed the time per frame."""
    model = load_model(model_name, device)
    looped = LoopedVideo(path, frames, rate, decoder_threads())
    count = looped.info.table.frame_count
    decode_alone = float("inf")
    for threads in (0, 1):  # decoding alone may use the threads it likes best
        alone = LoopedVideo(path, frames, rate, threads)
        began = time.perf_counter()
        for frame in alone.frames():
            if frame.present:
                frame.luma()
        decode_alone = min(decode_alone, time.perf_counter() - began)
    # Start-up apart: libraries, graphs and the first call of a network are paid here.
    began = time.perf_counter()
    model.curves(extract(LoopedVideo(path, 1, rate, 1)))
    start = time.perf_counter() - began
    times = StageTimes()
    used: list[Usage] = []

    def progress(done: int, total: int) -> None:
        if done < total:
            used.append(Usage.now())

    cpu, began = time.process_time(), time.perf_counter()
    traces = extract(looped, progress=progress, times=times)
    extracted = time.perf_counter()
    curves = model.curves(traces)
    modelled = time.perf_counter()
    proposals = propose(curves)
    ended = time.perf_counter()
    cpu = time.process_time() - cpu + used[-1].children - used[0].children
    # What the extractor still starts per video (two graphs, perhaps a process) happens once, whatever the length.
    wall = ended - began - times.start
    per_frame = 1000 / count
    return {
        "video": str(path),
        "model": model.version,
        "frames": count,
        "width": looped.info.width,
        "height": looped.info.height,
        "frames_per_second": round(count / wall, 1),
        "decode_frames_per_second": round(count / decode_alone, 1),
        "share_of_decode": round(decode_alone / wall, 3),
        "cpu_ms_per_frame": round(cpu * per_frame, 3),
        "stages": {
            "decode": round(times.decode * per_frame, 3),
            "landmarks": round(times.landmarks * per_frame, 3),
            "flow": round(times.flow * per_frame, 3),
            "assemble": round(times.assemble * per_frame, 3),
            "model": round((modelled - extracted) * per_frame, 3),
            "decoding": round((ended - modelled) * per_frame, 3),
        },
        "start_seconds": round(start, 2),
        "peak_memory_mb": round(used[-1].peak_mb, 1),
        "memory_growth_mb": round(used[-1].peak_mb - used[len(used) // 3].peak_mb, 1),
        "proposals": len(proposals),
    }


@dataclasses.dataclass(frozen=True)
class Usage:
    """Processor seconds of the living children; largest resident memory of this process and them, in MB."""

    children: float
    peak_mb: float

    @staticmethod
    def now() -> Usage:
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        cpu, peak = 0.0, largest / (2**20 if sys.platform == "darwin" else 2**10)
        # An extraction starts a process on Linux only, which tells about it here.
        for listed in Path("/proc/self/task").glob("*/children"):
            for child in listed.read_text().split():
                stat = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                cpu += (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
                kilobytes = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child}/status").read_text())
                peak += int(kilobytes[1]) / 2**10 if kilobytes else 0.0  # a child that has just ended has none
        return Usage(cpu, peak)


class LoopedVideo:
    """A clip repeated until it has enough frames; reads like a `Video`."""

    def __init__(self, path: Path, frames: int, rate: float | None, threads: int) -> None:
        self._path, self._rate, self._threads = path, rate, threads
        with open_video(path, rate) as video:
            self._once = video.info
        self._loops = -(-frames // self._once.table.frame_count)

    @cached_property
    def info(self) -> VideoInfo:
        table = self._once.table
        period = table.timestamps[-1] + 1 / max(table.fps, 1.0)
        looped = FrameTable(
            timestamps=np.concatenate([table.timestamps + n * period for n in range(self._loops)]),
            source_numbers=np.tile(table.source_numbers, self._loops),
            present=np.tile(table.present, self._loops),
            stream_rate=table.stream_rate,
        )
        return dataclasses.replace(self._once, table=looped)

    def frames(self, first: int = 0, last: int | None = None, step: int = 1) -> Iterator[Frame]:
        """All frames; `first` and `last` are there for the likeness only."""
        once, stamps = self._once.table.frame_count, self.info.table.timestamps
        for loop in range(self._loops):
            with open_video(self._path, self._rate, table=self._once.table, threads=self._threads) as video:
                for frame in video.frames():
                    index = loop * once + frame.index
                    if index % step == 0:
                        yield Frame(index, float(stamps[index]), frame.picture)
