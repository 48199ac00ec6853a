"""The blind amplitude ladder: clips of seeded recall, coded by people who see neither proposal nor curve.

`python -m spotcore seeded-recall VIDEO --out DATA/ladders/NAME` writes such a folder below the data folder. Its clips
become videos with names that tell nothing. They are never spotted, so there is nothing on the server that could be
shown, and they never enter a label set. People are counted as models are: `spotcore.seeded_recall.count_found`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy.orm import Session

from db.models import Job, Video
from db.queries import library, people, reviewing
from db.session import Database
from spotcore.errors import InvalidFile
from spotcore.intervals import Interval
from spotcore.seeded_recall import VERSIONS, LadderPlan, PassAnswers, SeededRecall, count_found
from webapp.services import spans
from webapp.services.blindness import LADDERS

FOUND = ("accepted", "adjusted", "added")


@dataclass(frozen=True)
class Ladder:
    """One run of seeded recall in the data folder.

    Attributes:
        name: of its folder.
        plan: what was put where.
        model: what the run's report says of the model, {"name", "version", "false_alarms"}; None before it is finished.
        model_hits: the report's events, {"pass", "amplitude", "onset", "offset", "found": {version: bool}, ...}.
        clips: stored path -> name that tells nothing, of all clips that are rendered.
    """

    name: str
    plan: LadderPlan
    model: Mapping[str, Any] | None
    model_hits: tuple[Mapping[str, Any], ...]
    clips: Mapping[str, str]


@dataclass(frozen=True)
class CoderRecall:
    """How far one annotator is with a ladder, and what they found in the passes they have reviewed to the end.

    Attributes:
        registered, reviewed: clips in the library, and clips that this person has reviewed wholly.
        passes: numbers (from 0) of the passes that count: all three versions reviewed.
        recall: over those passes, None without any.
    """

    registered: int
    reviewed: int
    passes: tuple[int, ...]
    recall: SeededRecall | None


def list_ladders(data_dir: Path) -> tuple[Ladder, ...]:
    """Every ladder of the data folder, by name.

    Raises:
        InvalidFile: a plan or a report cannot be read.
    """
    folders = sorted(path.parent for path in (Path(data_dir) / LADDERS).glob("*/plan.json"))
    return tuple(_ladder(folder) for folder in folders)


def ladders_of(database: Database, data_dir: Path, study_id: int, lead: bool) -> tuple[Ladder, ...]:
    """The ladders that people of a study may know of: those whose footage or clips are in it, or that its jobs made.

    Args:
        lead: leads also see those that are no study's yet, such as one just made at the command line.
    """
    found = list_ladders(data_dir)
    with database.read() as session:
        owners = [_owners(session, ladder) for ladder in found]
    return tuple(
        ladder for ladder, studies in zip(found, owners, strict=True) if study_id in studies or (lead and not studies)
    )


def _owners(session: Session, ladder: Ladder) -> set[int]:
    job = session.get(Job, int(ladder.name[4:])) if re.fullmatch(r"job-\d{1,9}", ladder.name) else None
    studies = library.studies_with(session, ladder.plan.footage.sha256, list(ladder.clips))
    return studies | ({job.study_id} if job else set())


def _ladder(folder: Path) -> Ladder:
    report = folder / "result.json"
    said = _json(report) if report.exists() else {}
    clips = {f"{LADDERS}/{folder.name}/{clip.name}": _neutral(folder.name, clip.name) for clip in folder.glob("*.mp4")}
    return Ladder(folder.name, LadderPlan.load(folder / "plan.json"), said.get("model"), tuple(said.get("hits", ())),
                  dict(sorted(clips.items(), key=lambda pair: pair[1])))  # fmt: skip


def _neutral(ladder: str, clip: str) -> str:
    """A name whose order tells neither pass nor version."""
    return f"{ladder} {hashlib.sha256(f'{ladder}/{clip}'.encode()).hexdigest()[:6]}"


def subject_of(database: Database, study_id: int, ladder: Ladder) -> str:
    """Code of the person in the footage, "" where the library does not know it.

    Who is withdrawn takes the clips along.
    """
    with database.read() as session:
        video = library.video_with_content(session, study_id, ladder.plan.footage.sha256)
        return video.subject.code if video is not None and video.subject is not None else ""


def coder_recall(database: Database, data_dir: Path, study_id: int, ladder: Ladder, annotator_id: int) -> CoderRecall:
    """What this person found; a pass counts once all three of its versions are reviewed to the last frame.

    Raises:
        InvalidFile: a clip and its plan do not fit each other, or an answer of the model cannot be read.
    """
    with database.read() as session:
        videos = {v.path: v for v in library.videos_at(session, study_id, list(ladder.clips))}
        ids = [video.id for video in videos.values()]
        looked: dict[int, list[tuple[int, int]]] = {i: [] for i in ids}
        for row in reviewing.spans_of(session, ids, annotator_id):
            looked[row.video_id].append((row.first, row.last))
        found: dict[int, list[Interval]] = {i: [] for i in ids}
        for row in reviewing.annotations_of(session, ids, annotator_id):
            if row.verdict in FOUND:
                found[row.video_id].append(Interval(row.onset, row.offset, row.type, row.apex))
        done = {
            PurePosixPath(path).stem: found[video.id] for path, video in videos.items() if _whole(video, looked, ladder)
        }
    names = [{v: "unspiked" if v == "unspiked" else f"pass-{number:02d}-{v}" for v in VERSIONS}
             for number in range(1, len(ladder.plan.passes) + 1)]  # fmt: skip
    passes = tuple(number for number, clips in enumerate(names) if all(clip in done for clip in clips.values()))
    recall = None
    if passes:
        folder = Path(data_dir) / LADDERS / ladder.name
        answers = [
            PassAnswers({v: done[clip] for v, clip in names[n].items()}, _left_out(folder, names[n]["spiked"]))
            for n in passes
        ]
        recall = count_found(replace(ladder.plan, passes=tuple(ladder.plan.passes[n] for n in passes)), answers)
    return CoderRecall(len(videos), len(done), passes, recall)


def coders(database: Database, study_id: int) -> dict[str, int]:
    """Name -> id of everybody who may have coded a ladder of this study, by name."""
    with database.read() as session:
        return dict(sorted(people.names_in(session, study_id).items()))


def _whole(video: Video, looked: Mapping[int, list[tuple[int, int]]], ladder: Ladder) -> bool:
    if video.frame_count is None:
        return False
    if video.frame_count != ladder.plan.footage.frame_count:
        raise InvalidFile(
            f"{video.path}: expected {ladder.plan.footage.frame_count} frames as planned, got {video.frame_count}; "
            "footage with missing pictures cannot be coded as a ladder"
        )
    return spans.frames(spans.tidy(looked[video.id])) == video.frame_count


def _left_out(folder: Path, clip: str) -> frozenset[int]:
    """Planned events that the renderer left out, from the answer beside the clip."""
    return frozenset(_json(folder / f"{clip}.json").get("left_out", ()))


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidFile(f"{path}: cannot be read ({error})") from error
