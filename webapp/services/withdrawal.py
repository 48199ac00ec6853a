"""Withdrawing a subject, as far as rows go: what it would take, asking for it, erasing the rows, and what is kept.

`webapp.withdrawing` carries a withdrawal out, with files and queues. Nothing remains findable wherever it stops: files
are moved out of reach first, all rows go in one transaction, and the row of the withdrawal knows what is left to do.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath, PurePosixPath

from sqlalchemy.orm import Session

from db.base import now
from db.models import Video
from db.models import Withdrawal as WithdrawalRow
from db.queries import erasing, mentions, people
from db.queries import withdrawals as queries
from db.session import Database
from webapp import mapping
from webapp.access import at_least
from webapp.services import audit, backups, stored_files
from webapp.services.errors import NotFound, Refused
from webapp.values.withdrawals import Outlook, Withdrawal

# Shorter or plainer words ("7", "smile") would be found in text that is about something else.
SHORTEST, LONG_ENOUGH = 3, 10
LONGEST_WORD, MOST_WORDS = 500, 200


def outlook(database: Database, study_id: int, code: str, more_words: Iterable[str] = ()) -> Outlook:
    """What a withdrawal would remove now.

    Args:
        more_words: others by which the person is known, such as a name that people wrote into notes.

    Raises:
        NotFound: the study has no such subject.
    """
    with database.read() as session:
        subject = queries.subject(session, study_id, code)
        if subject is None:
            raise NotFound(f"There is no subject “{code}” in this study (any more).")
        videos = queries.videos(session, subject.id)
        ids = [video.id for video in videos]
        sets = queries.sets_with(session, ids)
        work = queries.work_about(session, study_id, ids)
        words, common = known_by(code, videos, more_words)
        found = Outlook(
            subject_id=subject.id,
            code=subject.code,
            video_ids=tuple(ids),
            videos=tuple((video.title, video.duration or 0.0) for video in videos),
            outside=tuple(video.path for video in videos if PurePath(video.path).is_absolute()),
            decisions=queries.decisions(session, ids),
            label_sets=tuple(row.name for row in sets),
            versions=tuple(row.name for row in queries.versions_of(session, [row.id for row in sets])),
            work=tuple((kind, number) for kind, number, open_ in work if open_),
            paths=_places(session, videos, work),
            words=words,
            common=common,
            mentions=mentions.count(session, study_id, words, ids),
            backups=(),
        )
    held = backups.list_backups(database, holding=found.video_ids)
    return replace(found, backups=tuple((row.folder, row.made_at) for row in held))


def known_by(code: str, videos: Sequence[Video], more: Iterable[str] = ()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words to look for in all text, and those too common for it; what somebody named is always looked for."""
    own: dict[str, None] = dict.fromkeys([code])
    for video in videos:
        name = PurePosixPath(video.path).name
        own |= dict.fromkeys([video.title, PurePosixPath(video.title).stem])
        if PurePath(video.path).is_absolute():  # others are called "source.mp4"
            own |= dict.fromkeys([name, PurePosixPath(name).stem])
    asked = [word.strip()[:LONGEST_WORD] for word in more if word.strip()][:MOST_WORDS]
    telling = {word for word in own if word and (distinctive(word) or (word == code and not code.isdigit()
               and len(code) >= SHORTEST))}  # fmt: skip
    words = [word for word in own if word in telling]
    common = [word for word in own if word and word not in telling and word not in asked]
    return tuple(dict.fromkeys([*words, *asked])), tuple(common)


def distinctive(word: str) -> bool:
    """Whether a word means this person wherever it stands.

    >>> [distinctive(word) for word in ("s15", "7", "smile", "subject-seven")]
    [True, False, False, True]
    """
    mixed = any(sign.isdigit() for sign in word) and any(sign.isalpha() for sign in word)
    return len(word) >= LONG_ENOUGH or (mixed and len(word) >= SHORTEST)


def ask(
    database: Database, study_id: int, code: str, by: int | None, more_words: Iterable[str] = (), files: int = 0,
    size_bytes: int = 0,
) -> int:  # fmt: skip
    """Begin the withdrawal of a subject for good; returns its number. A worker carries it out.

    Args:
        by: who asks, an admin of the study; None for the server's command line.
        files, size_bytes: what there is on disk, for the record.

    Raises:
        NotFound: no such subject; Refused: not by this person, or it is under way already.
    """
    found = outlook(database, study_id, code, more_words)
    with database.begin() as session:
        place = None if by is None else people.assignment(session, study_id, by)
        if by is not None and not (place and at_least(place.role, "admin")):
            raise Refused("Only an admin of the study can withdraw a subject.")
        if queries.of_subject(session, found.subject_id) is not None:
            raise Refused("This subject is being withdrawn already.")
        row = WithdrawalRow(
            study_id=study_id, subject_id=found.subject_id, words=list(found.words), work=[],
            video_ids=list(found.video_ids), asked_by=by,
            found={
                "videos": len(found.videos), "hours": round(found.hours, 3), "decisions": found.decisions,
                "label_sets": len(found.label_sets), "versions": len(found.versions), "files": files,
                "bytes": size_bytes,
            },
        )  # fmt: skip
        session.add(row)
        session.flush()
        audit.note(session, by, study_id, "ask withdrawal", {"withdrawal": row.id})
        return row.id


