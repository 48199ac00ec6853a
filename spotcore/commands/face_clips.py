"""`python -m spotcore face-clips VIDEO... --out DIR`: aligned face pictures, the features of a FESNet manifest."""

from __future__ import annotations

import argparse
from pathlib import Path

from spotcore.commands.progress import video_progress
from spotcore.errors import SpotcoreError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Cut the aligned face out of videos; prints the clip file of each, for a manifest."
    parser.add_argument("videos", metavar="VIDEO", nargs="+", help="video file, or folder of numbered pictures")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the clip files")
    parser.add_argument("--side", type=int, default=112, help="pixels per side, as the network takes (112)")
    parser.add_argument("--rate", type=float, metavar="FPS", help="frames per second of picture folders")


def run(arguments: argparse.Namespace) -> int:
    """One line `VIDEO<tab>CLIP FILE` per video; a bad one costs a line on stderr and the exit code 1."""
    from spotcore.face_clips import clips_for
    from spotcore.video import open_video

    failed = 0
    with video_progress() as progress:
        for name in dict.fromkeys(arguments.videos):
            try:
                with open_video(name, arguments.rate) as video:
                    path = clips_for(
                        video, Path(arguments.out), arguments.side, progress=progress.start(Path(name).name)
                    )
            except (SpotcoreError, OSError) as error:
                failed += 1
                progress.drop()
                progress.say(f"{name}: {error}")
                continue
            print(f"{name}\t{path}")
    return 1 if failed else 0
