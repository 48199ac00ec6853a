"""Audit: who did what and when in this study, searchable. Admins of the installation may look at all of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import streamlit as st

from webapp import audit_wording, state, wording
from webapp.services import audit, names, studies

EVERYTHING = "The whole installation"


def page() -> None:
    st.title("Audit")
    st.caption("What was done, by whom and when. Entries are only ever added; a withdrawal blanks what one tells.")
    study = state.study_id()
    scope: list[int] | None = [study]
    if state.signed_in().site_admin and st.toggle(EVERYTHING, key="audit-all", on_change=first_page):
        scope = None
    found = listing(scope, study)
    if found.total == 0:
        st.info("No entry matches." if searching() else "Nothing has been noted yet.")
        return
    st.caption(wording.count(found.total, "entry", "entries"))
    versions, people = names.versions(state.database()), names.annotators(state.database())
    rows = [
        {"When": wording.moment(row.at), "Who": row.who, "What": row.action, "About": told(row, versions, people)}
        | ({"Study": row.study} if scope is None else {})
        for row in found.rows
    ]
    st.dataframe(rows, hide_index=True, key="audit-entries", height="content", column_config={
        "When": st.column_config.TextColumn(width="small"),
        "Who": st.column_config.TextColumn(width="medium"),
        "What": st.column_config.TextColumn(width="small"),
        "About": st.column_config.TextColumn(width="large"),
    })  # fmt: skip
    if found.pages > 1:
        st.pagination(found.pages, key="audit-page")


def listing(scope: list[int] | None, study: int) -> audit.AuditPage:
    """The entries that the search asks for."""
    words, who, what, days = st.columns((3, 2, 2, 2), vertical_alignment="bottom")
    text = words.text_input("Search", key="audit-text", placeholder="Words in it", on_change=first_page)
    who_is = {person.annotator_id: person.name for person in studies.people_in(state.database(), study)}
    person = who.selectbox(
        "Who", [None, *who_is], key="audit-who", on_change=first_page, format_func=lambda i: who_is.get(i, "Everybody")
    )
    actions = audit.actions(state.database(), scope)
    action = what.selectbox(
        "What", ["", *actions], key="audit-action", on_change=first_page, format_func=lambda a: a or "Everything"
    )
    span = days.date_input("Days", [], key="audit-days", on_change=first_page, format="YYYY-MM-DD")
    since = start_of(span[0]) if len(span) else None
    until = start_of(span[-1]) + timedelta(days=1) if len(span) == 2 else None
    return audit.entries(
        state.database(), scope, annotator_id=person, action=action, since=since, until=until, text=text,
        page=st.session_state.get("audit-page", 1),
    )  # fmt: skip


def searching() -> bool:
    return any(st.session_state.get(f"audit-{name}") for name in ("text", "who", "action", "days"))


def first_page() -> None:
    st.session_state["audit-page"] = 1


def start_of(day) -> datetime:
    """Midnight in UTC, in which moments are shown."""
    return datetime.combine(day, time(), UTC)


def told(row: audit.AuditRow, versions: dict[int, str], people: dict[int, str]) -> str:
    """The details as short text: "name: Ada, role: lead"."""
    if row.redacted:
        return "(removed by a withdrawal)"
    return audit_wording.details(row.about, versions, people)


with state.door("show the audit"):
    page()
