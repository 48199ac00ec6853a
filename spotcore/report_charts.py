"""The charts of a report: Vega-Lite specifications, which Altair opens, and the same lines drawn as SVG.

The SVG is what a page shows: loading Vega from elsewhere would break the promise that nothing leaves the machine.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

_COLOURS = {"overall": "#777777", "macro": "#1f77b4", "micro": "#d62728"}
VEGA_LITE = "https://vega.github.io/schema/vega-lite/v6.json"


def charts(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Title -> Vega-Lite specification with its data inside."""
    sweep = [
        {"IoU": float(iou), "F1": value, "type": kind}
        for iou, row in report["iou_sweep"].items()
        for kind, value in row.items()
    ]
    curves = [
        {"recall": point["recall"], "precision": point["precision"], "type": kind, "order": order}
        for kind, points in report["precision_recall"].items()
        for order, point in enumerate(points)
    ]
    return {
        "F1 over the IoU that counts as a hit": _line(sweep, "IoU", "F1", (0.3, 0.7)),
        "Precision against recall, one point per threshold": _line(curves, "recall", "precision", (0.0, 1.0), "order"),
    }


def _line(
    values: list[dict[str, Any]], x: str, y: str, across: tuple[float, float], order: str | None = None
) -> dict[str, Any]:
    """Lines by type over `across`; y from 0 to 1; drawn in the order of the field `order`, else of x."""
    encoding = {
        "x": {"field": x, "type": "quantitative", "scale": {"domain": list(across)}},
        "y": {"field": y, "type": "quantitative", "scale": {"domain": [0, 1]}},
        "color": {"field": "type", "type": "nominal"},
    }
    if order is not None:
        encoding["order"] = {"field": order, "type": "quantitative"}
    return {
        "$schema": VEGA_LITE,
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": encoding,
        "width": 420,
        "height": 260,
    }


def svg(spec: Mapping[str, Any]) -> str:
    """The lines of a specification of `charts`."""
    x, y = (spec["encoding"][axis] for axis in "xy")
    values = spec["data"]["values"]
    left, top, width, height = 45, 20, spec["width"], spec["height"]
    low, high = x["scale"]["domain"]

    def place(v: Mapping[str, float]) -> tuple[float, float]:
        return left + width * (v[x["field"]] - low) / (high - low), top + height * (1 - v[y["field"]])

    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        down, along = top + height * (1 - share), left + width * share
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{down}" y2="{down}" stroke="#8884"/>')
        parts.append(f'<text x="{left - 6}" y="{down + 4}" text-anchor="end">{share:g}</text>')
        parts.append(f'<line x1="{along}" x2="{along}" y1="{top}" y2="{top + height}" stroke="#8882"/>')
        parts.append(
            f'<text x="{along}" y="{top + height + 18}" text-anchor="middle">{low + (high - low) * share:g}</text>'
        )
    for number, kind in enumerate(dict.fromkeys(v["type"] for v in values)):
        colour = _COLOURS.get(kind, "#2ca02c")
        points = [place(v) for v in values if v["type"] == kind]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.5" fill="{colour}"/>' for a, b in points]
        parts.append(f'<text x="{left + width + 10}" y="{top + 10 + 18 * number}" fill="{colour}">{kind}</text>')
    if not values:
        parts.append(f'<text x="{left + width / 2}" y="{top + height / 2}" text-anchor="middle">no proposals</text>')
    title = html.escape(x["field"])
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 38}" text-anchor="middle">{title}</text>')
    parts.append(f'<text x="{left - 6}" y="{top - 8}" text-anchor="end">{html.escape(y["field"])}</text>')
    full = left + width + 80
    size = f'viewBox="-30 0 {full + 30} {top + height + 50}" width="{full + 30}"'
    return f'<svg {size} fill="currentColor" font-size="12" role="img">{"".join(parts)}</svg>'
