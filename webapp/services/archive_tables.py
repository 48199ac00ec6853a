"""What an archive of a study holds of every table, and how rows name each other there.

In an archive rows are numbered from 1 in the order of their table's lines, so that nothing in it depends on the numbers
of one installation. Annotations and operations keep the ids that clients gave them. A decision on a proposal has the id
that follows from annotator and proposal (`matching.interval_id`): written with the archive's numbers, read with those
of the installation it comes to, or it would meet somebody else's proposal there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from db.base import Base
from db.models import ModelVersion

FORMAT = "glint-study-archive/1"

# Named and found again by name, because they belong to the installation, not to the study: as far as rows name them.
NAMED = ("annotators", "model_versions")
# In the settings of a version that only has a name here: the hash of its checkpoint, which is elsewhere.
AWAY = "checkpoint elsewhere"
# Rows of the study itself, parents before children.
TABLES = (
    "assignments", "consensus_annotators", "subjects", "videos", "video_assignments", "spotting_runs",
    "proposal_sets", "proposals", "video_codings", "annotations", "operations", "adjudications", "reviewed_spans",
    "label_sets", "label_set_subjects", "label_set_videos", "label_set_intervals", "imported_signals", "coding_picks",
)  # fmt: skip
# Table -> why nothing of it is in an archive. A test fails for a table that is in neither list.
LEFT_OUT = {
    "studies": "its one row is the archive's manifest",
    "accounts": "how people sign in belongs to the installation",
    "sessions": "how people sign in belongs to the installation",
    "invitations": "how people sign in belongs to the installation",
    "sign_in_tries": "how people sign in belongs to the installation",
    "audit_entries": "what was done in one installation",
    "audit_cuts": "what was done in one installation",
    "withdrawals": "what was done in one installation; who withdrew is not in the study any more",
    "backups": "of one installation",
    "erasures": "of one installation",
    "workers": "of one installation",
    "retries": "of one installation",
    "jobs": "work that one installation did",
    "job_videos": "work that one installation did",
    "training_jobs": "work that one installation did",
    "aliases": "which version is in use belongs to the installation",
    "alias_changes": "which version is in use belongs to the installation",
    "places": "where people stopped looking",
    "review_totals": "counted again from the rows above",
}
# Columns that only one installation can fill.
OMITTED = {
    "videos": ("study_id", "path", "state", "progress", "frames_path", "audio_path", "thumbnail_path", "revision"),
    "spotting_runs": ("state", "progress", "curves_path", "features_path"),
    "imported_signals": ("path",),
    "subjects": ("study_id",),
    "assignments": ("study_id",),
    "label_sets": ("study_id",),
    "coding_picks": ("study_id",),
    "consensus_annotators": ("study_id",),
}
# References without a foreign key: a frozen copy tells what was, whatever became of the rows it names.
LOOSE = {
    ("label_set_intervals", "proposal_id"): "proposals",
    ("label_set_intervals", "model_version_id"): "model_versions",
    ("label_set_intervals", "decided_by"): "annotators",
}
# Ids of annotations, in columns and inside of JSON.
ANNOTATION_IDS = {
    ("annotations", "id"), ("operations", "interval_id"), ("label_set_intervals", "annotation_id"),
    *(("adjudications", name) for name in ("annotation_id", "first_annotation_id", "second_annotation_id")),
}  # fmt: skip
LOGGED = {("operations", "before"), ("operations", "after")}


@dataclass(frozen=True)
class Column:
    """A column of an archived table.

    Attributes:
        refers_to: table whose line number stands in the archive, "" for a plain value.
    """

    name: str
    refers_to: str = ""


def table(name: str) -> Table:
    return Base.metadata.tables[name]


def key_of(name: str) -> str:
    """Name of the column that numbers the rows of a table here, or of its own id where no number does."""
    (key,) = table(name).primary_key.columns
    return key.name


def columns(name: str) -> tuple[Column, ...]:
    """The columns of a table that are written, in the order of the model."""
    found = []
    for column in table(name).columns:
        if column.name in OMITTED.get(name, ()) or (column.primary_key and column.type.python_type is int):
            continue
        loose = LOOSE.get((name, column.name), "")
        keys = [key.column for key in column.foreign_keys if key.column.type.python_type is int]
        found.append(Column(column.name, loose or (keys[0].table.name if keys else "")))
    return tuple(found)


def checkpoint_of(version: ModelVersion) -> str | None:
    """Hash of the checkpoint of a version, whether it is here or not."""
    return version.checkpoint_sha256 or version.settings.get(AWAY)


def logged(value: dict[str, Any] | None, annotation: Any, proposal: Any) -> dict[str, Any] | None:
    """An annotation as the log keeps it, with its id and proposal translated by these functions."""
    if not value or "id" not in value:
        return value
    return {**value, "id": annotation(value["id"]), "proposal_id": proposal(value.get("proposal_id"))}
