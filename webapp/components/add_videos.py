"""Ways to bring videos into the library: upload, a file or folder that lies on the server, the rendered example."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from webapp import queueing, registration, state, wording
from webapp.components.uploader import uploader


def add_videos(subjects: Sequence[str], empty: bool) -> None:
    """Draw the ways in; on an empty library the example stands first."""
    upload, server, example = st.tabs(["Upload", "From a folder on the server", "Example"], key="add-ways")
    with upload:
        limit = f"At most {wording.size(state.settings().upload_max_mb * 1024 * 1024)} each."
        uploader(state.token(), subjects, limit, key="uploader")
    with server:
        _server_folder()
    with example:
        load_example("example-tab")


def load_example(key: str, *, primary: bool = False) -> None:
    """Button that has the worker render the example clip."""
    st.caption(
        "A short clip rendered on this machine from a public-domain portrait: three movements of known size and a "
        "blink. It is synthetic, and marked so everywhere."
    )
    if st.button("Load the example", key=key, type="primary" if primary else "secondary", icon=":material/flare:"):
        with state.door("load the example"):
            queueing.enqueue_example(state.settings())
            st.session_state["example-asked"] = True
            st.toast("The example is being rendered. It appears in the list within half a minute.")
            st.rerun()
