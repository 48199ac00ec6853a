"""What twenty reviewed clips of another site are worth: the shipped model, retrained there, against itself.

A synthetic site (`synthesis.site`) differs in expressions, noise and camera from what the default model learned from.
The same training run as in the app goes on from the default model; people of that site whom nobody trained on decide,
and the frozen corpus says what was forgotten.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spotcore.decoding import REVIEW_FALSE_ALARMS, propose
from spotcore.feature_files import load_traces
from spotcore.intervals import Interval
from spotcore.manifest import ManifestVideo
from spotcore.paired import PairedDifference, paired_difference
from spotcore.pipeline import SpottingModel, features_for, load_model, trace_path
from spotcore.synthesis.corpus import TEST_V1, Corpus
from spotcore.synthesis.site import write_site

FORMAT = "glint-shifted-site/1"
Say = Callable[[str], None]


def run_site(out: Path, seed: int, frozen: Path | None, say: Say = print, settings: Mapping[str, Any] | None = None,
             tested: int | None = None) -> dict[str, Any]:  # fmt: skip
    """Retrain on the site of that seed and score parent and retrained model; what is already trained is kept.

    Args:
        out: folder of the run.
        seed: of the site and of the training.
        frozen: folder of `corpus-score --out` with the clips of the frozen corpus; None leaves that part out.
        say: told about every step.
        settings: changes of the preset "tune".
        tested: clips in the role test, by default those of `write_site`.

    Returns:
        Plain values: settings, seconds, and "site" and "frozen" as `PairedDifference.as_dict`, the parent as a.
    """
    from spotcore.training.loop import train
    from spotcore.training.settings import TrainingSettings

    out = Path(out)
    manifest = write_site(out / "site", seed, **({} if tested is None else {"tested": tested}))
    say(f"site {seed}: {len(manifest.videos)} clips")
    wanted = TrainingSettings.from_preset("tune", warm_start="default", device="cpu", seed=seed, **(settings or {}))
    began = time.monotonic()
    result = train(manifest, wanted, out / "run")
    seconds = time.monotonic() - began
    say(f"retrained in {seconds:.0f} s: epoch {result.best_epoch}; {'; '.join(result.notes)}")
    models = [load_model("default", "cpu"), load_model(result.folder, "cpu")]
    report: dict[str, Any] = {
        "format": FORMAT, "seed": seed, "settings": wanted.as_dict(), "seconds": round(seconds, 1),
        "events": {role: manifest.event_counts(role) for role in ("train", "validation", "test")},
        "notes": list(result.notes), "site": compared(models, manifest.of_role("test")).as_dict(),
    }  # fmt: skip
    if frozen is not None:
        report["frozen"] = compared(models, frozen_videos(frozen)).as_dict()
    (out / "result.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    return report


def compared(models: Sequence[SpottingModel], videos: Sequence[ManifestVideo]) -> PairedDifference:
    """F1 of the second model minus that of the first, at the usual rate of false alarms."""
    sides: list[dict[str, list[Interval]]] = [{}, {}]
    for video in videos:
        traces = load_traces(video.features)
        for model, side in zip(models, sides, strict=True):
            side[video.id] = propose(model.curves(traces), REVIEW_FALSE_ALARMS)
    truth = {video.id: list(video.intervals) for video in videos}
    return paired_difference(truth, *sides, {video.id: video.subject for video in videos})


def frozen_videos(folder: Path) -> tuple[ManifestVideo, ...]:
    """Clips of the frozen corpus with their trace files, measured where that was not done."""
    from spotcore.features import DEFAULT_SETTINGS
    from spotcore.video import open_video

    videos = []
    for plan in Corpus.load(TEST_V1).clips:
        with open_video(folder / f"{plan.name}.mp4") as video:
            features_for(video, folder / "traces")
            path = trace_path(video.info, folder / "traces", DEFAULT_SETTINGS, None)
        videos.append(ManifestVideo(
            id=plan.name, title=plan.name, subject=plan.identity, role="test", features=path,
            frame_count=plan.frames, fps=plan.fps, intervals=tuple(event.interval for event in plan.events),
        ))  # fmt: skip
    return tuple(videos)


def table(reports: Sequence[Mapping[str, Any]]) -> str:
    """A Markdown table: a row for each seed and footage."""
    lines = [
        "| footage | subjects | parent: F1 [95 %] | retrained: F1 [95 %] | gain [95 %] | macro | micro |",
        "|---|---|---|---|---|---|---|",
    ]
    for report in reports:
        for part, name in (("site", f"site, seed {report['seed']}"), ("frozen", f"corpus v1, seed {report['seed']}")):
            if part in report:
                lines.append(_row(name, report[part]))
    return "\n".join(lines)


def _row(name: str, paired: Mapping[str, Any]) -> str:
    overall = paired["overall"]
    gain = overall["gain"]
    cells = [name, str(paired["subjects"])]
    cells += [f"{overall[s]['f1']:.3f} [{overall[s]['range'][0]:.3f}, {overall[s]['range'][1]:.3f}]" for s in "ab"]
    cells.append(f"{gain['difference']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}] {gain['verdict']}")
    cells += [f"{paired[kind]['gain']['difference']:+.3f}" for kind in ("macro", "micro")]
    return "| " + " | ".join(cells) + " |"
