"""Altair charts of the loop: paired differences, learning curve, effort curve. Plain values in, a chart out."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from spotcore.paired import PairedDifference
from webapp import theme
from webapp.values.effort import EffortPoint, LearningLine

_HEIGHT = 320
KINDS = ("overall", "macro", "micro")


def gains(result: PairedDifference) -> alt.LayerChart:
    """Difference of F1 per expression type with its interval, around a line at zero."""
    table = pd.DataFrame([
        {"type": kind, "gain": gain.difference, "low": gain.low, "high": gain.high}
        for kind in KINDS
        for gain in [getattr(result, kind).gain]
    ])  # fmt: skip
    # A single subject gives no interval: columns of nothing must be numbers still.
    table = table.astype(dict.fromkeys(("gain", "low", "high"), float))
    reach = max(0.1, table[["gain", "low", "high"]].abs().max().max() * 1.1)
    colour = alt.Color("type:N", legend=None, scale=alt.Scale(
        domain=list(KINDS), range=[theme.TYPE_COLOURS[kind] for kind in KINDS]))  # fmt: skip
    base = alt.Chart(table).encode(
        alt.Y("type:N", title=None, sort=list(KINDS)), colour,
        tooltip=["type:N", *(alt.Tooltip(f"{name}:Q", format="+.3f") for name in ("gain", "low", "high"))],
    )  # fmt: skip
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    title = "difference in F1 at IoU 0.5 (right of zero: the second is better)"
    points = base.mark_point(filled=True, size=90, shape="diamond", opacity=1).encode(
        alt.X("gain:Q", title=title, scale=scale, axis=alt.Axis(format="+.1f", tickCount=8))
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(strokeDash=[4, 4], color=theme.NEUTRAL).encode(alt.X("x:Q"))
    layers = [zero, points]
    if table["low"].notna().all():
        layers.insert(1, base.mark_rule(strokeWidth=3).encode(alt.X("low:Q", title=title), alt.X2("high:Q")))
    return alt.layer(*layers).properties(height=190)


def learning(lines: Sequence[LearningLine], amount: str) -> alt.LayerChart:
    """F1 of versions against what they learned from; one colour per architecture, points of one line connected.

    Args:
        lines: scored on the same people.
        amount: "intervals", "videos" or "subjects".
    """
    table = pd.DataFrame([
        {"line": line.architecture, "version": p.version, "label set": p.label_set, "amount": getattr(p, amount),
         "f1": p.f1, "low": p.low, "high": p.high}
        for line in lines
        for p in line.points
    ])  # fmt: skip
    names = {"intervals": "expressions", "videos": "videos", "subjects": "subjects"}
    most = float(table["amount"].max()) * 1.08 or 1.0  # room beside the last point
    x = alt.X("amount:Q", title=f"{names[amount]} learned from", scale=alt.Scale(domain=[0, most], nice=False),
              axis=alt.Axis(tickMinStep=1, tickCount=8, grid=False))  # fmt: skip
    base = alt.Chart(table).encode(
        x, alt.Color("line:N", title=None, legend=alt.Legend(orient="top")),
        tooltip=["version:N", "label set:N", alt.Tooltip("amount:Q", title=names[amount]),
                 *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("f1", "low", "high"))],
    )  # fmt: skip
    y = alt.Y("f1:Q", title="overall F1", scale=alt.Scale(domain=[0, 1]))
    layers = [base.mark_line(strokeWidth=2).encode(y), base.mark_point(filled=True, size=70, opacity=1).encode(y)]
    if table["low"].notna().all():
        layers.insert(0, base.mark_rule(strokeWidth=1.5).encode(alt.Y("low:Q", title="overall F1"), alt.Y2("high:Q")))
    return alt.layer(*layers).properties(height=_HEIGHT)


def effort(points: Sequence[EffortPoint], what: str) -> alt.LayerChart | None:
    """Seconds (median and quartiles) or keys (median) per curated interval, by the version that proposed.

    Args:
        what: "seconds" or "keys".

    Returns:
        None where nothing was measured.
    """
    shown = [p for p in points if getattr(p, what) is not None]
    if not shown:
        return None
    table = pd.DataFrame([
        {"version": p.version, "value": getattr(p, what), "low": p.seconds_low, "high": p.seconds_high,
         "n": p.intervals if what == "seconds" else p.counted, "people": p.people}
        for p in shown
    ])  # fmt: skip
    table["label"] = "n = " + table["n"].astype(str)
    title = {"seconds": "seconds per interval", "keys": "keys per interval"}[what]
    top = float(table["high"].max() if what == "seconds" else table["value"].max()) * 1.15
    base = alt.Chart(table).encode(
        alt.X("version:N", title="version that proposed, oldest first", sort=list(table["version"]),
              axis=alt.Axis(labelAngle=0, labelLimit=160)),
        tooltip=["version:N", alt.Tooltip("value:Q", title=title, format=".1f"), "n:Q", "people:Q"],
    )  # fmt: skip
    y = alt.Y("value:Q", title=title, scale=alt.Scale(domain=[0, max(top, 1.0)]))
    colour = theme.OVERALL if what == "seconds" else theme.MICRO
    layers = [
        base.mark_line(strokeWidth=2, color=colour).encode(y),
        base.mark_point(filled=True, size=80, color=colour, opacity=1).encode(y),
        base.mark_text(dx=10, dy=-10, align="left", color=theme.NEUTRAL).encode(y, text="label:N"),
    ]
    if what == "seconds":
        layers.insert(0, base.mark_rule(strokeWidth=2, color=colour, opacity=0.5).encode(
            alt.Y("low:Q", title=title), alt.Y2("high:Q")))  # fmt: skip
    return alt.layer(*layers).properties(height=_HEIGHT)
