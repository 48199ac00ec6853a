"""The finished run of seeded recall as files: result.json for programs and result.html for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spotcore.seeded_page import as_html
from spotcore.seeded_recall import RESULT_FORMAT, LadderPlan, PassAnswers, SeededRecall


def write_result(
    out: Path,
    plan: LadderPlan,
    answers: Sequence[PassAnswers],
    result: SeededRecall,
    *,
    model: str,
    version: str,
    false_alarms: float,
) -> dict[str, Any]:
    """Write both files, whole or not at all; returns what result.json holds.

    Args:
        model, version: name of the model that was asked, and what it says of itself.
        false_alarms: expected false proposals a minute that it was granted.
    """
    proposals = [
        {name: [[p.type, p.onset, p.apex, p.offset, p.score] for p in found] for name, found in one.proposals.items()}
        for one in answers
    ]
    report = {
        "format": RESULT_FORMAT,
        "model": {"name": model, "version": version, "false_alarms": false_alarms},
        "plan": plan.as_dict(),
        **result.as_dict(),
        "proposals": {"columns": ["type", "onset", "apex", "offset", "score"], "passes": proposals},
    }
    about = {"model": asked(version, false_alarms)}
    files = {"result.json": json.dumps(report, indent=1) + "\n", "result.html": as_html(plan, result, about)}
    for name, text in files.items():
        part = out / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(out / name)
    return report


def asked(version: str, false_alarms: float) -> str:
    """Who was asked and how, in words."""
    return f"{version}, {false_alarms:g} false alarms a minute granted"
