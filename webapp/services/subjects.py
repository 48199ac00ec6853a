"""Who is filmed in which video: by hand, by table or by a pattern in the titles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from db.models import Subject
from db.queries import label_sets, withdrawals
from db.queries import library as queries
from db.session import Database
from webapp.services.errors import NotFound, Refused
from webapp.values.library import SubjectRow

LONGEST_CODE = 200


def list_subjects(database: Database, study_id: int) -> tuple[SubjectRow, ...]:
    """All subjects of a study with the number of their videos, by code."""
    with database.read() as session:
        return tuple(SubjectRow(s.id, s.code, s.role, n) for s, n in queries.subjects(session, study_id))


def set_subject(database: Database, video_id: int, code: str | None) -> None:
    """Say who is filmed; an empty code says that nobody knows.

    Raises:
        NotFound: there is no such video.
        Refused: a label set holds the video under another subject.
    """
    with database.begin() as session:
        video = queries.video(session, video_id)
        if video is None:
            raise NotFound(f"There is no video {video_id} (any more).")
        _change(session, video, code)


def assign_subjects(database: Database, codes: Mapping[str, str], study_id: int | None = None) -> int:
    """Set the subjects of many videos by title, all or none; returns how many videos changed.

    Args:
        codes: title -> subject code.
        study_id: where to look; in all studies when left out, as long as a title occurs in one of them only.

    Raises:
        Refused: titles that no video has or that several have, or a video that a label set holds under another subject.
    """
    with database.begin() as session:
        videos = queries.videos_titled(session, codes, study_id)
        found = {video.title: video for video in videos}
        if len(found) < len(videos):
            raise Refused("Several studies have videos of the same title; say which study is meant.")
        missing = sorted(set(codes) - set(found))
        if missing:
            raise Refused(f"No video has the title {', '.join(f'“{title}”' for title in missing[:10])}.")
        return sum(_change(session, found[title], code) for title, code in codes.items())


def _change(session: Session, video, code: str | None) -> bool:
    subject_id = find_or_add_subject(session, video.study_id, code)
    if subject_id == video.subject_id:
        return False
    frozen = label_sets.names_holding(session, video.id)
    if frozen:
        # The same person in two roles, once under each code, would make held-out scores a lie.
        raise Refused(f"The label set “{frozen[0]}” holds “{video.title}”; its subject can no longer change.")
    video.subject_id = subject_id
    return True


def find_or_add_subject(session: Session, study_id: int, code: str | None) -> int | None:
    """Id of the subject with this code (spaces around it do not count), None for an empty code.

    Raises:
        Refused: a code longer than 200 characters, or of somebody who is being withdrawn.
    """
    code = (code or "").strip()
    if not code:
        return None
    if len(code) > LONGEST_CODE:
        raise Refused(f"A subject's code has at most {LONGEST_CODE} characters.")
    subject = queries.subject(session, study_id, code)
    if subject is None:
        subject = Subject(study_id=study_id, code=code)
        session.add(subject)
        session.flush()
    elif withdrawals.of_subject(session, subject.id) is not None:
        raise Refused(f"The subject “{code}” is being withdrawn.")
    return subject.id


def subjects_by_pattern(titles: Iterable[str], pattern: str) -> dict[str, str]:
    """Title -> subject code by a pattern; titles that do not match are left out.

    Args:
        pattern: a text with {subject} where the code stands and * for anything ("{subject}_*"), or a regular
            expression with a group named subject (or one group).

    Raises:
        Refused: the pattern says nothing about the subject, or is not a valid expression.

    >>> subjects_by_pattern(["s15_0101.mp4", "notes"], "{subject}_*")
    {'s15_0101.mp4': 's15'}
    """
    if "{subject}" in pattern:
        pieces = re.split(r"(\{subject\}|\*)", pattern)
        wild = {"{subject}": "(?P<subject>.+?)", "*": ".*"}
        pattern = "".join(wild.get(piece) or re.escape(piece) for piece in pieces)
        if pattern.count("(?P<subject>") > 1:
            raise Refused("The pattern names {subject} more than once.")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise Refused(f"The pattern is not a valid expression: {error}.") from error
    if compiled.groups != 1 and "subject" not in compiled.groupindex:
        raise Refused("The pattern does not say where the subject stands: write {subject}, as in “{subject}_*”.")
    group = "subject" if "subject" in compiled.groupindex else 1
    matches = ((title, compiled.fullmatch(title)) for title in titles)
    return {title: match[group] for title, match in matches if match and match[group]}
