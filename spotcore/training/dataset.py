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
from spotcore.network_input import network_input
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
    videos = [labelled(entry, load_traces(entry.features)) for entry in entries]
    for video in videos[1:]:
        videos[0].traces.kind.require(video.traces.kind, str(video.entry.features))
    return videos


def labelled(entry: ManifestVideo, traces: Traces) -> LabelledVideo:
    """A video with its traces; InvalidFile where they do not belong together."""
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
        windows: (B, W, R, 2) float32; for a network over traces (segments, L, R, 2) stretches that hold the B frames.
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
    order = [chosen[i] for i in rng.permutation(len(chosen))]
    if settings.contrastive_weight > 0 and settings.paired_batches:
        return in_pairs(order, [_group(videos, segment) for segment in order])
    return order


def _group(videos: Sequence[LabelledVideo], segment: Segment) -> int:
    """The contrastive class that stands out in a segment: micro before macro before neutral."""
    number, first = segment
    return int(videos[number].targets.group[max(first, 0) : first + SEGMENT].max(initial=0))


def in_pairs(segments: Sequence[Segment], groups: Sequence[int]) -> list[Segment]:
    """Segments reordered so that two of one class follow each other and classes spread evenly over the epoch.

    A batch of an even number of segments then holds, for nearly every frame, frames of its class from another
    segment: neighbours in the same segment are alike anyway and teach the contrastive loss little.

    >>> in_pairs([(0, 0), (0, 16), (0, 32), (0, 48)], [1, 0, 1, 0])
    [(0, 0), (0, 32), (0, 16), (0, 48)]
    """
    placed: list[tuple[float, int, list[Segment]]] = []
    for group in sorted(set(groups), reverse=True):
        mine = [segment for segment, other in zip(segments, groups, strict=True) if other == group]
        pairs = [mine[first : first + 2] for first in range(0, len(mine), 2)]
        placed += [((index + 0.5) / len(pairs), -group, pair) for index, pair in enumerate(pairs)]
    placed.sort(key=lambda entry: entry[:2])
    # Odd ones out go last, or they would shift every pair behind them across a border of batches.
    whole = [segment for _, _, pair in placed if len(pair) == 2 for segment in pair]
    return whole + [pair[0] for _, _, pair in placed if len(pair) == 1]


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
    videos: Sequence[LabelledVideo],
    segments: Sequence[Segment],
    settings: TrainingSettings,
    epoch: int,
    stretch: int | None = None,
    pairs: int = REGIONS,
) -> Iterator[Batch]:
    """The segments of an epoch in batches, augmented as the settings say; `stretch`, `pairs` as in `make_batch`."""
    rng = np.random.default_rng([settings.seed, epoch, 1])
    for first in range(0, len(segments), settings.batch_segments):
        yield make_batch(videos, segments[first : first + settings.batch_segments], settings, rng, stretch, pairs)


def make_batch(
    videos: Sequence[LabelledVideo],
    segments: Sequence[Segment],
    settings: TrainingSettings,
    rng: np.random.Generator | None,
    stretch: int | None = None,
    pairs: int = REGIONS,
) -> Batch:
    """One batch; without a generator nothing is varied.

    Args:
        stretch: samples of context on each side, for a network over traces; None cuts a window around every frame.
        pairs: of the network, see `network_input`.
    """
    windows, columns, masks = [], [], []
    for number, first in segments:
        video, rows = videos[number], np.arange(first, first + SEGMENT)
        inner = np.clip(rows, 0, len(video.traces) - 1)
        cut = _cut(network_input(video.traces, pairs), first, inner, settings.window, stretch)
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


def _cut(displacement: np.ndarray, first: int, rows: np.ndarray, window: int, stretch: int | None) -> np.ndarray:
    """Windows around the rows of a segment, or the one stretch (1, SEGMENT + 2 * stretch, R, 2) that holds them."""
    if stretch is None:
        return cut_windows(displacement, rows, window)
    around = np.clip(np.arange(first - stretch, first + SEGMENT + stretch), 0, len(displacement) - 1)
    return (displacement[around] - displacement[around[0]])[None].astype(np.float32)


def vary(windows: np.ndarray, settings: TrainingSettings, rng: np.random.Generator) -> np.ndarray:
    """Augmentation of one segment (a choice of ours): mirrored, stronger or weaker, noisier.

    Args:
        windows: (B, W, R, 2) of one segment, or its stretch (1, L, R, 2); left as it is.

    Returns:
        The same shape; the first row of each window is still zero.
    """
    varied = windows * np.float32(np.exp(settings.gain * rng.standard_normal()))
    if settings.mirror and rng.random() < 0.5:
        varied = varied[:, :, [*MIRROR, *range(REGIONS, varied.shape[2])]] * np.array([-1, 1], np.float32)
    if settings.noise > 0:
        level = np.float32(settings.noise * rng.random())
        noise = level * rng.standard_normal(windows.shape, dtype=np.float32)
        varied = varied + noise - noise[:, :1]
    return varied
