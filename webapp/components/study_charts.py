"""Altair charts of the report of a study: durations, action units, emotions, and every event on its subject's line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from spotcore.intervals import EXPRESSION_TYPES, MICRO_MAX_SECONDS
from webapp import theme
from webapp.services.study_report import Event

WIDTH = 900
MOST_SUBJECTS = 60
_COLOUR = alt.Color(
    "type:N", title=None, legend=alt.Legend(orient="top"),
    scale=alt.Scale(domain=list(EXPRESSION_TYPES), range=[theme.TYPE_COLOURS[kind] for kind in EXPRESSION_TYPES]),
)  # fmt: skip


def durations(events: Sequence[Event]) -> alt.LayerChart | None:
    """How long events last, with the border between micro and macro."""
    if not events:
        return None
    table = pd.DataFrame({"type": [e.type for e in events], "seconds": [e.seconds for e in events]})
    bars = alt.Chart(table).mark_bar(opacity=0.8).encode(
        alt.X("seconds:Q", bin=alt.Bin(maxbins=40), title="duration (s)"),
        alt.Y("count():Q", title="events", axis=alt.Axis(tickMinStep=1)), _COLOUR,
        tooltip=["type:N", alt.Tooltip("count():Q", title="events")],
    )  # fmt: skip
    border = alt.Chart(pd.DataFrame({"seconds": [MICRO_MAX_SECONDS]})).mark_rule(
        color=theme.NEUTRAL, strokeDash=[4, 3]
    ).encode(x="seconds:Q")  # fmt: skip
    return alt.layer(bars, border).properties(width=WIDTH, height=200)


def counted(counts: Mapping[tuple[str, str], int], title: str) -> alt.Chart | None:
    """Bars of (name, expression type) -> events, the most frequent name first."""
    if not counts:
        return None
    table = pd.DataFrame(
        [{"name": name, "type": kind, "events": number} for (name, kind), number in sorted(counts.items())]
    )
    names = table.groupby("name")["events"].sum().sort_values(ascending=False, kind="stable").index.tolist()
    return (
        alt.Chart(table)
        .mark_bar()
        .encode(
            alt.X("events:Q", title="events", axis=alt.Axis(tickMinStep=1)),
            alt.Y("name:N", title=title, sort=names), _COLOUR, tooltip=["name:N", "type:N", "events:Q"],
        )
        .properties(width=WIDTH, height=alt.Step(20))
    )  # fmt: skip


def subject_lines(events: Sequence[Event]) -> alt.Chart | None:
    """A line per video, by subject, with a mark for every event; the first `MOST_SUBJECTS` subjects."""
    shown = sorted({event.subject for event in events})[:MOST_SUBJECTS]
    rows = [
        {"line": f"{e.subject} · {e.video}", "type": e.type, "from": e.onset, "to": e.onset + max(e.seconds, 0.02),
         "seconds": e.seconds}
        for e in events if e.subject in shown
    ]  # fmt: skip
    if not rows:
        return None
    return (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(minBandSize=6)
        .encode(
            alt.X("from:Q", title="time in the video (s)"), alt.X2("to:Q"),
            alt.Y("line:N", title=None, axis=alt.Axis(labelLimit=240)), _COLOUR,
            tooltip=["line:N", "type:N", alt.Tooltip("from:Q", format=".2f", title="onset (s)"),
                     alt.Tooltip("seconds:Q", format=".2f", title="duration (s)")],
        )
        .properties(width=WIDTH, height=alt.Step(18))
    )  # fmt: skip
