"""The menu and the open page; which pages there are stands in `webapp.access`. Started by `python -m webapp`."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # Streamlit puts this file's folder on the path, not the project
    sys.path.insert(0, str(ROOT))

from webapp import theme  # noqa: E402
from webapp.access import PAGES  # noqa: E402


def main() -> None:
    st.set_page_config(page_title="Glint", page_icon=theme.ICON, layout="wide")
    st.html(theme.STYLE)
    menu: dict[str, list] = {}
    for entry in PAGES:
        page = st.Page(
            f"app_pages/{entry.name}.py", title=entry.title, icon=entry.icon, url_path=entry.name,
            default=entry.name == "videos",
        )  # fmt: skip
        menu.setdefault(entry.group, []).append(page)
    st.navigation(menu, position="top").run()


main()
