"""BORIS: a project (.boris, JSON, format 7.0) with one observation per video and annotator.

The ethogram has the state events macro and micro. An interval is a START and a STOP, told apart by their order as BORIS
does, in seconds with three decimals: START when its first frame begins, STOP when its last frame ends. Intervals that
overlap stand in further observations of the same video, because BORIS could not tell their STOPs apart. What has no
place in BORIS (apex, status, action units, emotion, confidence) stands in the comment of the START as JSON that the
reader understands; a comment of another kind is the note.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from webapp.exchange.label_rows import BadTable, cells
from webapp.exchange.label_studio import parsed
from webapp.exchange.material import Material, Rows, Source, lanes
from webapp.services.outside_labels import OutsideLabel

TYPES = ("macro", "micro")
KEPT = ("apex", "status", "action_units", "emotion", "confidence", "note")
_MARK = "glint"


def write(material: Material) -> bytes:
    """The project as JSON."""
    observations = {}
    for title, labels in material.by_video().items():
        for annotator in sorted({label.annotator for label in labels}):
            own = lanes(label for label in labels if label.annotator == annotator)
            for number, lane in enumerate(own, start=1):
                name = f"{title} ({annotator})" if number == 1 else f"{title} ({annotator}) {number}"
                observations[name] = _observation(material, title, annotator, lane)
    subjects = sorted({video.subject for video in material.videos.values() if video.subject})
    project = {
        "time_format": "hh:mm:ss",
        "project_date": material.made_at.isoformat(timespec="seconds"),
        "project_name": material.study,
        "project_description": "written by Glint",
        "project_format_version": "7.0",
        "subjects_conf": {
            str(n): {"key": "", "name": name, "description": ""} for n, name in enumerate(subjects)
        },
        "behaviors_conf": {
            str(n): {
                "type": "State event", "key": key, "code": kind, "description": f"{kind}-expression", "color": "",
                "category": "", "modifiers": "", "excluded": "", "coding map": "",
            }
            for n, (key, kind) in enumerate(zip("mi", TYPES, strict=True))
        },
        "observations": observations,
        "behavioral_categories": [],
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }  # fmt: skip
    return json.dumps(project, ensure_ascii=False, indent=1).encode()


def _observation(material: Material, title: str, annotator: str, labels: Sequence[OutsideLabel]) -> dict[str, Any]:
    video, clock = material.videos[title], material.clock(title)
    events: list[list[Any]] = []
    for label in labels:
        row = cells(label)
        said = {name: row[name] for name in KEPT if row[name]}
        comment = json.dumps({_MARK: said}, ensure_ascii=False) if said else ""
        start, stop = clock.begins(label.onset) / 1000, clock.ends(label.offset) / 1000
        events.append([start, video.subject, label.type, "", comment, label.onset])
        events.append([stop, video.subject, label.type, "", "", label.offset])
    # A STOP comes before a START of the same moment, or the next interval would end the one before it.
    events.sort(key=lambda event: (event[0], event[4] != ""))
    return {
        "file": {str(n): [title] if n == 1 else [] for n in range(1, 9)},
        "type": "MEDIA",
        "date": material.made_at.isoformat(timespec="seconds"),
        "description": f"annotator: {annotator}",
        "time offset": 0.0,
        "events": events,
        "observation time interval": [0, 0],
        "independent_variables": {},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "close_behaviors_between_videos": False,
        "annotator": annotator,
        "media_info": {
            "length": {title: round(float(clock.borders[-1]) / 1000, 3)},
            "fps": {title: video.fps},
            "hasVideo": {title: True},
            "hasAudio": {title: False},
            "offset": {"1": 0.0},
        },
    }


def read(source: Source) -> Rows:
    """Rows of the state events macro and micro of a project.

    Raises:
        BadTable: no such project; an event without its partner; a video that is not in the study.
    """
    project = parsed(source)
    observations = project.get("observations") if isinstance(project, dict) else None
    if not isinstance(observations, dict):
        raise BadTable([f"{source.name}: expected a BORIS project with observations"])
    rows: Rows = []
    for name, observation in sorted(observations.items()):
        where = f"{source.name}, observation {name[:200]}"
        if not isinstance(observation, dict) or not isinstance(observation.get("events"), list):
            raise BadTable([f"{where}: expected an observation with events"])
        rows += _pairs(observation, where, source)
    if not rows:
        raise BadTable([f"{source.name}: no state event macro or micro"])
    return rows


def _pairs(observation: Mapping[str, Any], where: str, source: Source) -> Rows:
    title = source.video_named(_media(observation, where), where).title
    clock = source.clock(title)
    offset = observation.get("time offset") or 0
    rows: Rows = []
    begun: dict[str, tuple[float, str]] = {}
    for number, event in enumerate(_events(observation, where), start=1):
        time, kind, comment = event
        place = f"{where}, event {number}"
        if kind not in TYPES:
            continue
        if kind not in begun:
            begun[kind] = (time, comment)
            continue
        start, said = begun.pop(kind)
        milliseconds = [(moment - offset) * 1000 for moment in (start, time)]
        onset, last = clock.frame_beginning(milliseconds[0]), clock.frame_ending(milliseconds[1])
        row = {"video": title, "type": kind, "onset": str(onset), "offset": str(max(onset, last)),
               "annotator": str(observation.get("annotator") or "")}  # fmt: skip
        rows.append((place, row | _said(said)))
    if begun:
        raise BadTable([f"{where}: {' and '.join(sorted(begun))} is started and never stopped"])
    return rows


def _media(observation: Mapping[str, Any], where: str) -> str:
    files = observation.get("file")
    players = files.values() if isinstance(files, dict) else ()
    named = [path for paths in players if isinstance(paths, list) for path in paths if isinstance(path, str)]
    if len(named) != 1:
        raise BadTable([f"{where}: expected one media file, got {len(named)}"])
    return named[0]


def _events(observation: Mapping[str, Any], where: str) -> list[tuple[float, str, str]]:
    found = []
    for number, event in enumerate(observation["events"], start=1):
        time = event[0] if isinstance(event, list) and len(event) >= 3 else None
        if isinstance(time, bool) or not isinstance(time, int | float) or not 0 <= time < 1e9:
            raise BadTable([f"{where}, event {number}: expected time, subject and code, got {str(event)[:100]!r}"])
        found.append((float(time), str(event[2]), str(event[4]) if len(event) > 4 else ""))
    return sorted(found, key=lambda event: event[0])


def _said(comment: str) -> dict[str, str]:
    try:
        kept = json.loads(comment)[_MARK]
        return {name: str(kept[name]) for name in KEPT if name in kept}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"note": comment} if comment else {}
