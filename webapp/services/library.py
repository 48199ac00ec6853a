"""Videos: registering, importing, listing and deleting. Subjects have a module of their own (`subjects`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import SpottingRun, Video
from db.queries import erasing, label_sets, reviewing, spotting
from db.queries import library as queries
from db.session import Database
from webapp import mapping
from webapp.services import stored_files
from webapp.services.errors import NotFound, Refused
from webapp.services.matching import Decided, decisions
from webapp.services.subjects import (
    assign_subjects,
    find_or_add_subject,
    list_subjects,
    set_subject,
    subjects_by_pattern,
)
from webapp.values.library import ImportedVideo, SubjectRow, VideoDetails, VideoPage, VideoRow

__all__ = [
    "ImportedVideo",
    "SubjectRow",
    "VideoDetails",
    "VideoPage",
    "VideoRow",
    "assign_subjects",
    "count_unspotted",
    "count_videos",
    "delete_video",
    "fail_import",
    "finish_import",
    "get_video",
    "get_videos",
    "list_subjects",
    "list_titles",
    "list_videos",
    "newest_ready",
    "ready_videos",
    "register_video",
    "set_import_progress",
    "set_person",
    "set_subject",
    "subjects_by_pattern",
    "unspotted_videos",
]

LONGEST_TITLE = 300
AT_ONCE = 1000
MOST_TO_CHOOSE = 500  # videos in one box to choose from; all others are reached through the list


def list_videos(
    database: Database,
    study_id: int,
    search: str = "",
    subject: str = "",
    state: str = "",
    page: int = 1,
    per_page: int = 20,
    assigned_to: int | None = None,
) -> VideoPage:
    """One page of the library, newest first, in a fixed number of queries.

    Args:
        search: words that must all occur in title or subject, in any case.
        subject: exact code.
        state: importing, ready, failed, or of the ready ones: unspotted (no finished run), open (a finished run, not
            all reviewed), reviewed (an annotator has looked at every frame).
        page: 1-based; beyond the last one the last one is given.
        assigned_to: only what this annotator is to code.
    """
    with database.read() as session:
        total = queries.count(session, study_id, search, subject, state, assigned_to)
        pages = max(1, -(-total // per_page))
        page = min(max(page, 1), pages)
        videos = queries.page(session, study_id, search, subject, state, (page - 1) * per_page, per_page, assigned_to)
        return VideoPage(_rows(session, videos), total, page, pages)


def count_videos(database: Database, study_id: int) -> int:
    """How many videos the study has, whatever their state."""
    with database.read() as session:
        return queries.count(session, study_id, "", "", "")


def _rows(session: Session, videos: Sequence[Video]) -> tuple[VideoRow, ...]:
    ids = [video.id for video in videos]
    newest = {run.video_id: run for run in spotting.newest_runs(session, ids)}
    finished = spotting.newest_run_ids(session, ids, "done")
    counts = _decided(session, ids, spotting.newest_set_ids(session, finished.values()))
    reviewed, workers = queries.reviewed_frames(session, ids), queries.workers(session, ids)
    return tuple(
        _row(v, newest.get(v.id), counts.get(v.id, (0, 0)), reviewed.get(v.id, 0), workers.get(v.id, []))
        for v in videos
    )


def _row(video: Video, run: SpottingRun | None, counts: tuple[int, int], reviewed: int, workers: list[str]) -> VideoRow:
    return mapping.from_row(
        VideoRow,
        video,
        subject=video.subject.code if video.subject else None,
        # One line of the list has one message: the import's while that matters, then the newest run's.
        message=(run.message if run else "") if video.state == "ready" else video.message,
        notes=video.message if video.state == "ready" else "",
        proposals=counts[0],
        decided=counts[1],
        reviewed_share=reviewed / video.frame_count if video.frame_count else 0.0,
        annotators=tuple(workers),
        run_id=run and run.id,
        run_state=run and run.state,
        run_progress=run and run.progress,
    )


def _decided(session: Session, ids: Collection[int], sets: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """Video id -> (proposals of its set, how many of them anybody decided)."""
    proposals: dict[int, dict] = {video_id: {} for video_id in sets}
    for row in spotting.proposals_in(session, list(sets.values())):
        proposals[row.video_id][row.id] = mapping.proposal_interval(row)
    found: dict[int, dict[int, list[Decided]]] = {}
    for row in reviewing.annotations_of(session, ids):
        decided = Decided(row.id, row.proposal_id, row.verdict, mapping.proposal_interval(row))
        found.setdefault(row.video_id, {}).setdefault(row.annotator_id, []).append(decided)
    answer = {}
    for video_id, intervals in proposals.items():
        by_anybody = (decisions(intervals, mine) for mine in found.get(video_id, {}).values())
        answer[video_id] = (len(intervals), len(set().union(*by_anybody)))
    return answer


def get_video(database: Database, video_id: int) -> VideoDetails:
    """Everything known of one video.

    Raises:
        NotFound: there is none with this id.
    """
    with database.read() as session:
        return mapping.video_details(_video(session, video_id))


def get_video_of(database: Database, study_id: int, video_id: int) -> VideoDetails:
    """The same for who works in a study: a video of another one is as unknown as none.

    Raises:
        NotFound: there is none with this id in the study.
    """
    with database.read() as session:
        video = _video(session, video_id)
        if video.study_id != study_id:
            raise NotFound(f"There is no video {video_id} (any more).")
        return mapping.video_details(video)


def get_videos(database: Database, video_ids: Sequence[int]) -> list[VideoDetails]:
    """Everything known of several videos, in their order; pieces of `AT_ONCE` ids are one question each.

    Raises:
        NotFound: one of them does not exist (any more).
    """
    found: dict[int, VideoDetails] = {}
    with database.read() as session:
        for begin in range(0, len(video_ids), AT_ONCE):
            rows = queries.videos_with(session, video_ids[begin : begin + AT_ONCE])
            found |= {row.id: mapping.video_details(row) for row in rows}
    missing = [video_id for video_id in video_ids if video_id not in found]
    if missing:
        raise NotFound(f"There is no video {missing[0]} (any more).")
    return [found[video_id] for video_id in video_ids]


def list_titles(database: Database, study_id: int, without_subject: bool = False) -> tuple[str, ...]:
    """Titles of all videos of the study (or only of those without a subject), sorted."""
    with database.read() as session:
        return tuple(queries.sorted_titles(session, study_id, without_subject))


def ready_videos(database: Database, study_id: int) -> dict[int, str]:
    """Id -> title of all imported videos of the study, by title."""
    with database.read() as session:
        return queries.ready_titles(session, study_id)


def newest_ready(database: Database, study_id: int, most: int = MOST_TO_CHOOSE) -> dict[int, str]:
    """Id -> title of the imported videos added last, newest first: as many as a box to choose from can hold."""
    with database.read() as session:
        return dict(queries.newest_ready(session, study_id, most))


def unspotted_videos(database: Database, study_id: int) -> tuple[int, ...]:
    """Ids of all imported videos without a run that is finished, waiting or running, by title."""
    with database.read() as session:
        return tuple(queries.unspotted(session, study_id))


def count_unspotted(database: Database, study_id: int) -> int:
    """How many videos `unspotted_videos` would name; the list of videos asks for it every two seconds."""
    with database.read() as session:
        return queries.count_unspotted(session, study_id)


def find_by_path(database: Database, study_id: int, path: str) -> int | None:
    """Id of the study's video that lies at this stored path, None where there is none."""
    with database.read() as session:
        return queries.video_at(session, study_id, path)


