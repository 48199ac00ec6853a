"""Arithmetic of reviewed spans: lists of (first, last) frames, both included, sorted, neither overlapping nor touching.

Pure functions; arguments stay untouched.
"""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int]


def tidy(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort, and join what overlaps or touches.

    >>> tidy([(5, 9), (0, 4), (20, 21)])
    ((0, 9), (20, 21))
    """
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def add(spans: Iterable[Span], span: Span) -> tuple[Span, ...]:
    """The union of the spans and one more."""
    return tidy([*spans, span])


def remove(spans: Iterable[Span], span: Span) -> tuple[Span, ...]:
    """What stays of the spans outside of one.

    >>> remove([(0, 9)], (3, 5))
    ((0, 2), (6, 9))
    """
    first, last = span
    rest: list[Span] = []
    for a, b in spans:
        rest += [(a, min(b, first - 1))] if a < first else []
        rest += [(max(a, last + 1), b)] if b > last else []
    return tidy(rest)


def frames(spans: Iterable[Span]) -> int:
    """How many frames they hold."""
    return sum(last - first + 1 for first, last in spans)


def covers(spans: Iterable[Span], span: Span) -> bool:
    """Every frame of `span` lies in one of the (tidy) spans."""
    return any(first <= span[0] and span[1] <= last for first, last in spans)
