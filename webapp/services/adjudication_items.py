"""What there is to adjudicate between two coders of one video, and what stands of what was decided. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from db.models import Adjudication
from db.models import Annotation as AnnotationRow
from spotcore import agreement as measures
from webapp import mapping
from webapp.services import consensus, spans
from webapp.services.codings import Coding, difference, shared
from webapp.values.adjudication import AGREED, AdjudicatedVideo, Item, Ruling
from webapp.values.reviewing import Annotation, Span

Key = tuple[str | None, str | None]
SAME_EVENT = 0.5
"""IoU from which two intervals are one event to decide on, as on the page of agreement."""


def key_of(row: Adjudication) -> Key:
    """Which two annotations a decision is about."""
    return row.first_annotation_id, row.second_annotation_id


def standing(log: Sequence[Adjudication]) -> dict[Key, list[Adjudication]]:
    """Decisions that were not taken back, by what they are about; the last one of each counts.

    Args:
        log: of one video, in order.
    """
    stacks: dict[Key, list[Adjudication]] = {}
    for row in log:
        stack = stacks.setdefault(key_of(row), [])
        if row.choice == "undo":
            stack[:] = [other for other in stack if other.id != row.undoes]
        else:
            stack.append(row)
    return {key: stack for key, stack in stacks.items() if stack}


def video_between(
    video_id: int,
    work: Mapping[int, Coding],
    coders: tuple[int, int],
    rows: Mapping[str, AnnotationRow],
    reviewed: Sequence[Span],
    log: Sequence[Adjudication],
    names: Mapping[int, str],
) -> AdjudicatedVideo | None:
    """One video between two coders; None where they judged no footage in common.

    Args:
        work: coder -> coding.
        rows: annotations of the video that stand, by id, those of the consensus included.
        reviewed: footage that the consensus covers.
        log: adjudications of the video, in order.
    """
    first, second = coders
    common = spans.tidy(shared(work, first, second))
    if not common:
        return None
    events = [{str(video_id): measures.within(work[coder].events, common)} for coder in coders]
    found = measures.event_agreement(*events, SAME_EVENT)
    ids = [work[coder].ids for coder in coders]
    sides = [(ids[0][p.first], ids[1][p.second], difference(p) or AGREED, p.iou) for p in found.pairs]
    sides += [(ids[0][event], None, "only first", 0.0) for _, event in found.only_first]
    sides += [(None, ids[1][event], "only second", 0.0) for _, event in found.only_second]
    rulings = standing(log)
    items = [_item(*side, rows, rulings.get(side[:2], ()), names) for side in sides]
    return AdjudicatedVideo(
        video_id, first, second, names[first], names[second], common, spans.tidy(reviewed),
        tuple(sorted(items, key=lambda item: ((item.first or item.second).onset, item.id))),
    )  # fmt: skip


def _item(
    first_id: str | None,
    second_id: str | None,
    kind: str,
    iou: float,
    rows: Mapping[str, AnnotationRow],
    stack: Sequence[Adjudication],
    names: Mapping[int, str],
) -> Item:
    first, second = _annotation(rows, first_id), _annotation(rows, second_id)
    ruling, status, held = None, "open", None
    if stack:
        row = stack[-1]
        ruling = Ruling(row.id, row.choice, row.reason, row.note, names[row.decided_by], row.at)
        held = _annotation(rows, row.annotation_id)
        looked_at = (row.first_version, row.second_version)
        moved = looked_at != (first and first.version, second and second.version)
        status = "changed" if moved else AGREED if row.choice == AGREED else "decided"
    return Item(consensus.item_id(first_id, second_id), kind, status, first, second, iou, ruling, held)


def _annotation(rows: Mapping[str, AnnotationRow], id_: str | None) -> Annotation | None:
    return mapping.annotation(rows[id_]) if id_ in rows else None
