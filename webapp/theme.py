"""Colours of the pages, charts and components, and the few style rules that Streamlit's theme has no option for.

The launcher sets THEME_OPTIONS, so that the folder it was started from does not matter. Light and dark follow the
system (theme.base would pin one). Every other colour here is readable on both backgrounds; meaning is never carried by
colour alone.
"""

from __future__ import annotations

MACRO = "#0f8b8d"
MICRO = "#d9822b"
OVERALL = "#7c6fd0"
NEUTRAL = "#8a9ba8"
BAD = "#c8553d"
TYPE_COLOURS = {"macro": MACRO, "micro": MICRO, "overall": OVERALL}

THEME_OPTIONS = {
    "theme.font": "sans-serif",
    "theme.baseRadius": "0.4rem",
    "theme.chartCategoricalColors": [MACRO, MICRO, OVERALL, NEUTRAL],
    "theme.light.primaryColor": "#0b7a75",
    "theme.light.backgroundColor": "#fbfcfc",
    "theme.light.secondaryBackgroundColor": "#eef2f3",
    "theme.light.textColor": "#1c2b30",
    "theme.light.linkColor": "#0b7a75",
    "theme.light.borderColor": "#d5dde0",
    "theme.dark.primaryColor": "#23938b",
    "theme.dark.backgroundColor": "#14191c",
    "theme.dark.secondaryBackgroundColor": "#1e262a",
    "theme.dark.textColor": "#e3eaec",
    "theme.dark.linkColor": "#5cc8c0",
    "theme.dark.borderColor": "#34424a",
}

# Drawn here: Streamlit fetches icons named by word from another server, and nothing may leave this machine.
ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#0f8b8d"/>
<path d="M16 4l2.6 9.4L28 16l-9.4 2.6L16 28l-2.6-9.4L4 16l9.4-2.6z" fill="#fff"/></svg>"""

# Streamlit leaves 6 rem above the first title and much room beside it; the header itself takes 3.75 rem.
STYLE = """<style>
.stMainBlockContainer { padding-top: 4.6rem; padding-bottom: 3rem; max-width: 1500px; }
.stMainBlockContainer h1 { padding-top: 0; padding-bottom: .75rem; font-size: 1.9rem; }
[data-testid="stMetricValue"] { font-size: 1.5rem; }
[class*="st-key-video-row-"] { border-bottom: 1px solid rgba(128, 128, 128, .25); padding-bottom: .55rem; }
[class*="st-key-video-row-"] [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
[class*="st-key-video-row-"] [data-testid="stMarkdownContainer"] p { margin-bottom: 0; overflow-wrap: anywhere; }
[class*="st-key-video-row-"] [data-testid="stVerticalBlock"] { gap: .3rem; }
[class*="st-key-video-row-"] [data-testid="stAlert"] { font-size: .85rem; }
[data-testid="stImage"] img { border-radius: 4px; background: rgba(128, 128, 128, .15); }
</style>"""
