"""Exchange: labels to and from other programs, whole studies, and benchmarks."""

from __future__ import annotations

import streamlit as st

from webapp import state
from webapp.components.benchmark_study import benchmark_study
from webapp.components.label_export import label_export
from webapp.components.label_import import label_import
from webapp.components.paper_clips import paper_clips
from webapp.components.study_archives import study_archives

# What it is called -> its least role and who draws it. Coders take out what is theirs; the rest is for leads.
SECTIONS = {
    "Labels out": ("annotator", label_export),
    "Labels in": ("lead", label_import),
    "Whole study": ("lead", study_archives),
    "Benchmark": ("lead", benchmark_study),
    "Clips for a paper": ("lead", paper_clips),
}


def page() -> None:
    st.title("Exchange")
    allowed = [name for name, (least, _) in SECTIONS.items() if state.may(least)]
    chosen = st.segmented_control(
        "What", allowed, default=allowed[0], required=True, key="exchange-what", label_visibility="collapsed"
    )
    with state.door("exchange labels"):
        SECTIONS[chosen][1]()


with state.door("show the exchange"):
    page()
