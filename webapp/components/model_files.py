"""Files of model versions: a version as a zip, its model card, and a version brought from another Glint."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from webapp import state, wording
from webapp.registration import inside_roots
from webapp.services import model_files
from webapp.services.model_card import model_card
from webapp.services.registry import ModelVersion

_IMPORTED = "version-imported"


def files(version: ModelVersion) -> None:
    """Draw both directions; only leads bring something in."""
    st.subheader("Files")
    # Asked for here: the files are made by a thread that belongs to no page.
    database, settings, study = state.database(), state.settings(), state.study_id()
    card, whole, _ = st.columns((1.2, 1.2, 3))
    # Made when the button is pressed, not at every drawing of the page.
    card.download_button(
        "Model card", lambda: model_card(database, settings, version.id, study), f"{version.name}.md",
        "text/markdown", key="model-card", on_click="ignore", icon=":material/description:", width="stretch",
    )  # fmt: skip
    whole.download_button(
        "Export as zip", lambda: model_files.export_version(database, settings, version.id, study),
        f"{version.name}.zip", "application/zip", key="model-export", on_click="ignore", width="stretch",
        icon=":material/download:", disabled=version.checkpoint_path is None,
    )  # fmt: skip
    if _IMPORTED in st.session_state:
        st.success(f"Imported as {wording.escaped(st.session_state.pop(_IMPORTED))}. It spots nothing until promoted.")
    if state.may("lead"):
        with st.expander("Import a version", icon=":material/upload:", key="model-import"):
            _import()


def _import() -> None:
    st.caption(
        "A zip exported by Glint, or a folder on the server with model.safetensors and model.json. It is checked "
        "(hash, shapes, architecture, features, settings) and tried once; nothing in it is run as code."
    )
    given = st.file_uploader("Zip file", ["zip"], key="model-zip")
    path = st.text_input(
        "or a folder or zip on the server, inside GLINT_MEDIA_ROOTS", key="model-path", placeholder="/data/models/ours"
    )
    name = st.text_input("Name (optional)", key="model-name", max_chars=100)
    if st.button("Check and import", key="model-import-go", type="primary", disabled=not (given or path.strip())):
        with state.door("import the version"), st.spinner("Checking the checkpoint"):
            source = given.getvalue() if given else inside_roots(state.settings(), Path(path.strip()))
            made = model_files.import_version(
                state.database(), state.settings(), source, name, state.identity().annotator_id
            )
            st.session_state["show-version"] = made
            st.session_state[_IMPORTED] = name.strip() or f"version {made}"
            st.rerun()
