"""Colours that charts and components share, and the few style rules that Streamlit's theme has no option for.

The pages' own colours stand in .streamlit/config.toml (light and dark follow the system). Every colour here is
readable on both backgrounds; meaning is never carried by colour alone.
"""

from __future__ import annotations

MACRO = "#0f8b8d"
MICRO = "#d9822b"
OVERALL = "#7c6fd0"
NEUTRAL = "#8a9ba8"
BAD = "#c8553d"
TYPE_COLOURS = {"macro": MACRO, "micro": MICRO, "overall": OVERALL}

# Streamlit leaves 6 rem above the first title, a tenth of a laptop's height; the pages are tables, so width matters.
STYLE = """<style>
.stMainBlockContainer { padding-top: 2.6rem; padding-bottom: 3rem; max-width: 1500px; }
.stMainBlockContainer h1 { padding-top: 0; padding-bottom: .2rem; font-size: 1.9rem; }
[data-testid="stMetricValue"] { font-size: 1.5rem; }
[data-testid="stImage"] img { border-radius: 4px; background: rgba(128, 128, 128, .15); }
</style>"""
