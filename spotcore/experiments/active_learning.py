"""One cell of the question which videos to code first: choose, code, train, choose again, then score new people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from spotcore.experiments.experiment import Sums
from spotcore.experiments.running import Workplace
from spotcore.experiments.spotting import Spotter, add_scores, taught_spotter
from spotcore.experiments.videos import TEST, TRAIN, VALIDATION, digest, synthetic_videos
from spotcore.selection import Candidate, SelectionSettings, choose, description, doubt
from spotcore.thresholds import above, best_thresholds
from spotcore.training.dataset import LabelledVideo
from spotcore.training.loop import threads_limited
from spotcore.training.selection import true_intervals

TRAINING = {"architecture": "dilated", "network": {"signals": True}}
# What videos of the library hold, in turn; noise is in grey levels.
KINDS: tuple[Mapping[str, Any], ...] = (
    {"micro": (1, 3), "macro": (1, 3)},
    {"micro": (0, 1), "macro": (0, 1)},
    {"micro": (1, 3), "macro": (1, 3)},
    {"micro": (0, 1), "macro": (0, 1), "noise": (2.0, 14.0)},
    {"micro": (1, 3), "macro": (1, 3), "noise": (2.0, 14.0)},
    {"micro": (0, 1), "macro": (0, 1)},
)


def fingerprint() -> str:
    """What tells the library of this code from that of another."""
    return "-".join(digest(synthetic_videos(TRAIN, 1, 0, kind)[0]) for kind in KINDS)


def measure(level: Mapping[str, Any], seed: int, workplace: Workplace) -> tuple[Sums, dict[str, Any]]:
    """Sums of the test subjects after `coded` videos were coded in this order."""
    with threads_limited(0):
        sizes = workplace.sizes
        shrink = int(sizes.get("shrink", 1))
        wanted = max(int(sizes["start"]), level["coded"] // shrink)
        pool = library(workplace, TRAIN, int(sizes["pool"]), seed)
        validation = library(workplace, VALIDATION, int(sizes["validation"]), seed)
        order = SelectionSettings(**level["order"])
        coded = first_batch(len(pool), int(sizes["start"]), seed)
        while True:
            spotter, thresholds = _taught([pool[i] for i in coded], validation, seed, workplace)
            if len(coded) >= wanted:
                break
            more = min(len(coded), wanted - len(coded))
            coded += next_batch(pool, coded, more, order, spotter, thresholds, seed, workplace)
        sums: Sums = {}
        for video in library(workplace, TEST, int(sizes["test"]), 0):
            add_scores(sums.setdefault(video.entry.subject, {}), video, above(spotter(video), thresholds), {})
        # A figure is a quotient over subjects; this one is the same for all of them.
        expressions = sum(len(true_intervals(pool[i])) for i in coded)
        for values in sums.values():
            values |= {"expressions": expressions, "cells": 1}
        return sums, {"coded": len(coded), "expressions": expressions}


def library(workplace: Workplace, role: int, count: int, seed: int) -> list[LabelledVideo]:
    """Videos of all `KINDS` in turn, each of a person of their own; the same count and seed give the same."""
    length = {"seconds": workplace.sizes["trace_seconds"]} if "trace_seconds" in workplace.sizes else {}

    def make() -> list[LabelledVideo]:
        each = -(-count // len(KINDS))
        made = [_renamed(synthetic_videos(role * 10 + kind, each, seed, {**plan, **length}), kind)
                for kind, plan in enumerate(KINDS)]  # fmt: skip
        return [video for group in zip(*made, strict=True) for video in group][:count]

    return workplace.remembered(("library", role, count, seed), make)


def _renamed(videos: Sequence[LabelledVideo], kind: int) -> list[LabelledVideo]:
    """Names that differ between kinds, which are drawn from seeds of their own."""
    return [
        replace(v, entry=replace(v.entry, id=f"{v.entry.id}_k{kind}", subject=f"{v.entry.subject}_k{kind}"))
        for v in videos
    ]


def first_batch(count: int, start: int, seed: int) -> list[int]:
    """Places of the videos coded before any model exists: by chance."""
    return sorted(np.random.default_rng([seed, 89]).permutation(count)[:start].tolist())


def next_batch(
    pool: Sequence[LabelledVideo],
    coded: Sequence[int],
    count: int,
    order: SelectionSettings,
    spotter: Spotter,
    thresholds: Mapping[str, float],
    seed: int,
    workplace: Workplace,
) -> list[int]:
    """Places of the videos to code next; the model sees them all, their labels are not looked at."""
    known = set(coded)
    needs_doubt = order.random_share < 1 and order.doubt_weight > 0

    def candidate(place: int) -> Candidate:
        video = pool[place]
        seen = workplace.remembered(("description", seed, place), lambda: description(video.traces))
        doubtful = None
        if needs_doubt and place not in known:
            minutes = len(video.traces) / video.traces.kind.rate / 60
            doubtful = doubt(spotter(video), thresholds, minutes)
        return Candidate(f"{place:05d}", video.entry.subject, doubtful, seen)

    waiting = [candidate(place) for place in range(len(pool)) if place not in known]
    picks = choose(waiting, [candidate(place) for place in coded], count, order, seed * 1000 + len(known))
    return [int(pick.id) for pick in picks]


def _taught(
    coded: Sequence[LabelledVideo], validation: Sequence[LabelledVideo], seed: int, workplace: Workplace
) -> tuple[Spotter, dict[str, float]]:
    """A network that learned from what is coded, and its thresholds on people who do not teach."""
    spotter = taught_spotter(coded, TRAINING, seed, workplace)
    truth = {video.entry.id: true_intervals(video) for video in validation}
    found = {video.entry.id: spotter(video) for video in validation}
    return spotter, best_thresholds(truth, found).thresholds
