"""Label sets as files for archives: the manifest, everything the hash covers, and who decided what; and their check.

A file that was changed after its export is told by its hash. The hash is no signature: it finds damage and edits, not
somebody who writes a new file with a new hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from db.queries import label_sets as queries
from db.queries import people, registry
from db.session import Database
from spotcore.errors import InvalidFile
from spotcore.manifest import Manifest
from webapp.services import adjudication, label_content, label_sets
from webapp.values.label_changes import Verified
from webapp.values.label_sets import LabelledVideo

ARCHIVE_FORMAT = "glint-label-archive/1"


def archive(database: Database, label_set_id: int) -> dict[str, Any]:
    """A "glint-manifest/1" document with what else the set holds under "archive".

    "archive" holds "format", "content" (all that the hash of the set covers), "content_hash" (of that content; another
    one than "label_set_hash" after a withdrawal), "withdrawn", "frozen_at", and "origins": for every label who decided
    it when, on whose proposal, and of a label of a consensus from whom and by whom it was "adjudicated".

    Raises:
        NotFound: there is no such set.
    """
    details = label_sets.get_label_set(database, label_set_id)
    with database.read() as session:
        names = people.annotator_names(session)
        versions = {row.id: row.name for row, _, _ in registry.versions(session)}
    decided = [i.origin.annotation_id for video in details.videos for i in video.intervals if i.origin is not None]
    settled = adjudication.provenance(database, decided)
    document = label_sets.manifest(database, label_set_id, {})
    document["archive"] = {
        "format": ARCHIVE_FORMAT,
        "frozen_at": details.created_at.isoformat(),
        "withdrawn": details.withdrawn,
        "content_hash": label_content.content_hash(details.videos),
        "content": label_content.content(details.videos),
        "origins": [line for video in details.videos for line in _origins(video, names, versions, settled)],
    }
    return document


def _origins(
    video: LabelledVideo, names: Mapping[int, str], versions: Mapping[int, str], settled: Mapping[str, str]
) -> list[dict[str, Any]]:
    return [
        {
            "video": video.title, "type": i.type, "onset": i.onset, "offset": i.offset, "verdict": i.verdict,
            "decision": i.origin.annotation_id, "decided_by": names.get(i.origin.decided_by, "somebody who left"),
            "decided_at": i.origin.decided_at.isoformat(), "proposal": i.origin.proposal_id,
            "proposed_by": versions.get(i.origin.model_version_id),
            "adjudicated": settled.get(i.origin.annotation_id),
        }
        for i in video.intervals
        if i.origin is not None
    ]  # fmt: skip


def verify(database: Database, study_id: int, text: str | bytes) -> Verified:
    """Check an exported file against its own hash, and look for its content among the sets of this study.

    Raises:
        InvalidFile: not an exported label set.
    """
    document = _document(text)
    kept = document["archive"]
    found = label_content.json_hash(kept["content"])
    problems = []
    if found != kept.get("content_hash"):
        problems.append("The labels in the file were changed after it was exported: they do not give its hash.")
    if not kept.get("withdrawn") and document.get("label_set_hash") != kept.get("content_hash"):
        problems.append("The hash of the set was changed after the export.")
    if _labels(document) != _labels_of_content(kept["content"]):
        problems.append("The part that trainings read does not hold the same labels as the part that the hash covers.")
    with database.read() as session:
        sets = queries.label_sets(session, study_id)
        here = tuple(row.name for row in sets if row.content_hash == found and not row.withdrawn)
    videos = kept["content"]["videos"]
    return Verified(
        name=str(document.get("name", "")),
        content_hash=found,
        videos=len(videos),
        intervals=sum(len(video["intervals"]) for video in videos),
        problems=tuple(problems),
        withdrawn=int(kept.get("withdrawn") or 0),
        here=here,
    )


def _document(text: str | bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
        Manifest.from_dict(document, "the file", Path())
        kept = document["archive"]
        if kept["format"] != ARCHIVE_FORMAT or not isinstance(kept["content"]["videos"], list):
            raise InvalidFile(f"the file: expected the format {ARCHIVE_FORMAT}, got {kept['format']!r}")
        return document
    except InvalidFile:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidFile(f"the file: expected a label set exported by Glint, reading it failed: {error!r}") from error


def _labels(document: Mapping[str, Any]) -> list[tuple]:
    """(title, subject, role, expressions, rejected) of every video, as the manifest has it."""
    return sorted(
        (v["title"], v["subject"], v["role"],
         tuple(sorted((i["type"], i["onset"], i["offset"]) for i in v["intervals"])),
         tuple(sorted((i["type"], i["onset"], i["offset"]) for i in v["rejected"])))
        for v in document["videos"]
    )  # fmt: skip


def _labels_of_content(content: Mapping[str, Any]) -> list[tuple]:
    def chosen(video: Mapping[str, Any], verdicts: tuple[str, ...]) -> tuple:
        return tuple(sorted(
            (i["type"], i["onset"], i["offset"]) for i in video["intervals"] if i["verdict"] in verdicts
        ))  # fmt: skip

    return sorted(
        (v["title"], v["subject"], v["role"], chosen(v, ("accepted", "adjusted", "added")), chosen(v, ("rejected",)))
        for v in content["videos"]
    )
