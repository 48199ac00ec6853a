"""Which epoch and thresholds a held-out subject is scored at: chosen on other subjects, or, under its own name, not.

Torch-free: works on the proposals that every fold made at every scored epoch, decoded at the loosest setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spotcore.evaluation import Videos, score_videos
from spotcore.intervals import Interval
from spotcore.splits import Fold
from spotcore.thresholds import Choice, above, best_thresholds


@dataclass(frozen=True)
class FoldProposals:
    """What one fold proposed.

    Attributes:
        fold: its subjects; one tests.
        epochs: epoch -> video -> proposals with scores, for videos of the validation and test subjects.
    """

    fold: Fold
    epochs: Mapping[int, Mapping[str, list[Interval]]]


@dataclass(frozen=True)
class Chosen:
    """Proposals of all held-out videos under one way of choosing, with what was chosen for each test subject."""

    proposals: dict[str, list[Interval]]
    epochs: dict[str, int]
    thresholds: dict[str, dict[str, float]]


def nested(runs: Sequence[FoldProposals], truth: Videos, subjects: Mapping[str, str]) -> Chosen:
    """Epoch and thresholds of each fold from its own validation subjects, who neither train nor test in it."""
    return _choose(runs, subjects, lambda run: _best_epoch(run.epochs, truth, subjects, run.fold.validation))


def pooled_nested(runs: Sequence[FoldProposals], truth: Videos, subjects: Mapping[str, str]) -> Chosen:
    """Epoch and thresholds for a test subject from what the other folds proposed for THEIR test subjects.

    Many more events decide than in `nested`. The networks of those folds did train on the subject that is scored here,
    so its labels can reach the choice of the epoch by that detour: a secondary figure.
    """

    def choice(run: FoldProposals) -> tuple[int, dict[str, float]]:
        others = [other for other in runs if other is not run]
        pooled: dict[int, dict[str, list[Interval]]] = {}
        for epoch in sorted(set.intersection(*(set(other.epochs) for other in others))):
            pooled[epoch] = {
                video: found
                for other in others
                for video, found in other.epochs[epoch].items()
                if subjects[video] in other.fold.test
            }
        tested = [subject for other in others for subject in other.fold.test]
        return _best_epoch(pooled, truth, subjects, tested)

    return _choose(runs, subjects, choice)


def last_epoch(runs: Sequence[FoldProposals], truth: Videos, subjects: Mapping[str, str]) -> Chosen:
    """The last epoch, thresholds from the validation subjects."""

    def choice(run: FoldProposals) -> tuple[int, dict[str, float]]:
        epoch = max(run.epochs)
        return _best_epoch({epoch: run.epochs[epoch]}, truth, subjects, run.fold.validation)

    return _choose(runs, subjects, choice)


def paper_style(runs: Sequence[FoldProposals], truth: Videos, subjects: Mapping[str, str]) -> Chosen:
    """The epoch that is best ON the held-out subject, as the releases choose it, thresholds from the validation
    subjects. Too good by construction (METHODS section 7): for comparison with published figures only."""

    def choice(run: FoldProposals) -> tuple[int, dict[str, float]]:
        ranked = []
        for epoch, found in sorted(run.epochs.items()):
            _, thresholds = _best_epoch({epoch: found}, truth, subjects, run.fold.validation)
            mine = {v: above(p, thresholds) for v, p in found.items() if subjects[v] in run.fold.test}
            true = {v: truth.get(v, ()) for v in mine}
            ranked.append((score_videos(true, mine).overall.f1, -epoch, epoch, thresholds))
        _, _, epoch, thresholds = max(ranked, key=lambda entry: entry[:2])
        return epoch, thresholds

    return _choose(runs, subjects, choice)


CHOICES = {"nested": nested, "nested_pooled": pooled_nested, "last_epoch": last_epoch, "paper_style": paper_style}


def _choose(runs, subjects, choice) -> Chosen:
    proposals: dict[str, list[Interval]] = {}
    epochs: dict[str, int] = {}
    thresholds: dict[str, dict[str, float]] = {}
    for run in runs:
        epoch, limits = choice(run)
        for video, found in run.epochs[epoch].items():
            if subjects[video] in run.fold.test:
                proposals[video] = above(found, limits)
        for subject in run.fold.test:
            epochs[subject], thresholds[subject] = epoch, limits
    return Chosen(proposals, epochs, thresholds)


def _best_epoch(
    epochs: Mapping[int, Mapping[str, list[Interval]]],
    truth: Videos,
    subjects: Mapping[str, str],
    judges: Sequence[str],
) -> tuple[int, dict[str, float]]:
    """Epoch of the largest overall F1 on the judges' videos, the later of equals, and its thresholds."""
    best: tuple[float, int, Choice] | None = None
    for epoch in sorted(epochs):
        mine = {video: found for video, found in epochs[epoch].items() if subjects[video] in judges}
        choice = best_thresholds({video: truth.get(video, ()) for video in mine}, mine)
        if best is None or choice.scores.overall.f1 >= best[0]:
            best = (choice.scores.overall.f1, epoch, choice)
    assert best is not None  # every fold has scored at least its last epoch
    return best[1], best[2].thresholds




