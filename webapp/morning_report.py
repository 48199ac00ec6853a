"""The report of a night as one HTML page that works without a network: what was frozen, learned, spotted and gained."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from spotcore.report_page import STYLE
from webapp import wording
from webapp.values.jobs import Job

PARTS = (
    ("freeze", "Freezing"), ("train", "Training"), ("spot", "Spotting everything"), ("compare", "Comparing"),
)  # fmt: skip
NAMES = (("overall", "both types"), ("macro", "macro"), ("micro", "micro"))
_WHO = {
    "test": "in the role test, of whom no version learned",
    "validation": "in the role validation, who also chose the epoch of the new version",
    "chosen": "whose videos were chosen",
}
_MORE_STYLE = (
    ".take{font-size:1.25em;max-width:44em}td:last-child{white-space:normal}"
    "th:nth-child(n+2):nth-last-child(n+2){text-align:right}"
)


def write_report(path: Path, job: Job, titles: Mapping[int, str], at: datetime) -> None:
    """Write the page, whole or not at all.

    Args:
        job: with all parts of its result.
        titles: video id -> title.
        at: when the night was over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(as_html(job, titles, at), encoding="utf-8")
    part.replace(path)


def as_html(job: Job, titles: Mapping[int, str], at: datetime) -> str:
    """The whole page as text."""
    title = f"The night of {job.created_at:%Y-%m-%d}"
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="take">{_said(job.part("advice").get("sentence", ""))}</p>',
        _words(f"Asked for {wording.moment(job.created_at)}, over {wording.moment(at)}."),
        _words("Nothing was promoted by itself."),
        "<h2>What was learned from</h2>",
        _words(frozen_words(job.part("freeze"))), _words(trained_words(job.part("train"))),
        *_scores(job.part("compare")), *_flips(job.part("compare").get("flips", ()), titles),
        *_spotted(job.part("spot"), titles), *_times(job),
    ]  # fmt: skip
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}{_MORE_STYLE}</style>'
    body = "\n".join(parts)
    return f'<!doctype html><html lang="en">{head}<body>{body}</body></html>\n'


def frozen_words(part: Mapping[str, Any]) -> str:
    """The label set of the night in a sentence."""
    if not part:
        return "Nothing was frozen."
    what = f"Label set {part['name']}" + ("" if part["new"] else " (nothing was curated since it was frozen)")
    return (
        f"{what}: {wording.count(part['videos'], 'video')} of {wording.count(part['subjects'], 'subject')}, "
        f"{wording.duration(part['reviewed_seconds'])} reviewed, {part['macro']} macro, {part['micro']} micro, "
        f"{part['rejected']} rejected proposals."
    )


def trained_words(part: Mapping[str, Any]) -> str:
    """The training of the night in a sentence or two."""
    if "architecture" not in part:
        return "Nothing was trained."
    start = f"going on from {part['champion']}" if part.get("warm_start") else "from scratch"
    made = f" It became {part['version']}." if "version" in part else ""
    remark = f" {part['remark']}" if part.get("remark") else ""
    what = f"Trained: {part['architecture']}, preset {part['preset']}, {start}"
    return f"{what} (training job {part['training_id']}).{made}{remark}"


def score_rows(found: Mapping[str, Any]) -> list[list[str]]:
    """Type, F1 of the first and second version with their intervals, and the gain with its own."""
    rows = []
    for key, name in NAMES:
        row = found["paired"][key]
        a, b = (wording.score(row[side]["f1"], *(row[side]["range"] or (None, None))) for side in "ab")
        gain = row["gain"]
        spread = f" ({gain['low']:+.2f} to {gain['high']:+.2f})" if gain["low"] is not None else ""
        rows.append([name, a, b, f"{gain['difference']:+.2f}{spread}", gain["verdict"]])
    return rows


def on_words(found: Mapping[str, Any]) -> str:
    """What a comparison was measured on."""
    return (
        f"On the reviewed footage of {wording.count(found['paired']['subjects'], 'subject')} "
        f"{_WHO[found['role']]} "
        f"({wording.count(len(found['videos']), 'video')}), both at {found['false_alarms']:g} expected false alarms a "
        "minute. F1 with 95 % intervals over subjects; the gain is drawn on the same subjects for both."
    )


def _scores(found: Mapping[str, Any]) -> list[str]:
    if "paired" not in found:
        return []
    head = ["", found["first"], found["second"], "gain", ""]
    return ["<h2>New version against the champion</h2>", _words(on_words(found)), _table([head, *score_rows(found)])]


def _flips(flips: Sequence[Mapping[str, Any]], titles: Mapping[int, str]) -> list[str]:
    if not flips:
        return []
    rows = [[titles.get(f["video_id"], "erased"), f["kind"], f["type"], f["onset"], f["offset"]] for f in flips]
    return [f"<h2>Intervals that flipped ({len(rows)})</h2>",
            _table([["video", "what", "type", "onset (frame)", "offset (frame)"], *rows])]  # fmt: skip


def _spotted(part: Mapping[str, Any], titles: Mapping[int, str]) -> list[str]:
    if "done" not in part:
        return []
    failed = part["failed"]
    rows = [[titles.get(one["video_id"], "erased"), one["reason"]] for one in failed]
    said = f"{wording.count(part['done'], 'video')} spotted with the new version, {len(failed) or 'none'} failed."
    return ["<h2>Spotting</h2>", _words(said), *([_table([["video", "why it failed"], *rows])] if rows else [])]


def time_rows(job: Job) -> list[list[str]]:
    """Part and how long it took, as far as it is over."""
    return [
        [name, wording.duration(job.part(key)["seconds"])] for key, name in PARTS if "seconds" in job.part(key)
    ]


def _times(job: Job) -> list[str]:
    return ["<h2>How long it took</h2>", _table([["part", "time, interruptions included"], *time_rows(job)])]


def _words(text: str) -> str:
    return f'<p class="about">{_said(text)}</p>'


def _said(text: str) -> str:
    return html.escape(text)


def _table(rows: Sequence[Sequence[Any]]) -> str:
    """The first row is the head."""
    lines = []
    for tag, row in zip(("th", *("td",) * len(rows)), rows, strict=False):
        lines.append("<tr>" + "".join(f"<{tag}>{_said(str(cell))}</{tag}>" for cell in row) + "</tr>")
    return "<table>" + "".join(lines) + "</table>"
