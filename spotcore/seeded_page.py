"""Seeded recall for people: text table, chart and one HTML page that works without a network.

The chart is drawn as SVG and carries its Vega-Lite specification, as that of `report_page` does and for its reasons.
What the numbers mean stands in `seeded_recall`.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spotcore.proportions import Share
from spotcore.report_charts import VEGA_LITE
from spotcore.seeded_recall import EVENTS_TO_QUOTE, VERSIONS, LadderPlan, SeededRecall

_SERIES = (  # key of a chart row, words, colour, dashes
    ("net", "spiked − unspiked, 95 % range", "#2171b5", ""),
    ("unspiked", "unspiked, same places", "#7a7a7a", "2 4"),
    ("control", "control shift", "#d95f02", "7 4"),
)
_LEFT, _TOP, _WIDTH, _HEIGHT = 58, 14, 460, 280
_EDGE = 1.35  # the amplitude axis goes on by this factor beyond the ladder


def as_table(result: SeededRecall) -> str:
    """Plain text: a line per amplitude, then what follows from them."""
    lines = [f"{'amplitude':>9}  {'events':>6}  {'spiked [95 %]':24} {'unspiked':>8} {'control':>8}  net recall [95 %]"]
    for rung in result.rungs:
        spiked, unspiked, control = (rung.versions[name] for name in VERSIONS)
        net, low, high = rung.net
        lines.append(
            f"{rung.amplitude:>7g} %  {spiked.trials:>6}  {_share(spiked):24} {unspiked.hits:>8} {control.hits:>8}  "
            f"{net:.2f} [{low:.2f}, {high:.2f}]"
        )
    return "\n".join([*lines, "", *sentences(result)])


def sentences(result: SeededRecall) -> list[str]:
    """What a person should take home, each without a full stop."""
    said = [result.sentence]
    if result.limit is not None:
        said.append(f"half are found at {result.limit} % (95 %: {result.limit_low} to {result.limit_high} %)")
        excess, low, high = result.control_excess
        verdict = "no more often than nothing at all" if result.control_passed else (
            "MORE OFTEN than nothing at all: this detector answers to a shifted picture, do not trust the recall"
        )  # fmt: skip
        said.append(f"control shifts found: {_share(result.control)}, minus unspiked {excess:+.2f} [{low:+.2f}, "
                    f"{high:+.2f}]: {verdict}")  # fmt: skip
    if len(result.events) < EVENTS_TO_QUOTE:
        said.append(f"{len(result.events)} events are fewer than the {EVENTS_TO_QUOTE} that a figure to quote needs")
    if result.left_out:
        said.append(f"{result.left_out} planned events were not rendered, because no face was seen there")
    return said


def _share(share: Share) -> str:
    return f"{share.hits}/{share.trials} [{share.low:.2f}, {share.high:.2f}]"


def as_html(plan: LadderPlan, result: SeededRecall, about: Mapping[str, str]) -> str:
    """The whole page.

    Args:
        plan: what was put where.
        result: what was found.
        about: further lines of the page's head, name -> text.
    """
    settings, footage = plan.settings, plan.footage
    title = f"Seeded recall: {footage.name}"
    head = {
        **about,
        "footage": f"{footage.name}, {footage.width}x{footage.height}, {footage.frame_count} frames at "
                   f"{footage.fps:g} per second",
        "events": f"{len(result.events)} {settings.type} events in {len(plan.passes)} passes over the footage, "
                  f"{settings.gap_seconds:g} s apart from whatever else happens, seed {settings.seed}",
        "found": "a proposal of the same type with IoU of at least 0.5, each proposal for one event",
        "unspiked": "the same places in the footage re-encoded without events",
        "control": f"in place of each event the whole picture shifts by {settings.shift_pixels:g} pixel and back",
    }  # fmt: skip
    rows = ["<tr><th>amplitude<th>events<th>spiked<th>95 %<th>unspiked<th>control<th>net recall<th>95 %"]
    for rung in result.rungs:
        spiked, unspiked, control = (rung.versions[name] for name in VERSIONS)
        net, low, high = rung.net
        cells = (f"{rung.amplitude:g} %", spiked.trials, spiked.hits, f"{spiked.low:.2f} to {spiked.high:.2f}",
                 unspiked.hits, control.hits, f"{net:.2f}", f"{low:.2f} to {high:.2f}")  # fmt: skip
        rows.append("<tr>" + "".join(f"<td>{cell}" for cell in cells))
    specification = json.dumps(vega_lite(result)).replace("<", "\\u003c")
    first, *others = sentences(result)
    style = (
        "body{font:15px system-ui,sans-serif;max-width:52em;margin:2em auto;padding:0 1em;color-scheme:light dark}"
        "table{border-collapse:collapse;margin:1em 0}td,th{padding:.25em .7em;border-bottom:1px solid #8886;"
        "text-align:right}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1em}dd{margin:0}"
        "dt{color:#888}.take{font-size:1.25em}svg{max-width:100%;height:auto}"
    )
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>',
        f"<style>{style}</style><body><h1>{html.escape(title)}</h1>",
        f'<p class="take">{html.escape(_capital(first))}.</p>',
        *(f"<p>{html.escape(_capital(text))}.</p>" for text in others),
        svg(result),
        f'<script type="application/vnd.vegalite+json">{specification}</script>',
        "<table>", *rows, "</table><dl>",
        *(f"<dt>{html.escape(name)}<dd>{html.escape(text)}" for name, text in head.items()),
        "</dl><p>The events are rendered by Glint into real footage; they are no behaviour of the person.</p>",
        "</body></html>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def chart_rows(result: SeededRecall) -> list[dict[str, Any]]:
    """One row per amplitude and series: `amplitude`, `series`, `share`, `low`, `high`."""
    rows = []
    for rung in result.rungs:
        values = {"net": rung.net}
        values |= {name: (s.rate, s.low, s.high) for name, s in rung.versions.items() if name != "spiked"}
        for key, *_ in _SERIES:
            share, low, high = values[key]
            rows.append({"amplitude": rung.amplitude, "series": key, "share": share, "low": low, "high": high})
    return rows


def vega_lite(result: SeededRecall) -> dict[str, Any]:
    """The chart for Vega-Lite, its data inside."""
    x = {"field": "amplitude", "type": "quantitative", "scale": {"type": "log"}, "title": "amplitude, %"}
    y = {"field": "share", "type": "quantitative", "title": "share found"}
    colour = {"field": "series", "type": "nominal"}
    return {
        "$schema": VEGA_LITE,
        "data": {"values": chart_rows(result)},
        "width": _WIDTH,
        "height": _HEIGHT,
        "layer": [
            {"mark": {"type": "line", "point": True}, "encoding": {"x": x, "y": y, "color": colour}},
            {
                "transform": [{"filter": "datum.series == 'net'"}],
                "mark": "rule",
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour},
            },
            {"mark": {"type": "rule", "strokeDash": [4, 4]}, "encoding": {"y": {"datum": 0.5}}},
        ],
    }


def svg(result: SeededRecall) -> str:
    """The chart: share found over amplitude (logarithmic), with the 50 % line and where it is crossed."""
    rows = chart_rows(result)
    if not rows:
        return ""
    ladder = sorted({row["amplitude"] for row in rows})
    left, right = np.log(ladder[0] / _EDGE), np.log(ladder[-1] * _EDGE)
    floor = -0.25 if min(row["low"] for row in rows) < -0.005 else 0.0

    def x(amplitude: float) -> float:
        return _LEFT + _WIDTH * float((np.log(amplitude) - left) / (right - left))

    def y(share: float) -> float:
        return _TOP + _HEIGHT * (1 - (max(share, floor) - floor) / (1 - floor))

    parts = [_axes(ladder, floor, x, y), _limit(result, x, y, floor)]
    for number, (key, words, colour, dashes) in enumerate(_SERIES):
        own = [row for row in rows if row["series"] == key]
        line = " ".join(f"{x(row['amplitude']):.1f},{y(row['share']):.1f}" for row in own)
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        for row in own:
            across = x(row["amplitude"])
            parts.append(f'<circle cx="{across:.1f}" cy="{y(row["share"]):.1f}" r="4" fill="{colour}"/>')
            if key == "net":
                parts += _range(across, y(row["low"]), y(row["high"]), colour)
        down = _TOP + 20 * number + 12
        legend = _LEFT + _WIDTH + 16
        parts.append(f'<line x1="{legend}" x2="{legend + 24}" y1="{down}" y2="{down}" stroke="{colour}" '
                     f'stroke-width="2"{dash}/><text x="{legend + 30}" y="{down + 4}">{words}</text>')  # fmt: skip
    width, height = _LEFT + _WIDTH + 250, _TOP + _HEIGHT + 46
    label = html.escape(f"Share of events found by amplitude. {result.sentence}.")
    return (f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" fill="currentColor" '
            f'font-size="12" role="img" aria-label="{label}">{"".join(parts)}</svg>')  # fmt: skip


def _axes(ladder: Sequence[float], floor: float, x: Any, y: Any) -> str:
    parts = []
    for mark in np.arange(floor, 1.01, 0.25):
        strong = mark == 0.5
        stroke = 'stroke="currentColor" stroke-dasharray="5 4"' if strong else 'stroke="#8884"'
        parts.append(f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y(mark):.1f}" y2="{y(mark):.1f}" {stroke}/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(mark) + 4:.1f}" text-anchor="end">{100 * mark:.0f} %</text>')
    for amplitude in ladder:
        parts.append(f'<text x="{x(amplitude):.1f}" y="{_TOP + _HEIGHT + 18}" text-anchor="middle">{amplitude:g} %'
                     "</text>")  # fmt: skip
    parts.append(f'<text x="{_LEFT + _WIDTH / 2}" y="{_TOP + _HEIGHT + 38}" text-anchor="middle">amplitude, per cent '
                 "of the distance between the eyes</text>")  # fmt: skip
    return "".join(parts)


def _limit(result: SeededRecall, x: Any, y: Any, floor: float) -> str:
    """A line down from where half are found."""
    if result.limit is None or result.limit.relation != "at":
        return ""
    across = x(result.limit.place)
    return (f'<line x1="{across:.1f}" x2="{across:.1f}" y1="{y(0.5):.1f}" y2="{y(floor):.1f}" stroke="currentColor" '
            f'stroke-dasharray="5 4"/><text x="{across + 5:.1f}" y="{y(floor) - 6:.1f}">{result.limit} %</text>')


def _range(across: float, low: float, high: float, colour: str) -> list[str]:
    ends = "".join(f'<line x1="{across - 5:.1f}" x2="{across + 5:.1f}" y1="{at:.1f}" y2="{at:.1f}" stroke="{colour}"/>'
                   for at in (low, high))  # fmt: skip
    return [f'<line x1="{across:.1f}" x2="{across:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{colour}"/>', ends]
