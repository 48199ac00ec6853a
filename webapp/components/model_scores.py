"""Scores of a model version on held-out people, beside the champion's and the baseline's on the same videos.

A training job stores in `scores`: "held_out" (the version itself), "champion" and "baseline", each with macro, micro
and overall (tp, fp, fn, precision, recall, f1, f1_low, f1_high: a 95 % interval over subjects), "champion_name",
"measured_on" (role, subjects, videos, minutes, events) and "false_alarms" (a minute, at which all were decoded).
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from webapp import state, wording
from webapp.components import charts
from webapp.components.job_view import f1_of
from webapp.services import blindness
from webapp.services.registry import ModelComparison, ModelVersion

TYPES = ("overall", "macro", "micro")


def rows(version: ModelVersion) -> list[dict[str, Any]]:
    """One row per compared version and expression type, as chart and table read them; empty if unscored."""
    scores = version.scores
    # Drawing one subject again and again gives that subject: an interval of no width, which would look like certainty.
    spread = len(scores.get("measured_on", {}).get("subjects", ())) > 1
    names = {"held_out": version.name, "champion": f"{scores.get('champion_name')} (champion then)"}
    if scores.get("champion_name") == "baseline":
        names = {"held_out": version.name, "baseline": "baseline (champion then, training-free)"}
    else:
        names["baseline"] = "baseline (training-free)"
    return [
        {
            "version": name, "type": kind, **scores[key][kind], "f1": f1_of(scores[key][kind]),
            "low": scores[key][kind].get("f1_low") if spread else None,
            "high": scores[key][kind].get("f1_high") if spread else None,
        }
        for key, name in names.items()
        for kind in TYPES
        if key in scores and scores[key].get(kind)
    ]  # fmt: skip


def comparison(version: ModelVersion) -> None:
    """Draw the chart and the numbers, with what they were measured on."""
    st.subheader("Scores on held-out people")
    table, on = rows(version), version.scores.get("measured_on")
    if not table or not on:
        st.caption("Not measured. A version made by a training job is scored on people it never learned from.")
        return
    people = wording.count(len(on["subjects"]), "subject")
    st.caption(
        f"Measured on {people} in the role {on['role']}, {wording.count(on['videos'], 'video')}, "
        f"{wording.duration(60 * on['minutes'])} of reviewed footage with {wording.count(on['events'], 'expression')}; "
        "the same footage for all. "
        "A hit has the right type and an IoU of at least 0.5; every version proposes at "
        f"{version.scores['false_alarms']:g} expected false alarms a minute."
    )
    if on["role"] == "validation":
        st.warning("These people also chose the epoch of this version, which flatters it. Give somebody the role test.")
    if len(on["subjects"]) < 5:
        remark = "no interval can be given" if len(on["subjects"]) == 1 else "mind the intervals"
        st.caption(f"So few subjects ({len(on['subjects'])}) say little about the next person: {remark}.")
    chart = charts.score_comparison(table)
    if chart is not None:
        st.altair_chart(chart, key="score-chart", width="stretch")
    st.dataframe(
        [
            {
                "version": row["version"],
                "type": row["type"],
                "F1 (95 % interval)": wording.score(row["f1"], row["low"], row["high"]),
                "precision": wording.score(row["precision"] if row["tp"] + row["fp"] else None),
                "recall": wording.score(row["recall"] if row["tp"] + row["fn"] else None),
                "found": row["tp"],
                "false": row["fp"],
                "missed": row["fn"],
                "expressions": row["tp"] + row["fn"],
            }
            for row in table
        ],
        hide_index=True,
        key="score-table",
    )


def differences(found: ModelComparison) -> None:
    """Two versions: what they propose on the videos that both have spotted, and how their settings differ."""
    first, second = found.first.name, found.second.name
    # How much a model proposes would tell somebody who codes the video blind how much to look for.
    ids = [video.video_id for video in found.videos]
    withheld = blindness.withheld_videos(state.database(), ids, state.identity().annotator_id)
    if withheld:
        st.caption(f"{wording.count(len(withheld), 'video')} that you code blind are not shown to you.")
    if not found.videos:
        st.caption("No video was spotted by both versions yet.")
    else:
        st.dataframe(
            [
                {
                    "video": video.title, "proposed by both": video.both, f"only {first}": video.only_first,
                    f"only {second}": video.only_second,
                }
                for video in found.videos
                if video.video_id not in withheld
            ],
            hide_index=True,
            key="difference-table",
        )  # fmt: skip
    for name, (mine, theirs) in found.settings.items():
        st.caption(f"{wording.escaped(name)}: {wording.escaped(str(mine))} and {wording.escaped(str(theirs))}")
