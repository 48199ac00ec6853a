"""`python -m spotcore seeded-recall VIDEO --out DIR`: what movements can this footage show, and this model find?"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from spotcore.commands.progress import video_progress
from spotcore.decoding import REVIEW_FALSE_ALARMS
from spotcore.errors import InvalidSettings
from spotcore.seeded_page import as_table
from spotcore.seeded_recall import LadderSettings, count_found
from spotcore.seeded_result import asked, write_result


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; neither torch nor mediapipe is needed for that."""
    parser.description = (
        "Put known expressions of 0.5, 1, 2, 4 and 8 %% of the eye distance into your own footage, away from "
        "proposals, cuts and blinks, and count how many are found, against the same footage without them and against "
        "control shifts of half a pixel. Writes result.json, result.html and the rendered clips; an interrupted run "
        "goes on where it was."
    )
    defaults = LadderSettings()
    parser.add_argument("video", metavar="VIDEO", help="video file, or folder of numbered pictures")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of this run")
    parser.add_argument("--model", default="default", help="baseline, default, or the folder of a checkpoint")
    parser.add_argument("--false-alarms", type=float, default=REVIEW_FALSE_ALARMS, metavar="PER_MINUTE",
                        help="how often the model may be wrong: 6 to review (default), 1 strict")  # fmt: skip
    parser.add_argument("--events", type=int, default=defaults.events,
                        help=f"known events in all passes together, at least ({defaults.events})")  # fmt: skip
    parser.add_argument("--type", choices=("micro", "macro"), default=defaults.type,
                        help=f"duration of the events ({defaults.type})")  # fmt: skip
    parser.add_argument("--seed", type=int, default=defaults.seed, help="everything that is drawn by chance (0)")
    parser.add_argument("--gap", type=float, default=defaults.gap_seconds, metavar="SECONDS",
                        help=f"untouched footage on both sides of an event ({defaults.gap_seconds:g})")  # fmt: skip
    parser.add_argument("--rate", type=float, metavar="FPS", help="frames per second of a picture folder")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where a network runs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Plan, render, spot, count, write, print."""
    from spotcore.pipeline import load_model
    from spotcore.seeded_run import LadderRun

    if not arguments.false_alarms >= 0:
        raise InvalidSettings(f"--false-alarms: expected a rate of 0 or more a minute, got {arguments.false_alarms:g}")
    settings = LadderSettings(
        type=arguments.type, events=arguments.events, seed=arguments.seed, gap_seconds=arguments.gap
    )
    model = load_model(arguments.model, arguments.device)
    ladder = LadderRun(arguments.video, model, arguments.out, arguments.false_alarms, arguments.rate)
    with video_progress() as progress:
        plan = ladder.plan(settings, progress.start(f"spotting {Path(arguments.video).name}"))
        progress.say(f"{sum(map(len, plan.passes))} events in {len(plan.passes)} passes over the footage")
        answers = ladder.answers(plan, progress.start("rendering and spotting"))
    result = count_found(plan, answers)
    report = write_result(
        arguments.out, plan, answers, result, model=model.name, version=model.version,
        false_alarms=arguments.false_alarms,
    )  # fmt: skip
    about = asked(model.version, arguments.false_alarms)
    print(json.dumps(report, indent=1) if arguments.json else f"{plan.footage.name}, {about}\n\n{as_table(result)}")
    return 0
