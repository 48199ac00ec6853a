"""Labels made elsewhere: adding many at once, all or none and into the log; and giving all labels out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from db.models import Annotation as AnnotationRow
from db.models import Operation, Video
from db.queries import library, people
from db.queries import reviewing as queries
from db.queries import spotting as runs
from db.session import Database
from webapp import mapping
from webapp.services import audit, spans
from webapp.services.errors import Refused
from webapp.values.reviewing import Annotation

__all__ = ["AddedLabels", "OutsideLabel", "Target", "add_labels", "all_labels", "already_there", "targets"]


@dataclass(frozen=True)
class OutsideLabel:
    """One label outside of the database; `score` is the proposal's, for giving out only."""

    video: str
    annotator: str
    type: str
    onset: int
    apex: int | None
    offset: int
    verdict: str
    reason: str | None
    action_units: tuple[str, ...]
    note: str
    score: float | None = None
    emotion: str = ""
    confidence: float | None = None


@dataclass(frozen=True)
class Target:
    """A video that labels can be added to, with what other programs ask about it.

    Attributes:
        frames_path: stored path of its frame table, None where nobody imported one.
    """

    id: int
    title: str
    frame_count: int
    fps: float = 0.0
    subject: str = ""
    kind: str = "file"
    frames_path: str | None = None


@dataclass(frozen=True)
class AddedLabels:
    """How many labels were added, and how many were there already."""

    added: int
    known: int


def targets(database: Database, study_id: int) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    """Imported videos of a study, and the names of the annotators assigned to it."""
    with database.read() as session:
        ready = tuple(Target(*line) for line in library.ready_lines(session, study_id))
        return ready, tuple(sorted(people.names_in(session, study_id)))


def add_labels(
    database: Database, study_id: int, labels: Sequence[OutsideLabel], mark_reviewed: bool = False,
    by: int | None = None, source: str = "",
) -> AddedLabels:  # fmt: skip
    """Add labels, all or none; each is logged with the verb "import". One that is there already is left alone.

    Args:
        labels: checked ones, in original frame numbers.
        mark_reviewed: also mark every video named as reviewed from first to last frame, by the annotator of its labels.
        by: who imports them, for the audit; None for a program.
        source: what they come from, for the audit: a format and the name of a file.

    Raises:
        Refused: a video or annotator is not (any more) in the study, or a label lies outside of its video.
    """
    with database.begin() as session:
        videos = {video.title: video for video in library.videos_in(session, study_id)}
        names = people.names_in(session, study_id)
        missing = {label.video for label in labels} - set(videos) or {label.annotator for label in labels} - set(names)
        if missing:
            raise Refused(f"Not in this study: {', '.join(sorted(missing))}.")
        there = {_key(row) for row in queries.annotations_of(session, [v.id for v in videos.values()])}
        added = 0
        for label in labels:
            video, annotator_id = videos[label.video], names[label.annotator]
            if video.frame_count is None or label.offset >= video.frame_count:
                raise Refused(f"“{video.title}” has no frame {label.offset}.")
            row = _row(label, video, annotator_id)
            if _key(row) not in there:
                there.add(_key(row))
                _add(session, row)
                added += 1
        if mark_reviewed:
            for title, annotator in sorted({(label.video, label.annotator) for label in labels}):
                _mark_reviewed(session, videos[title], names[annotator])
        told = {"from": source[:300], "labels": added, "reviewed": mark_reviewed}
        named = sorted({videos[label.video].id for label in labels})
        # A withdrawal blanks the entry of the video it is about; of several videos it tells nothing but numbers.
        audit.note(session, by, study_id, "import labels", told | ({"video_id": named[0]} if len(named) == 1 else {}))
        return AddedLabels(added, len(labels) - added)


def already_there(database: Database, study_id: int, labels: Sequence[OutsideLabel]) -> list[bool]:
    """Of each label whether `add_labels` would leave it alone: stored already, or given twice."""
    with database.read() as session:
        named = sorted({label.video for label in labels})
        videos = {video.title: video for video in library.videos_titled(session, named, study_id)}
        names = people.names_in(session, study_id)
        there = {_key(row) for row in queries.annotations_of(session, [video.id for video in videos.values()])}
        answers = []
        for label in labels:
            key = _key(_row(label, videos[label.video], names[label.annotator]))
            answers.append(key in there)
            there.add(key)
        return answers


def _key(row: AnnotationRow) -> tuple:
    return row.video_id, row.annotator_id, row.type, row.onset, row.apex, row.offset, row.verdict


def _row(label: OutsideLabel, video: Video, annotator_id: int) -> AnnotationRow:
    return AnnotationRow(
        id=str(uuid.uuid4()),
        video_id=video.id,
        annotator_id=annotator_id,
        type=label.type,
        onset=label.onset,
        apex=label.apex,
        offset=label.offset,
        verdict=label.verdict,
        reason=label.reason,
        action_units=list(label.action_units),
        emotion=label.emotion,
        confidence=label.confidence,
        note=label.note,
        imported=True,
        version=1,
    )


def _add(session: Session, row: AnnotationRow) -> None:
    session.add(row)
    session.flush()
    _log(session, "import", row.video_id, row.annotator_id, row.id, None, mapping.annotation_to_log(_value(row)))


def _value(row: AnnotationRow) -> Annotation:
    return replace(mapping.annotation(row), version=1)


def _mark_reviewed(session: Session, video: Video, annotator_id: int) -> None:
    before = [(s.first, s.last) for s in queries.spans_of(session, [video.id], annotator_id)]
    after = spans.add(before, (0, video.frame_count - 1))
    queries.replace_spans(session, video.id, annotator_id, after)
    states = ({"spans": [list(span) for span in state]} for state in (before, after))
    _log(session, "review_span", video.id, annotator_id, None, *states)


def _log(
    session: Session,
    verb: str,
    video_id: int,
    annotator_id: int,
    interval: str | None,
    before: dict | None,
    after: dict | None,
) -> None:
    session.add(
        Operation(
            id=str(uuid.uuid4()),
            verb=verb,
            video_id=video_id,
            annotator_id=annotator_id,
            interval_id=interval,
            base_version=0,
            version=1 if interval else 0,
            before=before,
            after=after,
            session="import",
        )
    )


def all_labels(database: Database, study_id: int, annotator: str = "") -> tuple[OutsideLabel, ...]:
    """Everything decided in a study (or by one annotator), by title, annotator and onset."""
    with database.read() as session:
        titles = {video.id: video.title for video in library.videos_in(session, study_id)}
        names = people.annotator_names(session)
        rows = queries.annotations_of(session, list(titles))
        scores = runs.scores_of(session, [row.proposal_id for row in rows if row.proposal_id is not None])
        labels = [
            mapping.from_row(
                OutsideLabel,
                row,
                video=titles[row.video_id],
                annotator=names[row.annotator_id],
                action_units=tuple(row.action_units),
                score=scores.get(row.proposal_id),
            )
            for row in rows
        ]
        chosen = (label for label in labels if annotator in ("", label.annotator))
        return tuple(sorted(chosen, key=lambda label: (label.video, label.annotator, label.onset, label.type)))
