"""Labels for the tests of formats: seeded, with everything that a label can say and that a format can choke on."""

from __future__ import annotations

import numpy as np

from webapp.exchange.clock import Clock
from webapp.exchange.label_rows import Context, checked
from webapp.exchange.material import Material, Rows, Source
from webapp.services.outside_labels import OutsideLabel, Target

FRAMES = 400
NOTES = (
    "", "plain", "two\nlines", "=1+1", "  spaces ", "'quoted' \"twice\"", "<b>&amp;</b>", "ünï 表情 😀", "a;b,c\td",
)  # fmt: skip
PEOPLE = ("Annotator", "Eve & <Adam>")
TITLES = {"15_0101a.mp4": "15", "s02 ünï.mp4": "s02", "006_1": "006"}


def clock_of(title: str, seed: int = 0) -> Clock:
    """A camera of 200 frames/s, one of 29.97, and one whose frames come when they come."""
    if title.startswith("s02"):
        gaps = np.random.default_rng(seed).uniform(0.004, 0.09, FRAMES - 1)
        return Clock(np.concatenate([[0.0], np.cumsum(gaps)]))
    return Clock.steady(FRAMES, 200.0 if title.startswith("006") else 30000 / 1001)


def targets() -> dict[str, Target]:
    return {
        title: Target(number, title, FRAMES, 30.0, subject)
        for number, (title, subject) in enumerate(TITLES.items(), start=1)
    }


def labels(seed: int, count: int = 40) -> list[OutsideLabel]:
    """Labels that overlap, touch, last one frame and reach both ends of their videos."""
    random = np.random.default_rng(seed)
    made = {}
    for number in range(count):
        title = str(random.choice(list(TITLES)))
        onset = int(random.choice([0, random.integers(0, FRAMES), FRAMES - 1]))
        offset = min(FRAMES - 1, onset + int(random.choice([0, 1, 9, 60])))
        apex = None if random.random() < 0.3 else int(random.integers(onset, offset + 1))
        verdict = str(random.choice(["accepted", "adjusted", "added", "rejected", "unsure"]))
        label = OutsideLabel(
            title, str(random.choice(PEOPLE)), str(random.choice(["macro", "micro"])), onset, apex, offset, verdict,
            "head motion" if verdict == "rejected" else None,
            tuple(random.choice(["4", "R12B", "L14", "25E"], random.integers(0, 3), replace=False).tolist()),
            NOTES[number % len(NOTES)], emotion=str(random.choice(["", "happiness", "fear"])),
            confidence=None if random.random() < 0.5 else round(float(random.random()), 3),
        )  # fmt: skip
        made[title, label.annotator, onset, offset, label.type] = label
    return sorted(made.values(), key=order)


def order(label: OutsideLabel) -> tuple:
    return label.video, label.annotator, label.onset, label.offset, label.type


def material(made: list[OutsideLabel]) -> Material:
    return Material("A study", made, targets(), clock_of)


def source(data: bytes, name: str = "file") -> Source:
    return Source(name, data, targets(), clock_of)


def context() -> Context:
    return Context(targets(), frozenset(PEOPLE), "Annotator")


def labels_of(rows: Rows) -> list[OutsideLabel]:
    return sorted(checked(rows, context()), key=order)