def register_video(
    database: Database,
    study_id: int,
    title: str,
    path: str,
    kind: str,
    sha256: str | None,
    size_bytes: int | None,
    subject: str | None,
    rate: float | None = None,
    synthetic: bool = False,
    added_by: int | None = None,
) -> int:
    """Add a video in the state "importing"; a title that is taken gets a number.

    Args:
        path: relative to the data folder, absolute for one registered from outside.
        kind: "file" or "images" (a folder, which needs a rate).
        sha256: content hash, None until the import knows it.

    Raises:
        Refused: the same content is in the study already (the message names its title), or a folder has no rate.
    """
    if kind == "images" and not rate:
        raise Refused("A folder of images needs its rate in frames per second.")
    with database.begin() as session:
        if sha256 is not None:
            _refuse_twin(session, study_id, sha256)
        video = Video(
            study_id=study_id,
            title=_free_title(title, queries.titles(session, study_id)),
            path=path,
            kind=kind,
            sha256=sha256,
            size_bytes=size_bytes,
            rate=rate,
            synthetic=synthetic,
            added_by=added_by,
            subject_id=find_or_add_subject(session, study_id, subject),
        )
        session.add(video)
        session.flush()
        return video.id


def _refuse_twin(session: Session, study_id: int, sha256: str, but: int | None = None) -> None:
    twin = queries.video_with_content(session, study_id, sha256)
    if twin is not None and twin.id != but:
        raise Refused(f"This video is in the library already, as “{twin.title}”.")


