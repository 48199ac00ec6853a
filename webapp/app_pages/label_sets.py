"""Label sets: what freezing now would hold, who is trained on and who tests, and the sets that exist."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from webapp import state, wording
from webapp.components.label_set_details import check_file, compared, export, finding_text, provenance
from webapp.components.new_job import open_form
from webapp.services import label_sets, training
from webapp.services.label_sets import ROLES, LabelSetRow
from webapp.values.jobs import LOSO
from webapp.values.label_sets import LabelSetOutlook

SHOWN_WARNINGS = 4
ROLE_HELP = (
    "train: the network learns from this person. validation: chooses epoch and threshold. test: scores only. "
    "A role is given by the first label set and kept, so that nobody is ever tested on a person they learned from."
)


def page() -> None:
    st.title("Label sets")
    st.caption("A label set is a frozen copy of what was reviewed. It never changes, so a training can be repeated.")
    made = label_sets.list_label_sets(state.database(), state.study_id())
    leads = state.may("lead")
    if leads and made and not training.was_trained_on(state.database(), made[0].id):
        st.success(
            f"{wording.escaped(made[0].name)} is frozen, and nothing was trained on it yet.", icon=":material/check:"
        )
        if st.button("Train on it", key="to-training", type="primary"):
            st.switch_page("app_pages/training.py")
    if leads and not offer(made):
        return
    st.subheader("Frozen sets")
    if not made:
        st.caption("None yet." if leads else "None yet. Leads of the study freeze what is reviewed.")
    for row in made:
        frozen_set(row, made)
    check_file()


def offer(made: Sequence[LabelSetRow]) -> bool:
    """What would be frozen now, for leads: counts and findings tell what others decided and what a model proposed.

    Returns:
        Whether there is anything more to show.
    """
    preview = label_sets.outlook(state.database(), state.study_id())
    if not preview.subjects and not made:
        st.info("Nothing is reviewed yet. Review a video and mark it, or a part of it, as reviewed: only that counts.")
        if st.button("To the videos", key="to-videos", type="primary"):
            st.switch_page("app_pages/videos.py")
        return False
    st.subheader("Freeze now")
    if preview.subjects:
        freeze_form(preview)
    else:
        st.info("Nothing is reviewed at the moment.")
    return True


def freeze_form(preview: LabelSetOutlook) -> None:
    """What would be frozen, with editable roles, findings and the button."""
    subjects = preview.subjects
    seconds = sum(subject.reviewed_seconds for subject in subjects)
    for column, (name, value) in zip(
        st.columns(5),
        (
            ("Subjects", f"{len(subjects)}"),
            ("Videos", f"{sum(subject.videos for subject in subjects):,}"),
            ("Reviewed footage", wording.duration(seconds)),
            ("Macro", f"{sum(subject.macro for subject in subjects):,}"),
            ("Micro", f"{sum(subject.micro for subject in subjects):,}"),
        ),
        strict=True,
    ):
        column.metric(name, value)
    roles = roles_table(preview)
    if roles != preview.roles:
        preview = label_sets.outlook(state.database(), state.study_id(), roles)
    findings(preview)
    if st.session_state.pop("name-used", False):
        st.session_state["set-name"] = ""
    name, button = st.columns((3, 1), vertical_alignment="bottom")
    chosen = name.text_input("Name of the set", key="set-name", max_chars=200, placeholder="Date or round")
    ready = preview.can_freeze and bool(chosen.strip())
    if button.button("Freeze", key="freeze", type="primary", disabled=not ready, width="stretch"):
        with state.door("freeze the label set"):
            who = state.identity().annotator_id
            label_sets.freeze(state.database(), state.study_id(), chosen.strip(), roles, who)
            st.session_state["name-used"] = True
            st.rerun()


def findings(preview: LabelSetOutlook) -> None:
    """What refuses freezing, each in its own box; what one should know, together."""
    for finding in preview.findings:
        if finding.blocking:
            st.error(finding_text(finding), icon=":material/block:")
    warnings = [f"- {finding_text(finding)}" for finding in preview.findings if not finding.blocking]
    if warnings:
        st.warning("\n".join(warnings[:SHOWN_WARNINGS]), icon=":material/warning:")
    if len(warnings) > SHOWN_WARNINGS:
        with st.expander(f"{len(warnings) - SHOWN_WARNINGS} more warnings", key="more-warnings"):
            st.markdown("\n".join(warnings[SHOWN_WARNINGS:]))
            if preview.more_findings:
                st.caption(f"and {preview.more_findings:,} more")


def roles_table(preview: LabelSetOutlook) -> dict[str, str]:
    """The subjects with their counts; returns the roles as chosen, kept ones unchanged."""
    table = pd.DataFrame(
        {
            "subject": [s.code for s in preview.subjects],
            "role": [s.role for s in preview.subjects],
            "kept": ["since an earlier set" if s.role_is_kept else "" for s in preview.subjects],
            "videos": [s.videos for s in preview.subjects],
            "reviewed (s)": [round(s.reviewed_seconds, 1) for s in preview.subjects],
            "macro": [s.macro for s in preview.subjects],
            "micro": [s.micro for s in preview.subjects],
            "rejected": [s.rejected for s in preview.subjects],
            "unsure": [s.unsure for s in preview.subjects],
        }
    )
    edited = st.data_editor(
        table,
        key="roles",
        hide_index=True,
        width="stretch",
        disabled=[name for name in table.columns if name != "role"],
        column_config={
            "role": st.column_config.SelectboxColumn("role", options=list(ROLES), required=True, help=ROLE_HELP)
        },
    )
    kept = {s.code: s.role for s in preview.subjects if s.role_is_kept}
    chosen = dict(zip(edited["subject"], edited["role"], strict=True))
    changed = [code for code, role in kept.items() if chosen[code] != role]
    if changed:
        st.caption(f"The role of {', '.join(map(wording.escaped, changed))} was given by an earlier set and is kept.")
    return chosen | kept


def frozen_set(row: LabelSetRow, made: Sequence[LabelSetRow]) -> None:
    """One frozen set: at a glance, and on demand its subjects, its labels' origin, its changes and the export."""
    summary = (
        f"**{wording.escaped(row.name)}** · {wording.count(row.subjects, 'subject')}, "
        f"{wording.count(row.videos, 'video')}, {wording.duration(row.reviewed_seconds)} reviewed, "
        f"{row.macro:,} macro, {row.micro:,} micro; negatives: {wording.duration(row.empty_seconds)} without "
        f"expression, {row.rejected:,} rejected"
    )
    with st.expander(summary, key=f"set-{row.id}", on_change="rerun") as opened:
        if row.withdrawn:
            st.warning(f"{wording.count(row.withdrawn, 'video')} taken out because a person withdrew.")
        st.caption(f"Frozen {wording.moment(row.created_at)} · content hash `{row.content_hash[:16]}`")
        if not opened.open:
            return
        leads = state.may("lead")
        counts = pd.DataFrame(
            [
                {"subject": s.code, "role": s.role, "videos": s.videos, "reviewed (s)": round(s.reviewed_seconds, 1)}
                | ({"without expression (s)": round(s.empty_seconds, 1), "macro": s.macro, "micro": s.micro,
                    "rejected": s.rejected, "unsure": s.unsure} if leads else {})
                for s in label_sets.get_subjects(state.database(), row.id)
            ]
        )  # fmt: skip
        st.dataframe(counts, hide_index=True, key=f"set-subjects-{row.id}")
        if not leads:  # a set holds what others decided on videos that a coder may have yet to judge alone
            return
        export(row)
        if st.button(
            "LOSO on this set", key=f"loso-{row.id}", icon=":material/person_remove:",
            help="Leave one subject out: a network per person left out, scored on that person.",
        ):  # fmt: skip
            open_form(LOSO, label_set=row.id)
        compared(row, made)
        if st.toggle("Where each label comes from", key=f"origins-of-{row.id}"):
            provenance(label_sets.get_label_set(state.database(), row.id))


with state.door("show the label sets"):
    page()
