"""What a network learns from: videos of a manifest with targets and masks, cut into segments and batches.

Everything random is drawn from (seed, epoch), so an epoch is the same whether or not the run was interrupted before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spotcore.errors import InvalidFile, NothingToTrain
from spotcore.feature_files import Traces, cut_windows, load_traces
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.manifest import Manifest, ManifestVideo, Span
from spotcore.models.layers import REGIONS
from spotcore.targets import Targets, make_targets, to_samples
from spotcore.training.settings import TrainingSettings

SEGMENT = 16  # frames, as in the papers
MIRROR = (3, 4, 5, 0, 1, 2, 7, 6, 8, 9)  # left and right change places (METHODS section 2, order of regions)


@dataclass(frozen=True)
class LabelledVideo:
    """One video with everything training and scoring need.

    Attributes:
        entry: where it comes from; its intervals are in original frame numbers.
        traces: T samples.
        intervals: true expressions in sample numbers.
        rejected: (T,) bool, inside a proposal that a person rejected.
        known: (T,) bool, somebody decided what is there: reviewed, or inside a true or rejected interval, and not
            unsure.
        usable: (T,) bool, known, with a face, and not gated: frames that count in the loss.
        targets: of all T samples.
    """

    entry: ManifestVideo
    traces: Traces
    intervals: tuple[Interval, ...]
    rejected: np.ndarray
    known: np.ndarray
    usable: np.ndarray
    targets: Targets


def load_videos(entries: Sequence[ManifestVideo]) -> list[LabelledVideo]:
    """Read the trace files.

    Raises:
        InvalidFile: a trace file is missing, damaged or does not belong to its video.
        IncompatibleFeatures: the videos were measured in different ways.
    """
    videos = [_load(entry) for entry in entries]
    for video in videos[1:]:
        videos[0].traces.kind.require(video.traces.kind, str(video.entry.features))
    return videos


def _load(entry: ManifestVideo) -> LabelledVideo:
    traces = load_traces(entry.features)
    frames = traces.frames
    if len(frames) and frames[-1] >= entry.frame_count:
        raise InvalidFile(
            f"{entry.features}: holds frame {frames[-1]}, but the video {entry.title} has {entry.frame_count} frames"
        )
    decided = [(i.onset, i.offset) for i in entry.intervals]
    refused = [(r.interval.onset, r.interval.offset) for r in entry.rejected]
    unsure = inside(frames, entry.unsure)
    known = inside(frames, [*entry.reviewed, *decided, *refused]) & ~unsure
    intervals = tuple(to_samples(entry.intervals, frames))
    return LabelledVideo(
        entry=entry,
        traces=traces,
        intervals=intervals,
        rejected=inside(frames, refused) & known,
        known=known,
        usable=known & traces.found & traces.analysable,
        targets=make_targets(intervals, len(frames)),
    )


def inside(frames: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
    """(T,) bool: which frame numbers lie in one of the spans, ends included."""
    answer = np.zeros(len(frames), bool)
    for first, last in spans:
        answer |= (frames >= first) & (frames <= last)
    return answer


def trained_types(manifest: Manifest, minimum: int) -> tuple[tuple[str, ...], list[str]]:
    """Which expression types have enough training events, and notes about those that do not (METHODS section 3).

    The commonest type is always trained, or nothing could be proposed at all.

    Raises:
        NothingToTrain: no event at all on the training side.
    """
    counts = manifest.event_counts("train")
    if not any(counts.values()):
        subjects = sorted({video.subject for video in manifest.of_role("train")})
        raise NothingToTrain(
            f"The training subjects ({', '.join(subjects)}) have no expression at all: accept or add some in their "
            "videos, or give the role train to a subject who has expressions."
        )
    commonest = max(EXPRESSION_TYPES, key=counts.__getitem__)
    types = tuple(kind for kind in EXPRESSION_TYPES if counts[kind] >= minimum or kind == commonest)
    notes = []
    for kind in EXPRESSION_TYPES:
        count = counts[kind]
        events = f"{count} {kind} event{'' if count == 1 else 's'}"
        if kind not in types:
            notes.append(f"{events} to train on: this model never proposes {kind} expressions")
        elif count < 10:
            notes.append(f"few events: only {events} to train on, so expect little of its {kind} proposals")
    return types, notes


@dataclass(frozen=True)
class Batch:
    """B frames of several segments.

    Attributes:
        windows: (B, W, R, 2) float32.
        boundary: (K, B) int64; apex, action: (K, B) float32; group: (B,) int64; see `targets`.
        mask: (B,) bool, frames that count.
    """

    windows: np.ndarray
    boundary: np.ndarray
    apex: np.ndarray
    action: np.ndarray
    group: np.ndarray
    mask: np.ndarray


Segment = tuple[int, int]  # number of the video, first sample (may lie before 0)


def epoch_segments(
    videos: Sequence[LabelledVideo], types: Sequence[str], settings: TrainingSettings, epoch: int
) -> list[Segment]:
    """Segments of one epoch in training order.

    Every segment that contains an expression, and per such segment `background` others: rejected proposals first,
    then chance. Repeated with shifted borders until there are `minimum_segments`.
    """
    rng = np.random.default_rng([settings.seed, epoch])
    rows = [EXPRESSION_TYPES.index(kind) for kind in types]
    chosen: list[Segment] = []
    while True:
        expressions, hard, easy = _sort_segments(videos, rows, int(rng.integers(SEGMENT)))
        if not expressions:
            break  # every event is masked; `batches` of the caller then says so
        wanted = round(settings.background * len(expressions))
        others = [hard[i] for i in rng.permutation(len(hard))] + [easy[i] for i in rng.permutation(len(easy))]
        chosen += expressions + others[:wanted]
        if len(chosen) >= settings.minimum_segments:
            break
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _sort_segments(
    videos: Sequence[LabelledVideo], rows: Sequence[int], shift: int
) -> tuple[list[Segment], list[Segment], list[Segment]]:
    """All segments with usable frames: with an expression, with a rejected proposal, with neither."""
    expressions: list[Segment] = []
    hard: list[Segment] = []
    easy: list[Segment] = []
    for number, video in enumerate(videos):
        acting = video.targets.action[rows].any(axis=0) & video.usable  # (T,)
        for first in range(-shift, len(video.traces), SEGMENT):
            part = slice(max(first, 0), first + SEGMENT)
            if acting[part].any():
                expressions.append((number, first))
            elif (video.rejected & video.usable)[part].any():
                hard.append((number, first))
            elif video.usable[part].sum() >= SEGMENT // 2:
                easy.append((number, first))
    return expressions, hard, easy


def batches(
    videos: Sequence[LabelledVideo], segments: Sequence[Segment], settings: TrainingSettings, epoch: int
) -> Iterator[Batch]:
    """The segments of an epoch in batches, augmented as the settings say."""
    rng = np.random.default_rng([settings.seed, epoch, 1])
    for first in range(0, len(segments), settings.batch_segments):
        yield make_batch(videos, segments[first : first + settings.batch_segments], settings, rng)


def make_batch(
    videos: Sequence[LabelledVideo],
    segments: Sequence[Segment],
    settings: TrainingSettings,
    rng: np.random.Generator | None,
) -> Batch:
    """One batch; without a generator nothing is varied."""
    windows, columns, masks = [], [], []
    for number, first in segments:
        video, rows = videos[number], np.arange(first, first + SEGMENT)
        inner = np.clip(rows, 0, len(video.traces) - 1)
        cut = cut_windows(video.traces.displacement[:, :REGIONS], inner, settings.window)
        windows.append(cut if rng is None else vary(cut, settings, rng))
        columns.append((number, inner))
        masks.append(video.usable[inner] & (rows == inner))
    targets = [videos[number].targets for number, _ in columns]

    def gather(name: str) -> np.ndarray:
        parts = [getattr(t, name)[..., inner] for t, (_, inner) in zip(targets, columns, strict=True)]
        return np.concatenate(parts, axis=-1)  # (K, B) or (B,)

    return Batch(
        np.concatenate(windows), gather("boundary"), gather("apex"), gather("action"), gather("group"),
        np.concatenate(masks),
    )  # fmt: skip


def vary(windows: np.ndarray, settings: TrainingSettings, rng: np.random.Generator) -> np.ndarray:
    """Augmentation of one segment (a choice of ours): mirrored, stronger or weaker, noisier.

    Args:
        windows: (B, W, R, 2) of one segment; left as it is.

    Returns:
        The same shape; the first row of each window is still zero.
    """
    varied = windows * np.float32(np.exp(settings.gain * rng.standard_normal()))
    if settings.mirror and rng.random() < 0.5:
        varied = varied[:, :, list(MIRROR)] * np.array([-1, 1], np.float32)
    if settings.noise > 0:
        level = np.float32(settings.noise * rng.random())
        noise = level * rng.standard_normal(windows.shape, dtype=np.float32)
        varied = varied + noise - noise[:, :1]
    return varied
