"""The model card of a version: what it is, what it learned from, how to make it again, how good it is, what to mind.

Generated text (Markdown) from rows and from the description beside the weights; nothing is measured here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from db.session import Database
from spotcore.shipped_model import SHIPPED_FOLDER, STATEMENT
from webapp.services import label_sets, registry
from webapp.services.against_parent import against_parent
from webapp.settings import Settings
from webapp.values.registry import SHIPPED_PATH, ModelVersion


def model_card(database: Database, settings: Settings, version_id: int, study_id: int | None = None) -> str:
    """The card as Markdown; the one that comes with Glint for the shipped model.

    Args:
        study_id: whose people read it: the label set of another study stays nameless to them. None for programs.
    """
    version = registry.get_version(database, version_id, study_id)
    if version.checkpoint_path == SHIPPED_PATH:
        return (SHIPPED_FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
    versions = {row.id: row for row in registry.list_versions(database)}
    parts = [
        f"# {version.name}",
        _about(version, versions),
        _data(database, version),
        _rebuild(version, versions.get(version.parent_id)),
        _scores(version),
        _limits(version, versions),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _about(version: ModelVersion, versions: Mapping[int, ModelVersion]) -> str:
    made = version.lineage
    parent = versions.get(version.parent_id)
    facts = {
        "Origin": made.get("origin", "comes with Glint"),
        "Architecture": version.architecture,
        "Started from": parent.name if parent else "scratch" if version.label_set_id else None,
        "Weights (SHA-256)": version.checkpoint_sha256,
        "Code": version.code_version,
        "Seed": version.seed,
        "Hardware": made.get("hardware"),
        "Training time": None if made.get("seconds") is None else f"{made['seconds']:g} s",
        "Registered": f"{version.created_at:%Y-%m-%d %H:%M} UTC",
    }
    lines = [f"- {name}: {value}" for name, value in facts.items() if value not in (None, "")]
    return "\n".join(["## What it is", *([version.note, ""] if version.note else []), *lines])


def _data(database: Database, version: ModelVersion) -> str:
    if version.label_set_id is None:
        named = version.lineage.get("label_set")
        return f"## Data\nAccording to its own description it learned from: {named}." if named else ""
    details = label_sets.get_label_set(database, version.label_set_id)
    subjects: dict[str, set[str]] = {}
    for video in details.videos:
        subjects.setdefault(video.role, set()).add(video.subject)
    lines = [
        f"- {role}: {len(people)} subjects, {_events(version, role)}" for role, people in sorted(subjects.items())
    ]
    return "\n".join([f"## Data\nLabel set {version.label_set}, {len(details.videos)} videos.", *lines])


def _events(version: ModelVersion, role: str) -> str:
    counts = (version.lineage.get("events") or {}).get(role, {})
    return ", ".join(f"{count} {kind} events" for kind, count in counts.items()) or "events not counted"


def _rebuild(version: ModelVersion, parent: ModelVersion | None) -> str:
    if version.job_id is None:
        return ""
    made = version.lineage
    start = ""
    if parent is not None:
        shipped = parent.checkpoint_path == SHIPPED_PATH
        start = f" --set warm_start={'default' if shipped else parent.checkpoint_path}"
    guarded = made.get("preset") == "tune"
    architecture = "" if guarded else f" --architecture {version.architecture}"
    command = (
        f"python -m spotcore train jobs/{version.job_id}/manifest.json --out DIR --preset {made.get('preset', 'quick')}"
        f"{architecture} --seed {version.seed or 0}{start}"
    )
    settings = json.dumps(made.get("training", {}), sort_keys=True)
    return (
        "## Rebuild\nIn the data folder, with the same code and the same kind of processor:\n\n"
        f"    {command}\n\nAll settings: `{settings}`"
    )


def _scores(version: ModelVersion) -> str:
    scores, on = version.scores, version.scores.get("measured_on")
    if not on:
        return "## Scores\nNot measured on footage of this installation."
    head = (
        f"## Scores\nF1 at IoU 0.5 with type on {len(on['subjects'])} subjects in the role {on['role']} "
        f"({on['videos']} videos, {on['minutes']:g} minutes, {on['events']} expressions), 95 % interval over subjects, "
        f"at {scores.get('false_alarms', 6):g} expected false alarms a minute.\n"
    )
    names = {"held_out": version.name, "parent": "its parent", "champion": scores.get("champion_name", "champion"),
             "baseline": "baseline"}  # fmt: skip
    lines = ["| | overall | macro | micro |", "|---|---|---|---|"]
    for key, name in names.items():
        if key in scores:
            cells = [_f1(scores[key].get(kind)) for kind in ("overall", "macro", "micro")]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    verdict = against_parent(scores)
    return "\n".join([head, *lines, *(["", verdict.sentence] if verdict else [])])


def _f1(score: Mapping[str, Any] | None) -> str:
    if not score:
        return "-"
    low, high = score.get("f1_low"), score.get("f1_high")
    return f"{score['f1']:.3f}" + (f" ({low:.3f}-{high:.3f})" if low is not None and high is not None else "")


def _limits(version: ModelVersion, versions: Mapping[int, ModelVersion]) -> str:
    lines = [f"- {note}." for note in version.lineage.get("notes", ())]
    if version.lineage.get("calibration"):
        lines.append(f"- Calibration: {version.lineage['calibration']}")
    line, seen = version, set()
    while line and line.id not in seen:
        seen.add(line.id)
        if line.checkpoint_path == SHIPPED_PATH:
            lines.append(f"- Goes back to the model that comes with Glint: {STATEMENT}.")
        line = versions.get(line.parent_id)
    if version.affected_at:
        lines.append("- A person whose footage trained it withdrew: do not use it any longer.")
    return "\n".join(["## Limits", *lines]) if lines else ""
