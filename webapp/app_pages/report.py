"""Report: what the study holds, on this page and as one file for colleagues."""

from __future__ import annotations

import re

import streamlit as st

from webapp import state
from webapp.components import study_sections
from webapp.components.on_demand import on_demand
from webapp.services.study_report import study_report


def page() -> None:
    st.title("Report")
    with state.door("collect the report"):
        report = on_demand("report", lambda: study_report(state.database(), state.study_id()))
        if report is None:
            return
        for column, (name, value) in zip(st.columns(6), study_sections.headline(report), strict=True):
            column.metric(name, value)
        name = re.sub(r"[^A-Za-z0-9]+", "-", report.name).strip("-").lower() or "study"
        # Made when the button is pressed: drawing every chart as a picture takes seconds.
        st.download_button(
            "Download as one HTML file", lambda: study_sections.as_html(report), f"{name}-report.html", "text/html",
            key="report-html", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        st.caption("The file asks nothing of any server. It names subjects by their code and coders by their name.")
        for number, section in enumerate(study_sections.sections(report)):
            draw(number, section)


def draw(number: int, section: study_sections.Section) -> None:
    st.subheader(section.title)
    st.caption(section.about)
    if section.table is not None and len(section.table):
        st.dataframe(section.table, hide_index=True, key=f"table-{number}")
    if section.chart is not None:
        st.altair_chart(section.chart, width="stretch", key=f"chart-{number}")
    if (section.table is None or not len(section.table)) and section.chart is None:
        st.caption(f"_{section.empty}_")


page()
