"""Leave-one-subject-out on a corpus: read, extract, train all folds, choose on other subjects, score, report.

The folder of a run holds features/ (cached), folds/ (finished folds, which a later run takes over) and the report.
Networks are trained in `training.together` and `training.clips`; what is chosen how stands in `nested`.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spotcore.corpora import Corpus, CorpusVideo
from spotcore.decoding import DECODERS
from spotcore.error_analysis import secondary_figures
from spotcore.errors import InvalidSettings, NothingToTrain
from spotcore.evaluation import bootstrap_f1, score_videos
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.manifest import ManifestVideo
from spotcore.nested import CHOICES, Chosen, FoldProposals
from spotcore.splits import Fold, leave_one_subject_out

MATCHING = "A hit has the same type and an IoU of 0.5 or more, one to one by score, pooled over videos"
Say = Callable[[str], None]


@dataclass(frozen=True)
class LosoResult:
    """The report of a run as plain values, and the proposals behind its main figure."""

    report: dict[str, Any]
    truth: dict[str, list[Interval]]
    proposals: dict[str, list[Interval]]


def corpus_entries(
    corpus: Corpus, folder: Path, clips: int | None = None, say: Say = print
) -> tuple[list[ManifestVideo], list[str]]:
    """Features of every video of a corpus, measured unless they lie in `folder` already.

    Args:
        clips: side of the face pictures for a network that looks at them; None measures traces.

    Returns:
        Wholly reviewed entries without a fixed role, and notes about what had to be left out.

    Raises:
        InvalidSettings: only the sheet is there, no pictures.
    """
    videos = [video for video in corpus.videos if video.folder is not None]
    if not videos:
        raise InvalidSettings(f"corpus {corpus.name}: no picture folder was found, only annotations")
    entries, notes = [], list(corpus.notes)
    for number, video in enumerate(videos, start=1):
        say(f"features {number}/{len(videos)}: {video.id}")
        path, count = _features(video, folder, clips)
        intervals, outside = _inside(video, count)
        if outside:
            notes.append(f"{video.id}: {outside} events reach beyond its {count} frames (cut off or left out)")
        entries.append(
            ManifestVideo(video.id, video.id, video.subject, "train", path, count, video.fps, ((0, count - 1),),
                          (), tuple(intervals))
        )  # fmt: skip
    return entries, notes


def _features(video: CorpusVideo, folder: Path, clips: int | None) -> tuple[Path, int]:
    from spotcore.features import DEFAULT_SETTINGS
    from spotcore.pipeline import features_for, trace_path
    from spotcore.video import open_video

    with open_video(video.folder, rate=video.fps) as opened:
        count = opened.info.table.frame_count
        if clips is not None:
            from spotcore.face_clips import clips_for

            return clips_for(opened, folder, clips), count
        features_for(opened, folder)
        return trace_path(opened.info, folder, DEFAULT_SETTINGS, None), count


def _inside(video: CorpusVideo, count: int) -> tuple[list[Interval], int]:
    kept, outside = [], 0
    for event in video.events:
        i = event.interval
        outside += i.offset >= count
        if i.onset < count:
            offset = min(i.offset, count - 1)
            apex = i.apex if i.apex is not None and i.apex <= offset else None
            kept.append(Interval(i.onset, offset, i.type, apex))
    return kept, outside


def run_loso(
    entries: Sequence[ManifestVideo],
    settings,
    out: Path,
    *,
    validation: int = 1,
    together: int = 0,
    notes: Sequence[str] = (),
    progress: Callable[[str, int, int], None] | None = None,
) -> LosoResult:
    """Train every fold, score it, and compare with the training-free baseline on the same videos.

    Args:
        settings: `TrainingSettings`; fold n takes seed + n.
        validation: subjects per fold that choose epoch and thresholds, and do not train.
        together: folds trained as one computation; 0: all where that is faster (see `default_group`), else one.
        progress: called with (fold or group, epochs done, epochs in all).

    Raises:
        NothingToTrain: too few subjects or no usable expression.
        InvalidSettings: `together` with a network that cannot be stacked.
    """
    from spotcore.device import choose_device
    from spotcore.models import build_network
    from spotcore.models.cost import cost
    from spotcore.training.loop import threads_limited

    folds = leave_one_subject_out([entry.subject for entry in entries], validation)
    network = build_network(settings.architecture, settings.network_settings())
    device = choose_device(settings.device)
    subjects = {entry.id: entry.subject for entry in entries}
    truth = {entry.id: list(entry.intervals) for entry in entries}
    if not any(truth.values()):
        raise NothingToTrain("no video of the corpus has an annotated expression")
    if network.input == "face clips":
        from spotcore.training.clips import ClipFolds

        trainer, baseline = ClipFolds(entries, folds, settings, device), None
        if together > 1:
            raise InvalidSettings("--together: FESNet trains one fold at a time")
    else:
        trainer = _TraceFolds(entries, folds, settings, device)
        baseline = _baseline(trainer.videos, folds)
    group = together or default_group(settings.architecture, device.type, len(folds))
    with threads_limited(settings.threads):
        runs = _all_folds(trainer, folds, group, Path(out), _key(entries, settings, validation), progress)
    spent = cost(network, device)
    rows = {name: choose(runs, truth, subjects) for name, choose in CHOICES.items()}
    events = {kind: sum(i.type == kind for v in truth.values() for i in v) for kind in EXPRESSION_TYPES}
    report = {
        "format": "glint-loso/2",
        "about": f"{len(folds)} subjects, {len(entries)} videos, {events['macro']} macro and {events['micro']} micro "
        f"expressions. {MATCHING}.",
        "architecture": settings.architecture,
        "settings": settings.as_dict(),
        "network": network.settings.as_dict(),
        "subjects": len(folds),
        "validation_subjects_per_fold": validation,
        "folds_together": group,
        "videos": len(entries),
        "events": events,
        "matching": MATCHING,
        "results": {name: _scored(chosen, truth, subjects) | {"cost": spent} for name, chosen in rows.items()},
        "figures_of": "nested",
        "notes": [*notes, *trainer.notes],
    }
    if baseline is not None:
        found, spent = baseline
        chosen = CHOICES["nested"](found, truth, subjects)
        report["results"]["baseline"] = _scored(chosen, truth, subjects) | {"cost": spent}
    main = rows["nested"].proposals
    traces = {video.entry.id: video.traces for video in trainer.videos} if network.input != "face clips" else None
    ranked = without_thresholds(runs, rows["nested"].epochs, subjects)
    report |= secondary_figures(truth, main, {entry.id: entry.fps for entry in entries}, traces, ranked)
    return LosoResult(report, truth, main)


def default_group(architecture: str, device: str, folds: int) -> int:
    """How many folds train together unless it is said.

    On a CPU one: a single network keeps a core busy, and side by side was slower (`models.bench_folds`, 22 folds, one
    thread: 0.75 times the speed for the dilated network, 0.47 for SpoT-GCN). On CUDA all folds of the small networks,
    because one alone leaves the device mostly idle; that is expected, not yet measured.
    """
    return folds if device == "cuda" and architecture in ("dilated", "spot_gcn") else 1


def without_thresholds(
    runs: Sequence[FoldProposals], epochs: Mapping[str, int], subjects: Mapping[str, str]
) -> dict[str, list[Interval]]:
    """Everything that each fold proposed for its test subjects at the chosen epoch, video -> intervals."""
    return {
        video: found
        for run in runs
        for video, found in run.epochs[epochs[run.fold.test[0]]].items()
        if subjects[video] in run.fold.test
    }


def _scored(chosen: Chosen, truth, subjects) -> dict[str, Any]:
    ranges = bootstrap_f1(truth, chosen.proposals, subjects)
    return {
        "scores": score_videos(truth, chosen.proposals).as_dict(),
        "f1_range_95": {kind: [found.low, found.high] for kind, found in ranges.items()},
        "epochs": chosen.epochs,
        "thresholds": chosen.thresholds,
    }


class _TraceFolds:
    """Folds of networks over traces."""

    def __init__(self, entries, folds: Sequence[Fold], settings, device) -> None:
        from spotcore.training.dataset import load_videos
        from spotcore.training.together import fold_data

        self.videos = load_videos(entries)
        self.folds, self.settings, self.device = fold_data(self.videos, folds), settings, device
        self.types, self.notes = _types(entries, folds, settings.minimum_events)

    def train(self, group: Sequence[int], progress) -> list[FoldProposals]:
        from spotcore.training.together import train_group

        return train_group(self.folds, group, self.types, self.settings, self.device, progress)


def _types(entries, folds: Sequence[Fold], minimum: int) -> tuple[tuple[str, ...], list[str]]:
    """Types with enough training events in EVERY fold; the commonest always. The others are said, not proposed."""
    least = {
        kind: min(
            sum(i.type == kind for e in entries if e.subject in fold.train for i in e.intervals) for fold in folds
        )
        for kind in EXPRESSION_TYPES
    }
    commonest = max(EXPRESSION_TYPES, key=least.__getitem__)
    types = tuple(kind for kind in EXPRESSION_TYPES if least[kind] >= minimum or kind == commonest)
    lacking = [kind for kind in EXPRESSION_TYPES if kind not in types]
    return types, [f"{kind}: only {least[kind]} training events in some fold: never proposed" for kind in lacking]


def _all_folds(trainer, folds, size: int, out: Path, key: str, progress) -> list[FoldProposals]:
    """Train what is not finished in `out`/folds; a killed run loses the group it was in."""
    store = out / "folds" / key
    store.mkdir(parents=True, exist_ok=True)
    paths = [store / f"{'_'.join(fold.test)}.json" for fold in folds]
    open_folds = [index for index, path in enumerate(paths) if not path.exists()]
    for first in range(0, len(open_folds), size):
        group = open_folds[first : first + size]
        name = "without " + "-".join(dict.fromkeys((folds[group[0]].test[0], folds[group[-1]].test[0])))

        def tell(done: int, total: int, name: str = name) -> None:
            if progress:
                progress(name, done, total)

        for index, run in zip(group, trainer.train(group, tell), strict=True):
            part = paths[index].with_suffix(".part")
            part.write_text(json.dumps(_packed(run)), encoding="utf-8")
            os.replace(part, paths[index])
    stored = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    return [_unpacked(fold, values) for fold, values in zip(folds, stored, strict=True)]


def _key(entries, settings, validation: int) -> str:
    """Folds finished under other settings or features are not taken over."""
    wanted = settings.as_dict() | {"device": "", "threads": 0}
    videos = [
        [e.id, e.subject, Path(e.features).name, [[i.onset, i.apex, i.offset, i.type] for i in e.intervals]]
        for e in entries
    ]
    text = json.dumps([wanted, videos, validation], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _packed(run: FoldProposals) -> dict[str, Any]:
    return {
        str(epoch): {v: [[p.onset, p.offset, p.type, p.apex, p.score] for p in found] for v, found in videos.items()}
        for epoch, videos in run.epochs.items()
    }


def _unpacked(fold: Fold, values: dict[str, Any]) -> FoldProposals:
    epochs = {int(e): {v: [Interval(*p) for p in found] for v, found in videos.items()} for e, videos in values.items()}
    return FoldProposals(fold, epochs)


def _baseline(videos, folds: Sequence[Fold]) -> tuple[list[FoldProposals], dict[str, Any]]:
    """The training-free baseline as a run of one epoch, and its cost; all other subjects choose its thresholds."""
    from spotcore.baseline import baseline_curves

    found, began = {}, time.perf_counter()
    for video in videos:
        curves = baseline_curves(video.traces)
        found[video.entry.id] = DECODERS[curves.decoder](curves)
    seconds, frames = time.perf_counter() - began, sum(len(video.traces) for video in videos)
    # No layers whose operations could be counted; the time includes decoding.
    spent = {
        "parameters": 0,
        "mflop_per_frame": None,
        "ms_per_frame": round(1000 * seconds / max(frames, 1), 4),
        "device": "cpu",
    }
    return [FoldProposals(Fold((), (*fold.train, *fold.validation), fold.test), {1: found}) for fold in folds], spent
