"""Label Studio: tasks with timeline labels on video (`<TimelineLabels>`), whose frames count from 1, both included.

An interval is a region of its own with the labels macro or micro; what else is said about it stands in further results
of the same region (`parent` fields are not used): per-region choices and texts named after our columns.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from webapp.exchange.label_rows import BadTable, cells
from webapp.exchange.material import Material, Rows, Source
from webapp.services.outside_labels import OutsideLabel

CONTROL, OBJECT = "expression", "video"
DETAILS = ("apex", "status", "action_units", "emotion", "confidence", "note")
# Ids are made from content, so that the same labels give the same file.
_SPACE = uuid.UUID("6c1f42b4-34bd-4f0a-9a54-6b1e6a1d6a55")


def write(material: Material) -> bytes:
    """Tasks as JSON, one per video of the study, one annotation per annotator."""
    tasks = []
    for number, (title, labels) in enumerate(material.by_video().items(), start=1):
        video = material.videos[title]
        people = sorted({label.annotator for label in labels})
        tasks.append({
            "id": number,
            "data": {"video": title, "subject": video.subject, "fps": video.fps, "frame_count": video.frame_count},
            "annotations": [
                {
                    "completed_by": {"email": annotator},
                    "result": [one for label in labels if label.annotator == annotator for one in _results(label)],
                }
                for annotator in people
            ],
        })  # fmt: skip
    return json.dumps(tasks, ensure_ascii=False, indent=1).encode()


def _results(label: OutsideLabel) -> list[dict[str, Any]]:
    row = cells(label)
    identity = uuid.uuid5(_SPACE, json.dumps(row, sort_keys=True)).hex[:10]
    place = {"ranges": [{"start": label.onset + 1, "end": label.offset + 1}]}
    results = [{
        "id": identity, "type": "timelinelabels", "from_name": CONTROL, "to_name": OBJECT,
        "value": place | {"timelinelabels": [label.type]},
    }]  # fmt: skip
    for name in DETAILS:
        text = str(label.apex + 1) if name == "apex" and label.apex is not None else row[name]
        if text:
            results.append({
                "id": identity, "type": "textarea", "from_name": name, "to_name": OBJECT,
                "value": place | {"text": [text]},
            })  # fmt: skip
    return results


def read(source: Source) -> Rows:
    """Rows of an export or of tasks with annotations.

    Raises:
        BadTable: no such JSON, or a task whose video is not in the study.
    """
    tasks = parsed(source)
    rows: Rows = []
    for number, task in enumerate(tasks if isinstance(tasks, list) else [tasks], start=1):
        where = f"{source.name}, task {number}"
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or not isinstance(task.get("annotations", []), list):
            raise BadTable([f"{where}: expected an object with data and annotations"])
        video = next((data[key] for key in ("video", "video_url", "url") if isinstance(data.get(key), str)), None)
        if video is None:
            raise BadTable([f"{where}: its data names no video"])
        title = source.video_named(video.split("?")[0], where).title
        for part, annotation in enumerate(task.get("annotations", []), start=1):
            rows += _regions(annotation, title, f"{where}, annotation {part}")
    if not rows:
        raise BadTable([f"{source.name}: no timeline label macro or micro"])
    return rows


def parsed(source: Source) -> Any:
    """The JSON of a file.

    Raises:
        BadTable: it is none.
    """
    try:
        return json.loads(source.data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadTable([f"{source.name}: expected JSON, reading it failed: {error}"]) from error


def _regions(annotation: Any, title: str, where: str) -> Rows:
    results = annotation.get("result") if isinstance(annotation, dict) else None
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        raise BadTable([f"{where}: expected a list of results"])
    said: dict[str, dict[str, str]] = {}
    for one in results:
        value = one.get("value")
        if one.get("type") == "textarea" and one.get("from_name") in DETAILS and isinstance(value, dict):
            texts = value.get("text")
            text = texts[0] if isinstance(texts, list) and texts else texts
            said.setdefault(str(one.get("id")), {})[one["from_name"]] = str(text)
    who = annotation.get("completed_by")
    annotator = str(who.get("email") or "") if isinstance(who, dict) else ""
    rows: Rows = []
    for one in results:
        if one.get("type") == "timelinelabels":
            rows += _intervals(one, said.get(str(one.get("id")), {}), title, annotator, where)
    return rows


def _intervals(one: Mapping[str, Any], said: Mapping[str, str], title: str, annotator: str, where: str) -> Rows:
    value = one.get("value")
    ranges = value.get("ranges") if isinstance(value, dict) else None
    names = value.get("timelinelabels") if isinstance(value, dict) else None
    if not isinstance(ranges, list) or not isinstance(names, list) or not all(isinstance(r, dict) for r in ranges):
        raise BadTable([f"{where}: region {one.get('id')!r}: expected ranges and timelinelabels"])
    found = []
    for name in names:
        for piece in ranges:
            row = {"video": title, "type": str(name), "annotator": annotator, **said}
            row["onset"], row["offset"] = _counted(piece.get("start")), _counted(piece.get("end"))
            if row.get("apex"):
                row["apex"] = _counted(int(row["apex"]) if row["apex"].isascii() and row["apex"].isdigit() else None)
            found.append((f"{where}, region {one.get('id')!r}", row))
    return found


def _counted(number: Any) -> str:
    """A frame number counted from 0 as text, or what came instead, for the message."""
    whole = isinstance(number, int) and not isinstance(number, bool)
    return str(number - 1) if whole and abs(number) < 10**12 else f"{number!r}"[:50]
