"""The pages in the order of the loop: load, review, freeze, train, compare. Started by `python -m webapp`."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # Streamlit puts this file's folder on the path, not the project
    sys.path.insert(0, str(ROOT))

from webapp import theme  # noqa: E402

PAGES = (
    ("videos", "Videos", ":material/movie:"),
    ("review", "Review", ":material/rate_review:"),
    ("scheme", "Scheme", ":material/checklist:"),
    ("label_sets", "Label sets", ":material/inventory_2:"),
    ("training", "Training", ":material/model_training:"),
    ("models", "Models", ":material/leaderboard:"),
    ("seeded", "Seeded recall", ":material/eyeglasses:"),
)


def main() -> None:
    st.set_page_config(page_title="Glint", page_icon=theme.ICON, layout="wide")
    st.html(theme.STYLE)
    pages = [
        st.Page(f"app_pages/{name}.py", title=title, icon=icon, url_path=name, default=name == "videos")
        for name, title, icon in PAGES
    ]
    st.navigation(pages, position="top").run()


main()
