"""How well people agree about the same footage: events, frames, and where their boundaries differ. Torch-free.

Two coders are equals here, so matching is symmetric: the pairing with the largest sum of overlaps, not one side as
truth (that is `matching`). Which footage both have judged, and who is compared with whom, is decided by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spotcore.intervals import EXPRESSION_TYPES, Interval, iou

Span = tuple[int, int]
Events = Mapping[str, Sequence[Interval]]

NOTHING = 0
CODES = {name: number for number, name in enumerate(EXPRESSION_TYPES, start=1)}
UNKNOWN = -1
IOUS = (0.3, 0.5, 0.7)


@dataclass(frozen=True)
class Pair:
    """The same event as two people saw it."""

    video: str
    first: Interval
    second: Interval
    iou: float


@dataclass(frozen=True)
class EventAgreement:
    """Events of two coders over the same footage.

    Attributes:
        iou: smallest overlap of a pair.
        pairs: events that both found.
        only_first, only_second: events without a partner, with their video.
        kappa_types: Cohen's kappa of the types of the pairs; None where fewer than two pairs or only one type occur.
        kappa_events: kappa with "no event" as a further category, whose agreement cannot be observed (Holle and Rein
            2015): chance is estimated from the cells that can be. None without events or without spread.
    """

    iou: float
    pairs: tuple[Pair, ...]
    only_first: tuple[tuple[str, Interval], ...]
    only_second: tuple[tuple[str, Interval], ...]
    kappa_types: float | None
    kappa_events: float | None

    @property
    def f1(self) -> float | None:
        """2 pairs / all events, the same from either side; None where nobody saw anything."""
        events = 2 * len(self.pairs) + len(self.only_first) + len(self.only_second)
        return 2 * len(self.pairs) / events if events else None


@dataclass(frozen=True)
class FrameAgreement:
    """Frames that both coders judged, by what each says is there.

    Attributes:
        table: (K + 1, K + 1) int64 counts, rows the first coder, columns the second: nothing, macro, micro.
        kappa: Cohen's kappa over the table; None where it is not defined (no frames, or both say one thing only).
        kappa_by_type: the same for "this type or not".
    """

    table: np.ndarray
    kappa: float | None
    kappa_by_type: Mapping[str, float | None]

    @property
    def frames(self) -> int:
        return int(self.table.sum())

    @property
    def agreement(self) -> float | None:
        """Share of frames on which both say the same; large wherever expressions are rare, so look at kappa."""
        return float(np.trace(self.table) / self.frames) if self.frames else None


@dataclass(frozen=True)
class Differences:
    """Signed differences of one boundary over pairs, second minus first, in frames or what a frame is worth.

    Attributes:
        means: (N,) float64 middle of the two frames of each pair, differences: (N,) float64; both for a Bland-Altman
            plot (Bland and Altman 1986).
        median, low, high: median and central 95 % range of the differences themselves.
        bias, lower, upper: their mean and the limits of agreement, mean -/+ 1.96 standard deviations. NaN for N < 2.
    """

    means: np.ndarray
    differences: np.ndarray

    @property
    def count(self) -> int:
        return len(self.differences)

    @property
    def median(self) -> float:
        return float(np.median(self.differences)) if self.count else float("nan")

    @property
    def low(self) -> float:
        return float(np.quantile(self.differences, 0.025)) if self.count else float("nan")

    @property
    def high(self) -> float:
        return float(np.quantile(self.differences, 0.975)) if self.count else float("nan")

    @property
    def bias(self) -> float:
        return float(self.differences.mean()) if self.count else float("nan")

    @property
    def lower(self) -> float:
        return self.bias - self._half

    @property
    def upper(self) -> float:
        return self.bias + self._half

    @property
    def _half(self) -> float:
        return 1.96 * float(self.differences.std(ddof=1)) if self.count > 1 else float("nan")


def both(a: Iterable[Span], b: Iterable[Span]) -> tuple[Span, ...]:
    """Footage that lies in both lists of spans, both ends included; each list ascending and without overlaps.

    >>> both([(0, 9), (20, 29)], [(5, 24)])
    ((5, 9), (20, 24))
    """
    second = tuple(b)
    shared = ((max(first, other[0]), min(last, other[1])) for first, last in a for other in second)
    return tuple(span for span in shared if span[0] <= span[1])


def within(events: Iterable[Interval], spans: Sequence[Span]) -> tuple[Interval, ...]:
    """Events that lie wholly inside one span: about the others one of the two could not have an opinion."""
    return tuple(e for e in events if any(first <= e.onset and e.offset <= last for first, last in spans))


def pair_up(first: Sequence[Interval], second: Sequence[Interval], smallest: float) -> list[tuple[int, int, float]]:
    """The one-to-one pairing with the largest sum of IoU among pairs of at least `smallest`; types may differ.

    Returns:
        (index in first, index in second, IoU), ascending by the first.
    """
    if not first or not second:
        return []
    from scipy.optimize import linear_sum_assignment

    overlaps = np.array([[iou(a, b) for b in second] for a in first])  # (N, M)
    overlaps[overlaps < smallest] = 0.0
    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    return [(int(r), int(c), float(overlaps[r, c])) for r, c in zip(rows, columns, strict=True) if overlaps[r, c] > 0]


def event_agreement(first: Events, second: Events, smallest: float = 0.5) -> EventAgreement:
    """Match the events of two coders, video by video.

    Args:
        first, second: video -> events inside the footage that both judged.
        smallest: IoU from which two events are the same one.
    """
    pairs: list[Pair] = []
    alone: tuple[list, list] = ([], [])
    for video in sorted({*first, *second}):
        a, b = list(first.get(video, ())), list(second.get(video, ()))
        found = pair_up(a, b, smallest)
        pairs += [Pair(video, a[i], b[j], overlap) for i, j, overlap in found]
        alone[0].extend((video, e) for i, e in enumerate(a) if i not in {one[0] for one in found})
        alone[1].extend((video, e) for j, e in enumerate(b) if j not in {one[1] for one in found})
    types = [CODES[p.first.type] for p in pairs], [CODES[p.second.type] for p in pairs]
    table = np.zeros((len(CODES) + 1, len(CODES) + 1))
    np.add.at(table, types, 1)
    for _, event in alone[0]:
        table[CODES[event.type], NOTHING] += 1
    for _, event in alone[1]:
        table[NOTHING, CODES[event.type]] += 1
    return EventAgreement(
        smallest, tuple(pairs), tuple(alone[0]), tuple(alone[1]), _kappa(*types), kappa_without_corner(table)
    )


def kappa_without_corner(table: np.ndarray) -> float | None:
    """Cohen's kappa for a table whose cell [0, 0] cannot be observed: nobody counts the events that nobody saw.

    The table that chance would give has the observed margins and nothing in that cell; it is found by iterative
    proportional fitting, as proposed by Holle and Rein (2015, Behavior Research Methods 47, 837-847).

    Args:
        table: (K + 1, K + 1) counts; the first row and column stand for "no event".

    Returns:
        None without counts, or where chance alone agrees completely.
    """
    total = table.sum()
    if not total:
        return None
    expected = np.ones_like(table, dtype=np.float64)
    expected[0, 0] = 0.0
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    for _ in range(10_000):
        before = expected
        expected = expected * _ratio(rows, expected.sum(axis=1))[:, None]
        expected = expected * _ratio(columns, expected.sum(axis=0))[None, :]
        if np.abs(expected - before).max() <= 1e-9 * total:
            break
    observed, chance = np.trace(table) / total, np.trace(expected) / total
    return float((observed - chance) / (1 - chance)) if chance < 1 - 1e-12 else None


def _ratio(wanted: np.ndarray, have: np.ndarray) -> np.ndarray:
    return np.divide(wanted, have, out=np.zeros_like(wanted, dtype=np.float64), where=have > 0)


def frame_codes(events: Iterable[Interval], judged: Iterable[Span], frame_count: int) -> np.ndarray:
    """(T,) int8: what a coder says of each frame: 0 nothing, 1 macro, 2 micro, -1 not judged.

    Where a micro-expression lies within a macro-expression, the frame counts as the rarer micro.
    """
    codes = np.full(frame_count, UNKNOWN, np.int8)
    for first, last in judged:
        codes[first : last + 1] = NOTHING
    known = codes >= 0
    for event in sorted(events, key=lambda e: CODES[e.type]):
        inside = slice(event.onset, event.offset + 1)
        codes[inside] = np.where(known[inside], CODES[event.type], UNKNOWN)
    return codes


def frame_agreement(first: Iterable[np.ndarray], second: Iterable[np.ndarray]) -> FrameAgreement:
    """Frame by frame over videos.

    Args:
        first, second: the `frame_codes` of the same videos in the same order; frames that one of the two has not
            judged are left out.
    """
    size = len(CODES) + 1
    table = np.zeros((size, size), np.int64)
    for a, b in zip(first, second, strict=True):
        seen = (a >= 0) & (b >= 0)
        table += np.bincount(a[seen].astype(np.int64) * size + b[seen], minlength=size * size).reshape(size, size)
    by_type = {}
    for name, code in CODES.items():
        yes = table[code, code]
        only_a, only_b = table[code].sum() - yes, table[:, code].sum() - yes
        by_type[name] = _table_kappa(np.array([[table.sum() - yes - only_a - only_b, only_b], [only_a, yes]]))
    return FrameAgreement(table, _table_kappa(table), by_type)


def krippendorff_alpha(coders: Sequence[Sequence[np.ndarray]]) -> float | None:
    """Krippendorff's alpha (nominal) over frames for any number of coders, each of whom may have judged a part.

    Args:
        coders: per coder the `frame_codes` of the same videos in the same order.

    Returns:
        None where no frame was judged twice or only one code occurs.
    """
    import krippendorff

    ratings = np.stack([np.concatenate([np.asarray(codes) for codes in videos]) for videos in coders])  # (A, T)
    counts = np.stack([(ratings == code).sum(axis=0) for code in (NOTHING, *CODES.values())], axis=1)  # (T, K + 1)
    counts = counts[counts.sum(axis=1) >= 2]
    if not len(counts) or np.count_nonzero(counts.sum(axis=0)) < 2:
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def boundary_differences(pairs: Iterable[Pair], units: Mapping[str, float] | None = None) -> dict[str, Differences]:
    """"onset", "apex", "offset" -> how far the second coder's frame lies behind the first's.

    The apex is compared where both have named one.

    Args:
        units: video -> what a frame is worth, such as its milliseconds; without it, frames are counted.
    """
    found: dict[str, list[tuple[float, float]]] = {"onset": [], "apex": [], "offset": []}
    for pair in pairs:
        worth = 1.0 if units is None else units[pair.video]
        for name, frames in found.items():
            a, b = getattr(pair.first, name), getattr(pair.second, name)
            if a is not None and b is not None:
                frames.append((a * worth, b * worth))
    return {name: _differences(frames) for name, frames in found.items()}


def _differences(frames: Sequence[tuple[float, float]]) -> Differences:
    table = np.array(frames, np.float64).reshape(-1, 2)
    return Differences(table.mean(axis=1), table[:, 1] - table[:, 0])


def _kappa(a: Sequence[int], b: Sequence[int]) -> float | None:
    table = np.zeros((len(CODES) + 1, len(CODES) + 1), np.int64)
    np.add.at(table, (list(a), list(b)), 1)
    return _table_kappa(table) if len(a) > 1 else None


def _table_kappa(table: np.ndarray) -> float | None:
    if not table.sum() or np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) < 2:
        return None
    from sklearn.metrics import cohen_kappa_score  # a second to import, and not every page shows agreement

    a, b = np.indices(table.shape).reshape(2, -1)
    return float(cohen_kappa_score(a, b, sample_weight=table.ravel()))
