"""Models: which version is the champion, how good each is on people it never saw, and what to do about it."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.components import model_actions, model_files
from webapp.components.model_scores import comparison, differences
from webapp.services import registry
from webapp.services.against_parent import against_parent
from webapp.services.comparison import compare
from webapp.services.registry import ModelVersion
from webapp.values.registry import SHIPPED_PATH

FACTS_A_ROW = 4  # names of versions are long


def page() -> None:
    st.title("Models")
    state.defaults()  # what comes with Glint is registered, whichever page is opened first
    model_actions.open_dialog()
    versions = registry.list_versions(state.database(), state.study_id())
    champion = registry.champion(state.database())
    names = {version.id: wording.version_name(version) for version in versions}
    st.markdown(
        f"Champion: **{wording.escaped(names[champion.id])}**. It spots every new video until another is promoted."
    )
    if all(version.label_set_id is None for version in versions):
        st.info("Only models that come with Glint are here. Freeze a label set and train a model on it to compare.")
        if st.button("To the label sets", key="to-label-sets", type="primary"):
            st.switch_page("app_pages/label_sets.py")
    wanted = st.session_state.pop("show-version", None)
    if wanted in names:
        st.session_state["version"] = wanted
    chosen = st.selectbox("Version", list(names), key="version", format_func=names.get)
    version = next(row for row in versions if row.id == chosen)
    lineage(version, names)
    verdict(version)
    model_actions.buttons(version, champion)
    comparison(version)
    others = {key: name for key, name in names.items() if key != version.id}
    if others:
        other = st.selectbox("Compare proposals with", list(others), None, key="compare-with", format_func=others.get)
        if other is not None:
            at = st.session_state.get("difference-page", 1)
            found = compare(state.database(), state.study_id(), version.id, other, page=at)
            differences(found)
            if found.pages > 1:
                st.pagination(found.pages, key="difference-page")
    model_files.files(version)
    history(names)


def verdict(version: ModelVersion) -> None:
    """What the test subjects say about a version and the one it started from."""
    found = against_parent(version.scores)
    if found is None:
        return
    show = {True: st.success, False: st.error, None: st.info}[found.recommended]
    show(wording.escaped(found.sentence), icon=":material/balance:")


def lineage(version: ModelVersion, names: dict[int, str]) -> None:
    """Where the version comes from, in one look."""
    if version.affected_at:
        st.warning(
            f"A person whose footage trained this version withdrew on {wording.moment(version.affected_at)}. "
            "Train again without that person and promote the result.",
            icon=":material/person_off:",
        )
    if version.note:
        st.caption(version.note)
    facts = {
        "Label set": version.label_set or "none",
        "Started from": _origin(version, names),
        "Architecture": version.architecture,
        "Code": version.code_version or "unknown",
        "Made in": wording.duration(version.lineage["seconds"]) if version.lineage.get("seconds") else "unknown time",
        "Registered": wording.moment(version.created_at),
        "Hash of the checkpoint": (version.checkpoint_sha256 or "none")[:16],
    }
    for first in range(0, len(facts), FACTS_A_ROW):
        shown = list(facts.items())[first : first + FACTS_A_ROW]
        for column, (name, value) in zip(st.columns(FACTS_A_ROW), shown, strict=False):
            column.markdown(f"{name}  \n**{wording.escaped(value)}**")
    made = version.lineage
    for sentence in made.get("notes", ()):
        st.caption(wording.sentence(sentence))
    with st.expander("Settings, hardware and calibration", key=f"settings-{version.id}"):
        st.markdown(
            f"Seed {version.seed if version.seed is not None else 'unknown'}, made on "
            f"{wording.escaped(made.get('hardware') or 'unknown hardware')}."
        )
        if made.get("calibration"):
            st.caption(wording.escaped(f"Calibration: {made['calibration']}"))
        st.json({"network": dict(version.settings), "training": made.get("training", {})}, expanded=1)


def _origin(version: ModelVersion, names: dict[int, str]) -> str:
    if version.checkpoint_path == SHIPPED_PATH:
        return "synthetic expressions"
    if version.lineage.get("origin") == "imported":
        return "imported from a file"
    return names.get(version.parent_id, "scratch") if version.label_set_id else "nothing to learn"


def history(names: dict[int, str]) -> None:
    """Who was champion when."""
    st.subheader("History of the champion")
    changes = registry.alias_history(state.database())
    st.dataframe(
        [
            {
                "when": wording.moment(change.changed_at),
                "what": "promoted" if change.kind == "promote" else "rolled back to",
                "version": names.get(change.to_version_id, "?"),
                "instead of": names.get(change.from_version_id, ""),
            }
            for change in changes
        ],
        hide_index=True,
        key="alias-history",
    )


with state.door("show the models"):
    page()
