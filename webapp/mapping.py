"""Rows of the database to values of the program and back; the only module that knows both sides.

No queries and no rules here: what comes in is already loaded, what goes out is not yet added to a session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from db import models as rows
from spotcore.intervals import Interval
from webapp.values import label_sets, library, registry, reviewing, signals, spotting
from webapp.values.scheme import DEFAULT_SCHEME, Scheme

Value = TypeVar("Value")


def from_row(kind: type[Value], row: Any, **given: Any) -> Value:
    """The dataclass `kind` filled from the columns of `row` of the same names; `given` wins over columns."""
    names = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: given[name] if name in given else getattr(row, name) for name in names})


def scheme(row: rows.Study) -> Scheme:
    """The study's own coding scheme, or the default one."""
    return DEFAULT_SCHEME if row.scheme is None else Scheme.from_json(row.scheme)


def video_details(row: rows.Video) -> library.VideoDetails:
    return from_row(library.VideoDetails, row, subject=row.subject.code if row.subject else None)


def run_details(row: rows.SpottingRun, model: str) -> spotting.RunDetails:
    return from_row(spotting.RunDetails, row, model=model)


def imported_signal(row: rows.ImportedSignal) -> signals.SignalInfo:
    return from_row(signals.SignalInfo, row, columns=tuple((name, unit) for name, unit in row.columns))


def proposal_interval(row: rows.Proposal | rows.Annotation | reviewing.Annotation) -> Interval:
    """The interval of a proposal or annotation; only proposals have a score."""
    return Interval(row.onset, row.offset, row.type, row.apex, getattr(row, "score", None))


def proposal_row(interval: Interval, proposal_set_id: int, video_id: int) -> rows.Proposal:
    return rows.Proposal(
        proposal_set_id=proposal_set_id,
        video_id=video_id,
        type=interval.type,
        onset=int(interval.onset),
        apex=None if interval.apex is None else int(interval.apex),
        offset=int(interval.offset),
        score=None if interval.score is None else float(interval.score),
    )


def annotation(row: rows.Annotation) -> reviewing.Annotation:
    return from_row(reviewing.Annotation, row, action_units=tuple(row.action_units))


def annotation_from_log(fields_then: Mapping[str, Any] | None) -> reviewing.Annotation | None:
    """The annotation that an operation's `before` or `after` describes."""
    if fields_then is None:
        return None
    return reviewing.Annotation(**{**fields_then, "action_units": tuple(fields_then["action_units"])})


def annotation_to_log(value: reviewing.Annotation | None) -> dict[str, Any] | None:
    return None if value is None else {**asdict(value), "action_units": list(value.action_units)}


def write_annotation(row: rows.Annotation, value: reviewing.Annotation) -> None:
    """Copy the fields of a value onto a row, the id excepted."""
    for f in fields(value):
        if f.name != "id":
            setattr(row, f.name, getattr(value, f.name))
    row.action_units = list(value.action_units)


def logged_operation(row: rows.Operation) -> reviewing.LoggedOperation:
    return from_row(reviewing.LoggedOperation, row)


def labelled_interval(row: rows.Annotation, model_version_id: int | None) -> label_sets.LabelledInterval:
    """A decision as a label set would hold it; `model_version_id` made the proposal that it decides."""
    origin = label_sets.Origin(row.id, row.proposal_id, model_version_id, row.annotator_id, row.changed_at)
    return from_row(label_sets.LabelledInterval, row, action_units=tuple(row.action_units), origin=origin)


def frozen_interval(row: rows.LabelSetInterval) -> label_sets.LabelledInterval:
    origin = None if row.annotation_id is None else from_row(label_sets.Origin, row)
    return from_row(label_sets.LabelledInterval, row, action_units=tuple(row.action_units), origin=origin)


def label_set_interval_row(
    value: label_sets.LabelledInterval, label_set_video_id: int, video_id: int
) -> rows.LabelSetInterval:
    columns = {f.name: getattr(value, f.name) for f in fields(value)} | {"action_units": list(value.action_units)}
    origin = columns.pop("origin")
    columns |= {} if origin is None else asdict(origin)
    return rows.LabelSetInterval(label_set_video_id=label_set_video_id, video_id=video_id, **columns)


def labelled_video(
    row: rows.LabelSetVideo, subject: rows.LabelSetSubject, intervals: Sequence[rows.LabelSetInterval]
) -> label_sets.LabelledVideo:
    return from_row(
        label_sets.LabelledVideo,
        row,
        subject=subject.code,
        role=subject.role,
        reviewed=tuple((first, last) for first, last in row.reviewed),
        intervals=tuple(frozen_interval(interval) for interval in intervals),
    )


def training_job(row: rows.TrainingJob, label_set: str) -> registry.TrainingJob:
    return from_row(registry.TrainingJob, row, label_set=label_set)


def model_version(
    row: rows.ModelVersion, label_set: str | None, job_id: int | None, aliases: Sequence[str]
) -> registry.ModelVersion:
    return from_row(
        registry.ModelVersion, row, label_set=label_set, job_id=job_id, aliases=tuple(sorted(aliases)),
        lineage=row.lineage or {},
    )  # fmt: skip


def alias_change(row: rows.AliasChange, alias: str) -> registry.AliasChange:
    return from_row(registry.AliasChange, row, alias=alias)
