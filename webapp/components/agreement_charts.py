"""Altair charts of the agreement page: how far boundaries lie apart (Bland and Altman). Values in, charts out."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from spotcore.agreement import Differences
from webapp import theme

COLOURS = {"onset": theme.MACRO, "apex": theme.OVERALL, "offset": theme.MICRO}


def bland_altman(differences: Mapping[str, Differences], unit: str) -> alt.HConcatChart | None:
    """One panel per boundary: a point per pair, the bias and the limits of agreement as lines.

    Args:
        unit: of the differences, for the axis.

    Returns:
        None where there is no pair.
    """
    panels = [_panel(name, found, unit) for name, found in differences.items() if found.count]
    return alt.hconcat(*panels).resolve_scale(y="shared") if panels else None


def _panel(name: str, found: Differences, unit: str) -> alt.LayerChart:
    points = pd.DataFrame({"mean": found.means, "difference": found.differences})
    lines = pd.DataFrame(
        [{"y": found.bias, "line": "bias"}, {"y": found.lower, "line": "limits of agreement"},
         {"y": found.upper, "line": "limits of agreement"}]
    ).dropna()  # fmt: skip
    x = alt.X("mean:Q", title=f"mean of the two frames ({name})", scale=alt.Scale(zero=False))
    y = alt.Y("difference:Q", title=f"second minus first ({unit})")
    drawn = alt.Chart(points).mark_circle(size=45, opacity=0.65, color=COLOURS[name]).encode(
        x, y, tooltip=[alt.Tooltip("mean:Q", format=".1f"), alt.Tooltip("difference:Q", format="+.1f", title=unit)]
    )  # fmt: skip
    rules = alt.Chart(lines).mark_rule(color=theme.NEUTRAL).encode(
        alt.Y("y:Q"), alt.StrokeDash("line:N", title=None, legend=alt.Legend(orient="top")),
        tooltip=["line:N", alt.Tooltip("y:Q", format="+.2f", title=unit)],
    )  # fmt: skip
    return alt.layer(rules, drawn).properties(width=270, height=230, title=name)
