"""`bench spot`: frames a second of spotting in steady state, against decoding alone, in one run."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from spotcore.commands.bench.looped_video import LoopedVideo, add_footage, footage
from spotcore.commands.bench.usage import Usage
from spotcore.decoding import propose
from spotcore.features import StageTimes, decoder_threads, extract
from spotcore.pipeline import load_model

LOOPED_FRAMES = 3000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Speed of spotting in steady state: the clip is looped, start-up is counted apart."
    add_footage(parser, LOOPED_FRAMES)
    parser.add_argument("--model", default="default", help="baseline, default, or the folder of a checkpoint")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))


def run(arguments: argparse.Namespace) -> dict[str, object]:
    """Figures of one run."""
    with footage(arguments) as path:
        return measure(path, arguments.model, arguments.frames, arguments.rate, arguments.device)


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
    model.curves(extract(LoopedVideo(path, 1, rate, 1), device=device))
    start = time.perf_counter() - began
    times = StageTimes()
    used: list[Usage] = []

    def progress(done: int, total: int) -> None:
        if done < total:
            used.append(Usage.now())

    cpu, began = time.process_time(), time.perf_counter()
    traces = extract(looped, progress=progress, times=times, device=device)
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
