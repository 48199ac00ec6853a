"""Labels from and for other programs: CSV import of existing labels, CSV export of annotations."""

from __future__ import annotations

import streamlit as st


def label_files() -> None:
    """Draw both directions."""
    st.caption("Import and export are being built.")