def places(database: Database, number: int) -> tuple[str, ...]:
    """Stored paths of everything that belongs to the subject now; none once the rows are gone."""
    with database.read() as session:
        row = _row(session, number)
        videos = queries.videos(session, row.subject_id)
        work = queries.work_about(session, row.study_id, [video.id for video in videos])
        return _places(session, videos, work)


def hashes(database: Database, number: int) -> frozenset[str]:
    """Content hashes of the subject's videos."""
    with database.read() as session:
        return frozenset(v.sha256 for v in queries.videos(session, _row(session, number).subject_id) if v.sha256)


def needed_features(database: Database) -> frozenset[str]:
    """Stored paths of all measurements that a run names, of whoever is still here."""
    with database.read() as session:
        return frozenset(queries.features(session))


def _places(session: Session, videos: Sequence[Video], work: Sequence[tuple[str, int, bool]]) -> tuple[str, ...]:
    paths = [path for video in videos for path in stored_files.of_video(session, video)]
    folders = {"job": ("jobs/job-{}", "ladders/job-{}"), "training": ("jobs/{}",)}
    paths += [form.format(number) for kind, number, _ in work for form in folders.get(kind, ())]
    return tuple(dict.fromkeys(paths))


def open_work(database: Database, number: int) -> tuple[tuple[str, int], ...]:
    """(kind, row id) of what still runs or waits for the subject's videos."""
    with database.read() as session:
        row = _row(session, number)
        ids = [video.id for video in queries.videos(session, row.subject_id)]
        return tuple((kind, n) for kind, n, open_ in queries.work_about(session, row.study_id, ids) if open_)


def erase(database: Database, number: int, expected: Iterable[str]) -> bool:
    """All rows of the subject, and the person's name in the rows of others, in one transaction.

    Args:
        expected: what `places` said when the files were moved aside.

    Returns:
        False where something was added meanwhile: its files must be moved first.
    """
    with database.begin() as session:
        row = _row(session, number)
        if row.state != "erasing":
            return True
        videos = queries.videos(session, row.subject_id)
        ids = [video.id for video in videos]
        work = queries.work_about(session, row.study_id, ids)
        if not set(_places(session, videos, work)) <= set(expected):
            return False
        added, _ = known_by("", [video for video in videos if video.id not in row.video_ids])
        row.words = [*dict.fromkeys([*(row.words or []), *added])]
        row.video_ids = sorted({*row.video_ids, *ids})
        row.work = [[kind, n] for kind, n, _ in work]
        texts = erasing.erase_subject(session, row.subject_id, ids, row.words, row.asked_by)
        row.found = {**row.found, "videos": len(row.video_ids), "texts": texts}
        row.state = "destroying"
        audit.note(
            session, row.asked_by, row.study_id, "withdraw subject", {"withdrawal": number, "videos": len(ids)}
        )
        return True


def advance(database: Database, number: int, state: str) -> None:
    """The next step begins; from "compacting" on nothing is known any more but numbers."""
    with database.begin() as session:
        row = _row(session, number)
        row.state = state
        if state in ("compacting", "done"):
            row.words, row.work = None, None
        if state == "done":
            row.finished_at = now()


def get(database: Database, number: int) -> Withdrawal:
    """Raises NotFound where there is none."""
    with database.read() as session:
        return _value(_row(session, number))


def unfinished(database: Database) -> tuple[int, ...]:
    """Numbers of the withdrawals that are under way, oldest first."""
    with database.read() as session:
        return tuple(queries.unfinished(session))


def finished_since(database: Database, number: int) -> tuple[Withdrawal, ...]:
    """Those with a higher number, in their order, up to the first that is not done."""
    with database.read() as session:
        rows = [_value(row) for row in queries.since(session, number)]
    return tuple(itertools.takewhile(lambda row: row.state == "done", rows))


def list_withdrawals(database: Database, study_id: int) -> tuple[Withdrawal, ...]:
    """All of a study, newest first."""
    with database.read() as session:
        return tuple(_value(row) for row in queries.of_study(session, study_id))


def _value(row: WithdrawalRow) -> Withdrawal:
    listed = {"words": tuple(row.words or ()), "work": tuple((kind, n) for kind, n in row.work or ()),
              "video_ids": tuple(row.video_ids)}  # fmt: skip
    return mapping.from_row(Withdrawal, row, **listed)


def _row(session: Session, number: int) -> WithdrawalRow:
    row = queries.withdrawal(session, number)
    if row is None:
        raise NotFound(f"There is no withdrawal {number}.")
    return row
