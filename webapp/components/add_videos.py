"""Ways to bring videos into the library: upload, a file or folder that lies on the server, the rendered example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from webapp import queueing, registration, state, wording
from webapp.components.uploader import uploader

EXAMPLE_ASKED = "example-asked"


def add_videos(subjects: Sequence[str]) -> None:
    """Draw the three ways in."""
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
            queueing.enqueue_example(state.study_id(), state.identity().annotator_id, state.settings())
            st.session_state[EXAMPLE_ASKED] = True
            st.toast("The example is being rendered. It appears in the list within half a minute.")
            st.rerun()


@st.cache_data(ttl=30, max_entries=4, show_spinner="Looking through the folders")
def _candidates(roots: tuple[Path, ...]) -> list[registration.Candidate]:
    """Walking a large disk takes seconds; half a minute old is new enough. `roots` is the cache's key."""
    return registration.candidates(state.settings())


def _server_folder() -> None:
    """Choose files and picture folders inside the allowed roots; they stay where they lie."""
    roots = state.settings().media_roots
    if not roots:
        st.info(
            "No folder of this server is open for registration. Start Glint with the environment variable "
            "GLINT_MEDIA_ROOTS naming one or more folders, for example GLINT_MEDIA_ROOTS=/data/videos."
        )
        return
    found = _candidates(roots)
    st.caption(
        f"Files and folders of numbered pictures inside {', '.join(f'`{root}`' for root in roots)}. They are read "
        "where they lie and are never changed."
    )
    if not found:
        st.info("Nothing there looks like a video: no video file and no folder of numbered pictures.")
        return
    chosen = st.multiselect(
        "Videos", found, key="server-videos", placeholder="Choose one or more",
        format_func=lambda c: f"{c.title} ({'pictures' if c.kind == 'images' else wording.size(c.size_bytes)})",
    )  # fmt: skip
    pictures = any(candidate.kind == "images" for candidate in chosen)
    rate_at, subject_at, button_at = st.columns((1, 1, 1), vertical_alignment="bottom")
    rate = rate_at.number_input(
        "Frames a second of the pictures", 0.1, 100_000.0, None, key="server-rate", disabled=not pictures,
        help="A folder of pictures does not know its rate; it is never guessed.",
    )  # fmt: skip
    subject = subject_at.text_input("Subject", key="server-subject", max_chars=80, help="May be set later.")
    if button_at.button("Register", key="server-register", type="primary", disabled=not chosen, width="stretch"):
        _register(chosen, rate, subject.strip())


def _register(chosen: Sequence[registration.Candidate], rate: float | None, subject: str) -> None:
    """Register each; what is refused is said, the others still come in."""
    registered = 0
    for candidate in chosen:
        with state.door(f"register {candidate.title}"):
            registration.register_in_place(
                state.settings(),
                state.database(),
                candidate.path,
                study_id=state.study_id(),
                rate=rate if candidate.kind == "images" else None,
                subject=subject,
                added_by=state.identity().annotator_id,
            )
            registered += 1
    if registered == len(chosen):
        st.rerun()
