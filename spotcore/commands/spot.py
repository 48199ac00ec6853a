"""`python -m spotcore spot VIDEO... --out proposals.csv`: videos in, proposals and curves out, no database."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from spotcore.commands.progress import VideoProgress, video_progress
from spotcore.errors import InvalidSettings, SpotcoreError
from spotcore.label_csv import LabelRow, write_labels
from spotcore.person import PersonChoice
from spotcore.pipeline import SpotResult, SpottingModel, load_model, spot
from spotcore.probabilities import Curves


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Propose expression intervals; frames are 0-based, both ends included, original numbers."
    parser.add_argument("videos", metavar="VIDEO", nargs="+", help="video file, or folder of numbered pictures")
    parser.add_argument("--out", required=True, metavar="PROPOSALS.csv", help="video,type,onset,apex,offset,score")
    parser.add_argument("--model", default="default", help="baseline, default, or the folder of a checkpoint")
    parser.add_argument("--false-alarms", type=float, default=6.0, metavar="PER_MINUTE",
                        help="how often it may be wrong: 6 to review (default), 1 strict")  # fmt: skip
    parser.add_argument("--curves", metavar="CURVES.npz", help="also write the curves, keyed video/channel")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where flow and network run")
    parser.add_argument("--rate", type=float, metavar="FPS", help="frames per second of picture folders")
    parser.add_argument("--cache", metavar="FOLDER", help="keep trace files there and use them again")
    parser.add_argument("--person", metavar="FRAME:X,Y", help="follow the person at this place of this frame")


def run(arguments: argparse.Namespace) -> int:
    """Spot each video; a bad one costs a line on stderr and the exit code 1, the others are still processed."""
    if not arguments.false_alarms >= 0:
        raise InvalidSettings(f"--false-alarms: expected a rate of 0 or more a minute, got {arguments.false_alarms:g}")
    person = None if arguments.person is None else parse_person(arguments.person)
    for option in ("out", "curves"):
        if getattr(arguments, option) is not None:
            _require_writable(Path(getattr(arguments, option)), f"--{option}")
    model = load_model(arguments.model, arguments.device)
    rows: list[LabelRow] = []
    curves: dict[str, Curves] = {}
    failed = 0
    with video_progress() as progress:
        if arguments.model == "default":
            progress.say(f"model: {model.version}")
        for video in dict.fromkeys(arguments.videos):
            try:
                result = _spot_one(video, model, arguments, person, progress)
            except (SpotcoreError, OSError) as error:
                failed += 1
                progress.drop()
                progress.say(_one_line(video, error))
                continue
            for note in result.notes:
                progress.say(f"{video}: {note}")
            rows += [LabelRow(video, proposal) for proposal in result.proposals]
            curves[video] = result.curves
    write_labels(arguments.out, rows)
    if arguments.curves is not None:
        write_curves(Path(arguments.curves), curves)
    return 1 if failed else 0


def _spot_one(
    video: str,
    model: SpottingModel,
    arguments: argparse.Namespace,
    person: PersonChoice | None,
    progress: VideoProgress,
) -> SpotResult:
    return spot(
        video,
        model,
        false_alarms=arguments.false_alarms,
        rate=arguments.rate,
        cache_dir=None if arguments.cache is None else Path(arguments.cache),
        person=person,
        progress=progress.start(Path(video).name),
        # The baseline needs no torch; only to find out whether there is CUDA, it is not loaded.
        device="cpu" if (arguments.model, arguments.device) == ("baseline", "auto") else arguments.device,
    )


def parse_person(text: str) -> PersonChoice:
    """"120:310,95" -> the person at x 310, y 95 of frame 120.

    Raises:
        InvalidSettings: another form.
    """
    try:
        frame, point = text.split(":")
        x, y = point.split(",")
        return PersonChoice(int(frame), point=(float(x), float(y)))
    except ValueError:
        raise InvalidSettings(f"--person: expected FRAME:X,Y such as 120:310,95, got {text!r}") from None


def write_curves(path: Path, curves: dict[str, Curves]) -> None:
    """One npz for all videos: `video/channel`, with `video/frames` and `video/timestamps` for each sample."""
    arrays: dict[str, np.ndarray] = {}
    for video, one in curves.items():
        arrays |= {f"{video}/frames": one.frames, f"{video}/timestamps": one.timestamps}
        arrays |= {f"{video}/{name}": np.asarray(values, np.float32) for name, values in one.channels.items()}
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez(file, **arrays)
    part.replace(path)


def _require_writable(path: Path, option: str) -> None:
    """Refuse before hours of work, not after."""
    folder = path.parent
    if path.is_dir():
        raise InvalidSettings(f"{option}: {path} is a folder, expected a file name")
    if not folder.is_dir():
        raise InvalidSettings(f"{option}: the folder {folder} does not exist")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InvalidSettings(f"{option}: {path} cannot be written")


def _one_line(video: str, error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    text = text.removeprefix(f"{Path(video).name}: ")  # once is enough
    return text if text.startswith(video) else f"{video}: {text}"