def _free_title(title: str, taken: Collection[str]) -> str:
    title = " ".join(title.split())[:LONGEST_TITLE] or "video"
    name = PurePosixPath(title)
    stem, suffix = (title[: -len(name.suffix)], name.suffix) if name.suffix else (title, "")
    number, free = 2, title
    while free in taken:
        free, number = f"{stem} ({number}){suffix}", number + 1
    return free


def finish_import(database: Database, video_id: int, imported: ImportedVideo) -> None:
    """Store what the import found and make the video ready; doing it twice is harmless.

    Raises:
        NotFound: the video was deleted meanwhile.
        Refused: another video of the study has the same content.
    """
    with database.begin() as session:
        video = _video(session, video_id)
        _refuse_twin(session, video.study_id, imported.sha256, but=video.id)
        for name, value in asdict(imported).items():
            setattr(video, name, value)
        video.state, video.progress = "ready", 1.0
        try:
            session.flush()
        except IntegrityError as error:
            raise Refused("This video is in the library already; it was imported at the same moment.") from error


def fail_import(database: Database, video_id: int, message: str) -> None:
    """Say why a video cannot be used; it stays in the list until somebody deletes it."""
    with database.begin() as session:
        video = _video(session, video_id)
        video.state, video.message = "failed", message


def set_import_progress(database: Database, video_id: int, progress: float, message: str = "") -> None:
    """0..1, with what is being done; a video that is not importing is left alone unless it had failed (a retry)."""
    with database.begin() as session:
        video = _video(session, video_id)
        if video.state != "ready":
            video.state, video.progress, video.message = "importing", min(max(progress, 0.0), 1.0), message


def set_person(database: Database, video_id: int, choice: Mapping[str, Any] | None) -> None:
    """Remember which person is analysed where several are seen, such as {"frame": 12, "point": [0.3, 0.5]}."""
    with database.begin() as session:
        _video(session, video_id).person = None if choice is None else dict(choice)


def delete_video(database: Database, video_id: int, withdraw: bool = False, by: int | None = None) -> tuple[str, ...]:
    """Erase a video with its runs, proposals, decisions and their log.

    Args:
        withdraw: also take it out of frozen label sets, and mark the model versions that learned from them (the person
            withdraws). Without it a video that a label set holds is refused.
        by: annotator who asked for it.

    Returns:
        Paths to remove (files or folders, relative to the data folder unless absolute), of what belonged to the video.
        A source that was registered from outside the data folder is not among them: it was never ours.

    Raises:
        NotFound: there is no such video.
        Refused: a label set holds it and `withdraw` is False.
    """
    with database.begin() as session:
        video = _video(session, video_id)
        frozen = label_sets.names_holding(session, video_id)
        if frozen and not withdraw:
            names = ", ".join(f"“{name}”" for name in frozen)
            raise Refused(
                f"“{video.title}” is part of the label set {names}. Label sets do not change; the video can only go "
                "by withdrawing it, which takes it out of them and marks the models trained on them."
            )
        paths = stored_files.of_video(session, video)
        erasing.erase_video(session, video_id, by)
        return tuple(paths)


def _video(session: Session, video_id: int) -> Video:
    video = queries.video(session, video_id)
    if video is None:
        raise NotFound(f"There is no video {video_id} (any more).")
    return video
