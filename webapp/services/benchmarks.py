"""Studies made of benchmarks: the study with the annotator that stands for the sheet, and the sheet's labels in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from db.models import Annotator, Assignment, Video
from db.queries import people
from db.session import Database
from spotcore.corpora.corpus import CorpusEvent
from webapp.services import outside_labels, studies
from webapp.services.errors import Refused
from webapp.services.outside_labels import OutsideLabel

# What the owners call the data set.
CORPORA = {"casme2_sq": "CAS(ME)²", "samm_long": "SAMM Long Videos"}


def sheet_name(corpus: str) -> str:
    """The annotator that stands for whoever made the sheet."""
    return f"{CORPORA[corpus]} sheet"


def create(database: Database, name: str, corpus: str, by: int) -> int:
    """A study for a benchmark; returns its id.

    Raises:
        Refused: unknown corpus, a name that is taken, or not for this person.
    """
    if corpus not in CORPORA:
        raise Refused(f"There is no reader for {corpus!r}; there are {', '.join(CORPORA)}.")
    study_id = studies.create_study(database, name, by)
    with database.begin() as session:
        sheet = people.annotator_named(session, sheet_name(corpus))
        if sheet is None:
            sheet = Annotator(name=sheet_name(corpus))
            session.add(sheet)
            session.flush()
        session.add(Assignment(study_id=study_id, annotator_id=sheet.id, role="annotator"))
    return study_id


def nothing_found(root: str) -> Refused:
    return Refused(
        f"No folder of pictures below {root} could be registered: expected the layout in which the owners ship it."
    )


def imports_over(database: Database, video_ids: Sequence[int]) -> int:
    """How many of these videos are imported, failed or gone."""
    with database.read() as session:
        asked = select(func.count()).where(Video.id.in_(video_ids), Video.state == "importing")
        return len(video_ids) - (session.scalar(asked) or 0)


def add_sheet(
    database: Database, study_id: int, corpus: str, videos: Mapping[str, int],
    events: Mapping[str, Sequence[CorpusEvent]],
) -> dict[str, Any]:  # fmt: skip
    """Add what a sheet says of the videos that are imported, and mark those with events as reviewed throughout.

    Args:
        videos: the sheet's name of a video -> its id.
        events: the sheet's name -> its events, in frames of the folder.

    Returns:
        counts, and under "notes" what did not fit, each with its "video_id".
    """
    targets = {target.id: target for target in outside_labels.targets(database, study_id)[0]}
    labels, notes = [], []
    for name, video_id in sorted(videos.items()):
        target = targets.get(video_id)
        if target is None:
            notes.append(_note(video_id, f"could not be imported: its {len(events[name])} labels are left out"))
            continue
        for event in events[name]:
            fitting = _fitting(event, target.frame_count)
            if fitting is None:
                notes.append(_note(video_id, f"row {event.row} begins behind the last picture and is left out"))
                continue
            labels.append(_label(event, target.title, corpus, *fitting))
            if fitting[1] != event.interval.offset:
                notes.append(_note(video_id, f"row {event.row} ends behind the last picture and is cut there"))
    added = outside_labels.add_labels(database, study_id, labels, mark_reviewed=True, source=sheet_name(corpus))
    for name, video_id in sorted(videos.items()):
        if video_id in targets and not events[name]:
            notes.append(_note(video_id, "has no event in the sheet and is not marked as reviewed"))
    kinds = [label.type for label in labels]
    return {
        "videos": sum(video_id in targets for video_id in videos.values()), "labels": added.added + added.known,
        "macro": kinds.count("macro"), "micro": kinds.count("micro"), "notes": notes,
    }  # fmt: skip


def _note(video_id: int, what: str) -> dict[str, Any]:
    """Names the video by its number alone, so that erasing it takes the note out of the job."""
    return {"video_id": video_id, "what": what}


def _fitting(event: CorpusEvent, frame_count: int) -> tuple[int | None, int] | None:
    """(apex, offset) within the footage; None where the event begins behind its end."""
    interval = event.interval
    if interval.onset >= frame_count:
        return None
    offset = min(interval.offset, frame_count - 1)
    return (None if interval.apex is None or interval.apex > offset else interval.apex), offset


def _label(event: CorpusEvent, title: str, corpus: str, apex: int | None, offset: int) -> OutsideLabel:
    units = tuple(unit.strip()[:20] for unit in event.action_units.replace(",", "+").split("+") if unit.strip())
    return OutsideLabel(
        title, sheet_name(corpus), event.interval.type, event.interval.onset, apex, offset, "added", None, units, "",
        emotion=event.emotion[:100],
    )  # fmt: skip
