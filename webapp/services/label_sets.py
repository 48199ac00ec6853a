"""Label sets: previewing, freezing, listing, and handing them to training as manifests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import LabelSet, LabelSetVideo
from db.models import LabelSetSubject as SubjectOfSet
from db.queries import label_sets as queries
from db.queries import library
from db.session import Database
from spotcore import manifest as manifests
from webapp import mapping
from webapp.services import audit, label_content, label_findings, reviewed_footage
from webapp.services import roles as role_rules
from webapp.services.errors import NotFound, Refused
from webapp.services.label_outlook import outlook
from webapp.values.label_sets import (
    ROLES,
    Finding,
    LabelledInterval,
    LabelledVideo,
    LabelSetDetails,
    LabelSetPreview,
    LabelSetRow,
    LabelSetSubject,
)

__all__ = [
    "ROLES",
    "Finding",
    "LabelSetDetails",
    "LabelSetPreview",
    "LabelSetRow",
    "LabelSetSubject",
    "LabelledInterval",
    "LabelledVideo",
    "freeze",
    "get_label_set",
    "get_subjects",
    "list_label_sets",
    "manifest",
    "outlook",
    "preview",
    "videos_of_sets",
]

Timestamps = Mapping[int, Sequence[float]]


def preview(
    database: Database,
    study_id: int,
    roles: Mapping[str, str] | None = None,
    timestamps: Timestamps | None = None,
) -> LabelSetPreview:
    """What freezing now would hold.

    Args:
        roles: subject -> role where somebody chose; the others get the suggestion.
        timestamps: video id -> seconds of every frame, for exact durations where the rate varies.
    """
    with database.read() as session:
        return _preview(session, study_id, roles, timestamps)


def _preview(
    session: Session, study_id: int, chosen: Mapping[str, str] | None, timestamps: Timestamps | None
) -> LabelSetPreview:
    videos, findings = reviewed_footage.collect(session, study_id)
    kept = {s.code: s.role for s, _ in library.subjects(session, study_id) if s.role is not None}
    events = {video.subject: 0 for video in videos}
    for video in videos:
        events[video.subject] += len(video.truth)
    roles = role_rules.suggest(events, kept) | {c: r for c, r in (chosen or {}).items() if c in events}
    videos = [replace(video, role=roles[video.subject]) for video in videos]
    findings += [*label_findings.findings(videos, roles, timestamps), *label_findings.kept_changed(kept, roles)]
    return LabelSetPreview(
        subjects=label_content.subject_summaries(videos, kept),
        videos=tuple(videos),
        findings=tuple(sorted(findings, key=lambda f: not f.blocking)),
    )


def freeze(
    database: Database,
    study_id: int,
    name: str,
    roles: Mapping[str, str],
    created_by: int | None,
    timestamps: Timestamps | None = None,
) -> int:
    """Copy everything reviewed into an immutable, hashed set, and give its subjects their roles for good.

    Args:
        roles: subject -> role; subjects left out get the suggested one.

    Returns:
        Id of the label set.

    Raises:
        Refused: there are blocking findings (all are named), or the name is empty or taken.
    """
    name = name.strip()
    if not name or len(name) > 200:
        raise Refused("A label set needs a name of 1 to 200 characters.")
    try:
        with database.begin() as session:
            return _freeze(session, study_id, name, roles, created_by, timestamps)
    except IntegrityError as error:
        raise Refused(f"There is a label set “{name}” already; choose another name.") from error


def _freeze(
    session: Session,
    study_id: int,
    name: str,
    roles: Mapping[str, str],
    created_by: int | None,
    timestamps: Timestamps | None,
) -> int:
    if queries.named(session, study_id, name) is not None:
        raise Refused(f"There is a label set “{name}” already; choose another name.")
    now = _preview(session, study_id, roles, timestamps)
    blocking = [finding.message for finding in now.findings if finding.blocking]
    if blocking:
        raise Refused(" ".join(blocking))
    label_set = LabelSet(
        study_id=study_id, name=name, content_hash=label_content.content_hash(now.videos), created_by=created_by
    )
    session.add(label_set)
    session.flush()
    subjects = {}
    for code, role in now.roles.items():
        subject = library.subject(session, study_id, code)
        subject.role = role
        subjects[code] = SubjectOfSet(label_set_id=label_set.id, subject_id=subject.id, code=code, role=role)
    session.add_all(subjects.values())
    session.flush()
    for video in now.videos:
        _copy(session, label_set.id, subjects[video.subject].id, video)
    audit.note(session, created_by, study_id, "freeze label set", {"label_set_id": label_set.id, "name": name})
    return label_set.id


def _copy(session: Session, label_set_id: int, subject_id: int, video: LabelledVideo) -> None:
    row = LabelSetVideo(
        label_set_id=label_set_id,
        label_set_subject_id=subject_id,
        video_id=video.video_id,
        annotator_id=video.annotator_id,
        title=video.title,
        sha256=video.sha256,
        frame_count=video.frame_count,
        fps=video.fps,
        reviewed=[list(span) for span in video.reviewed],
        **label_content.totals(video),
    )
    session.add(row)
    session.flush()
    session.add_all(mapping.label_set_interval_row(interval, row.id, video.video_id) for interval in video.intervals)


def list_label_sets(database: Database, study_id: int) -> tuple[LabelSetRow, ...]:
    """Newest first."""
    with database.read() as session:
        sets = queries.label_sets(session, study_id)
        totals = defaultdict(list)
        for line in queries.totals_of(session, [s.id for s in sets]):
            totals[line.label_set_id].append(line)
        return tuple(_row(s, totals[s.id]) for s in sets)


def _row(label_set: LabelSet, totals: Sequence[queries.SubjectTotals]) -> LabelSetRow:
    added = ("videos", "reviewed_seconds", "empty_seconds", "macro", "micro", "rejected")
    sums = {name: sum(getattr(line, name) for line in totals) for name in added}
    return mapping.from_row(LabelSetRow, label_set, subjects=len(totals), **sums)


def get_subjects(database: Database, label_set_id: int) -> tuple[LabelSetSubject, ...]:
    """The people of a label set with their counts, by code, without the labels themselves; none for an unknown set."""
    with database.read() as session:
        totals = queries.totals_of(session, [label_set_id])
        return tuple(mapping.from_row(LabelSetSubject, line, role_is_kept=True) for line in totals)


def get_label_set(database: Database, label_set_id: int) -> LabelSetDetails:
    """A label set with all it holds.

    Raises:
        NotFound: there is none.
    """
    with database.read() as session:
        label_set = queries.label_set(session, label_set_id)
        if label_set is None:
            raise NotFound(f"There is no label set {label_set_id}.")
        videos = tuple(videos_of_sets(session, [label_set_id])[label_set_id])
        codes = [video.subject for video in videos]
        subjects = label_content.subject_summaries(videos, kept=codes)
        return mapping.from_row(LabelSetDetails, label_set, subjects=subjects, videos=videos)


def videos_of_sets(session: Session, set_ids: Collection[int]) -> dict[int, list[LabelledVideo]]:
    """Label set id -> its videos with all they hold."""
    subjects = {row.id: row for row in queries.subjects_of(session, set_ids)}
    intervals = defaultdict(list)
    for row in queries.intervals_of(session, set_ids):
        intervals[row.label_set_video_id].append(row)
    found: dict[int, list[LabelledVideo]] = defaultdict(list)
    for row in queries.videos_of(session, set_ids):
        video = mapping.labelled_video(row, subjects[row.label_set_subject_id], intervals[row.id])
        found[row.label_set_id].append(video)
    return found


def manifest(database: Database, label_set_id: int, features: Mapping[int, Path | str]) -> dict[str, Any]:
    """The label set as a "glint-manifest/1" document, checked.

    Args:
        features: video id -> path of its trace file, as it shall stand in the manifest. Empty: a document for people
            and archives, without trace files.

    Raises:
        NotFound: there is no such label set.
        Refused: trace files of some videos are missing (all are named).
        InvalidFile: what is stored contradicts itself.
    """
    details = get_label_set(database, label_set_id)
    missing = [video.title for video in details.videos if video.video_id not in features]
    if features and missing:
        raise Refused(f"The features of {', '.join(f'“{title}”' for title in missing)} are missing.")
    document = {
        "format": manifests.MANIFEST_FORMAT,
        "name": details.name,
        "label_set_hash": details.content_hash,
        "videos": [label_content.manifest_video(v, str(features.get(v.video_id, ""))) for v in details.videos],
    }
    manifests.Manifest.from_dict(document, f"label set {details.name}", Path())
    return document
