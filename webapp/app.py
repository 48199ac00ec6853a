"""The menu and the open page; which pages there are stands in `webapp.access`. Started by `python -m webapp`."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # Streamlit puts this file's folder on the path, not the project
    sys.path.insert(0, str(ROOT))

from webapp import state, theme  # noqa: E402
from webapp.access import PAGES, PageEntry  # noqa: E402
from webapp.components.account_bar import account_bar  # noqa: E402


def main() -> None:
    st.set_page_config(page_title="Glint", page_icon=theme.ICON, layout="wide")
    st.html(theme.STYLE)
    menu: dict[str, list] = {}
    for entry in PAGES:
        menu.setdefault(entry.group, []).append(page_of(entry))
    chosen = st.navigation(menu, position="top")
    account_bar()
    chosen.run()


def page_of(entry: PageEntry):
    """The page, or for who may not open it a sentence at the same address, outside of the menu."""
    allowed = state.may(entry.least)
    drawn = f"app_pages/{entry.name}.py" if allowed else lambda: refusal(entry)
    return st.Page(
        drawn, title=entry.title, icon=entry.icon, url_path=entry.name, default=entry.name == "videos",
        visibility="visible" if allowed else "hidden",
    )  # fmt: skip


def refusal(entry: PageEntry) -> None:
    st.title(entry.title)
    role = state.identity().role
    st.warning(f"This page needs the role {entry.least} in the study; yours is {role}.", icon=":material/lock:")


main()
