"""Altair charts of the reports: training curves and scores with their intervals.

Plain values in, a chart out; no queries, no widgets. The whole-video overview of the review page lives in its own
module. Charts have a few dozen points; building one costs 30-80 ms, so pages build them from cached values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import altair as alt
import pandas as pd

from webapp import theme

_HEIGHT = 300


def epoch_curves(
    history: Sequence[Mapping[str, float | int | None]], series: Mapping[str, str], unit: str, *, bounded: bool = False
) -> alt.Chart | None:
    """Lines over epochs.

    Args:
        history: one mapping per epoch, with "epoch" and any of the keys of `series`.
        series: key of a value -> its name for people.
        unit: title of the vertical axis.
        bounded: the values lie in 0..1 and the axis shows all of it.

    Returns:
        None when no epoch holds any of the values.
    """
    points = [
        {"epoch": row["epoch"], "value": float(row[key]), "series": name}
        for row in history
        for key, name in series.items()
        if row.get(key) is not None
    ]
    if not points:
        return None
    palette = [theme.OVERALL, theme.MACRO, theme.MICRO, theme.NEUTRAL]
    names = list(series.values())
    legend = alt.Legend(orient="top") if len(names) > 1 else None  # one for colour and dashes together
    colours = alt.Scale(domain=names, range=palette[: len(names)])
    colour = alt.Color("series:N", title=None, scale=colours, legend=legend)
    scale = alt.Scale(domain=[0, 1]) if bounded else alt.Scale(zero=False)
    return (
        alt.Chart(pd.DataFrame(points))
        .mark_line(point=alt.OverlayMarkDef(size=18), strokeWidth=2)
        .encode(
            alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, format="d")),
            alt.Y("value:Q", title=unit, scale=scale),
            colour,
            alt.StrokeDash("series:N", title=None, scale=alt.Scale(domain=names), legend=legend),
            tooltip=["series:N", "epoch:Q", alt.Tooltip("value:Q", title=unit, format=".4f")],
        )
        .properties(height=_HEIGHT)
    )


def score_comparison(rows: Iterable[Mapping[str, object]]) -> alt.LayerChart | None:
    """F1 of several model versions per expression type, with 95 % intervals where they were measured.

    Args:
        rows: each with "version", "type" ("macro", "micro" or "overall"), "f1", and "low" and "high" or None.

    Returns:
        None when there is nothing to draw.
    """
    table = pd.DataFrame([row for row in rows if row.get("f1") is not None])
    if table.empty:
        return None
    order = list(dict.fromkeys(table["version"]))
    kinds = [kind for kind in ("overall", "macro", "micro") if kind in set(table["type"])]
    base = alt.Chart(table).encode(
        alt.Y("version:N", title=None, sort=order, axis=alt.Axis(labelLimit=260)),
        alt.YOffset("type:N", sort=kinds),
        alt.Color(
            "type:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=[theme.TYPE_COLOURS[kind] for kind in kinds]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=["version:N", "type:N", *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("f1", "low", "high"))],
    )
    points = base.mark_point(filled=True, size=70, shape="diamond").encode(
        alt.X("f1:Q", title="F1 at IoU 0.5, same type", scale=alt.Scale(domain=[0, 1]))
    )
    layers = [points]
    if table[["low", "high"]].notna().all(axis=None):
        layers.insert(0, base.mark_rule(strokeWidth=2).encode(alt.X("low:Q", title=""), alt.X2("high:Q")))
    return alt.layer(*layers).properties(height=100 + 22 * len(order) * len(kinds))
