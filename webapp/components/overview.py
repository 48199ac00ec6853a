"""The whole video at a glance: probabilities as smallest and largest value per bin, proposals and decisions.

Clicks in it belong to the reviewing surface (assets/review/overview_link.js), which also shows its own window there.

Altair draws SVG, which is fine to some thousand marks; so curves are reduced here, never by averaging, because a peak
of one frame must stay visible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from webapp import theme

BINS = 420
_HEIGHT = 128
_ROWS = {"proposals": -0.06, "mine": -0.2, "reviewed": -0.35}
_MICRO_BELOW = 0.065  # the two types overlap often


@dataclass(frozen=True)
class Mark:
    """An interval in the overview; `row` is a key of _ROWS, frames are 0-based and both ends included."""

    row: str
    type: str
    onset: int
    offset: int
    text: str = ""


def extremes(frames: np.ndarray, values: np.ndarray, frame_count: int, bins: int = BINS) -> pd.DataFrame:
    """Smallest and largest value of each of at most `bins` equal stretches of the video.

    Args:
        frames: (T,) original frame numbers, ascending.
        values: (T,) one channel.

    Returns:
        Columns frame (middle of the stretch), low, high; stretches without samples are left out.
    """
    bins = max(1, min(bins, frame_count))
    place = np.minimum(frames * bins // frame_count, bins - 1)
    known = np.isfinite(values)
    table = pd.DataFrame({"bin": place[known], "value": values[known]})
    found = table.groupby("bin")["value"].agg(low="min", high="max").reset_index()
    found["frame"] = ((found["bin"] + 0.5) * frame_count / bins).astype(int)
    return found[["frame", "low", "high"]]


def overview_chart(
    curves: Mapping[str, pd.DataFrame],
    marks: Sequence[Mark],
    timestamps: np.ndarray,
    thresholds: Mapping[str, float],
) -> alt.LayerChart:
    """The chart; seconds from the first frame to the last fill its width.

    Args:
        curves: expression type -> result of `extremes` of its apex curve.
        timestamps: (T,) seconds of every frame of the video.
        thresholds: expression type -> value of its dashed line.
    """
    end = float(timestamps[-1]) if len(timestamps) else 1.0
    axis = alt.X("time:Q", title=None, scale=alt.Scale(domain=[0, max(end, 1e-3)], nice=False),
                 axis=alt.Axis(format="~s", labelExpr="datum.value + ' s'", grid=False))  # fmt: skip
    height = alt.Scale(domain=[-0.38, 1.0], nice=False)
    colour = alt.Color("type:N", legend=None, scale=alt.Scale(domain=list(theme.TYPE_COLOURS),
                                                             range=list(theme.TYPE_COLOURS.values())))  # fmt: skip
    whole = alt.Chart(pd.DataFrame([{"time": 0.0, "until": end}])).mark_rect(opacity=0, tooltip=None)
    layers = [whole.encode(axis, alt.X2("until:Q"), alt.YDatum(-0.38, scale=height), alt.Y2Datum(1.0))]
    parts = [table.assign(type=kind, time=timestamps[table["frame"]]) for kind, table in curves.items() if len(table)]
    if parts:
        base = alt.Chart(pd.concat(parts)).encode(axis, colour)
        # A stroke from the smallest to the largest value, with the upper edge as a line: one-frame peaks survive.
        value = alt.Y("high:Q", title=None, scale=height, axis=alt.Axis(values=[0, 0.5, 1], grid=False))
        span = (alt.Y("low:Q", scale=height), alt.Y2("high:Q"))
        layers.append(base.mark_rule(strokeWidth=1.6, opacity=0.45).encode(*span))
        layers.append(base.mark_line(strokeWidth=1.1).encode(value))
    levels = pd.DataFrame([{"type": kind, "level": value} for kind, value in thresholds.items()])
    if parts and len(levels):
        layers.append(alt.Chart(levels).mark_rule(strokeDash=[4, 4], opacity=0.6).encode(
            alt.Y("level:Q", scale=height), colour))  # fmt: skip
    if marks:
        layers.append(_bars(marks, timestamps, axis, height, colour))
    return alt.layer(*layers).properties(height=_HEIGHT).configure_view(strokeWidth=0)


def _bars(marks, timestamps, axis, height, colour) -> alt.Chart:
    table = pd.DataFrame(
        {
            "time": float(timestamps[mark.onset]),
            "until": float(timestamps[min(mark.offset + 1, len(timestamps) - 1)]),
            "y": _ROWS[mark.row] - (_MICRO_BELOW if mark.type == "micro" else 0),
            "type": mark.type,
            "text": mark.text,
        }
        for mark in marks
    )
    return alt.Chart(table).mark_rule(strokeWidth=5).encode(
        axis, alt.X2("until:Q"), alt.Y("y:Q", scale=height), colour, tooltip=["type:N", "text:N"]
    )  # fmt: skip
