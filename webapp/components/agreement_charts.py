"""Altair charts of the agreement page: how far boundaries lie apart (Bland and Altman). Values in, charts out."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from spotcore.agreement import Differences
from webapp import theme

COLOURS = {"onset": theme.MACRO, "apex": theme.OVERALL, "offset": theme.MICRO}


def bland_altman(differences: Mapping[str, Differences], unit: str) -> dict[str, alt.LayerChart]:
    """Boundary -> chart, of those with any pair: a point per pair, the bias as a line, the limits of agreement dashed.

    All have the same scale of differences, so that they can be compared side by side.

    Args:
        unit: of the differences, for the axis.
    """
    shown = {name: found for name, found in differences.items() if found.count}
    reach = [
        value
        for found in shown.values()
        for value in (found.differences.min(), found.differences.max(), found.lower, found.upper)
        if value == value
    ]
    scale = alt.Scale(domain=[min(reach) - 0.5, max(reach) + 0.5], nice=True) if reach else alt.Undefined
    return {name: _panel(COLOURS[name], found, unit, scale) for name, found in shown.items()}


def _panel(colour: str, found: Differences, unit: str, scale: alt.Scale) -> alt.LayerChart:
    points = pd.DataFrame({"mean": found.means, "difference": found.differences})
    lines = pd.DataFrame(
        [{"y": found.bias, "line": "bias"}, {"y": found.lower, "line": "limits of agreement"},
         {"y": found.upper, "line": "limits of agreement"}]
    ).dropna()  # fmt: skip
    x = alt.X("mean:Q", title="mean of the two frames", scale=alt.Scale(zero=False))
    y = alt.Y("difference:Q", title=f"difference ({unit})", scale=scale)
    drawn = alt.Chart(points).mark_circle(size=45, opacity=0.65, color=colour).encode(
        x, y, tooltip=[alt.Tooltip("mean:Q", format=".1f"), alt.Tooltip("difference:Q", format="+.1f", title=unit)]
    )  # fmt: skip
    dashes = alt.Scale(domain=["bias", "limits of agreement"], range=[[1, 0], [5, 4]])
    rules = alt.Chart(lines).mark_rule(color=theme.NEUTRAL).encode(
        alt.Y("y:Q", scale=scale), alt.StrokeDash("line:N", scale=dashes, legend=None),
        tooltip=["line:N", alt.Tooltip("y:Q", format="+.2f", title=unit)],
    )  # fmt: skip
    return alt.layer(rules, drawn).properties(height=260)
