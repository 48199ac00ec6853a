"""The withdrawal of a subject on the page: what it would take, typing the code, and how far withdrawals are."""

from __future__ import annotations

import streamlit as st

from webapp import state, subject_files, withdrawing, wording
from webapp.services import backups, withdrawal
from webapp.values.withdrawals import STEPS, Outlook

MOST_NAMED = 8
_QUESTION, _UNDER_WAY = "privacy-question", "privacy-under-way"
TABLES = {
    "annotations": "decisions", "operations": "the log", "label_sets": "names of label sets", "jobs": "jobs",
    "label_set_intervals": "frozen labels", "label_set_videos": "frozen titles", "videos": "titles of other videos",
    "model_versions": "model versions", "training_jobs": "trainings", "spotting_runs": "runs",
}  # fmt: skip


def withdrawal_outlook(code: str, more: tuple[str, ...]) -> Outlook:
    """Draw what is known of the person, in words and numbers."""
    found = withdrawal.outlook(state.database(), state.study_id(), code, more)
    files, size = subject_files.measure(state.settings(), found.paths)
    with st.container(horizontal=True):
        st.metric("Videos", f"{len(found.videos):,}")
        st.metric("Footage", wording.duration(found.hours * 3600))
        st.metric("Decisions", f"{found.decisions:,}")
        st.metric("Label sets", f"{len(found.label_sets):,}")
        st.metric("Model versions", f"{len(found.versions):,}")
        st.metric("Files", f"{files:,}", help=wording.size(size))
    lines = [
        _named("Videos", [title for title, _ in found.videos]),
        _named("Label sets that hold the person (they keep their hash and are marked as redacted)", found.label_sets),
        _named("Model versions that learned from the person, with all that go on from them (marked; they stay usable, "
               "but nothing new may start from them)", found.versions),
        _named("Work that is stopped first", [f"{kind} {number}" for kind, number in found.work]),
        _named("Notes and results of others that name the person, which loses the name",
               [f"{wording.count(rows, 'row')} of {TABLES.get(name, name)}" for name, rows in found.mentions.items()]),
    ]  # fmt: skip
    st.markdown("\n".join(f"- {line}" for line in lines if line) or "Nothing is stored of this person but the code.")
    if found.common:
        words = ", ".join(f"“{wording.escaped(word)}”" for word in found.common[:MOST_NAMED])
        st.caption(
            f"Too common to be looked for in the text of others: {words}. "
            "Name it above to have it looked for nevertheless."
        )
    if found.outside:
        st.warning(_named("Footage that lies outside of the data folder is not deleted; that is for you to do",
                          found.outside), icon=":material/folder_off:")  # fmt: skip
    if found.backups:
        held = [f"{folder} ({wording.moment(made)})" for folder, made in found.backups]
        st.warning(_named("Backups that hold the person; delete them yourself", held), icon=":material/backup:")
    return found


def _named(what: str, names) -> str:
    if not names:
        return ""
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return f"{what}: {', '.join(wording.escaped(name) for name in list(names)[:MOST_NAMED])}{more}"


def ask_withdrawal(code: str) -> None:
    """Open the dialog from this run on, until it is answered or closed."""
    st.session_state[_QUESTION] = code


def asked_withdrawal() -> str | None:
    return st.session_state.get(_QUESTION)


def forget_question() -> None:
    """The dialog was answered or closed."""
    st.session_state.pop(_QUESTION, None)


@st.dialog("Withdraw a subject", on_dismiss=forget_question)
def withdrawal_dialog(found: Outlook, more: tuple[str, ...]) -> None:
    """Ask for the code, so that nobody does this by accident."""
    st.markdown(
        f"Everything of **{wording.escaped(found.code)}** is removed for good: "
        f"{wording.count(len(found.videos), 'video')} with frames, measurements, proposals and "
        f"{wording.count(found.decisions, 'decision')}, and the name wherever others wrote it. "
        "**This cannot be undone.**"
    )
    if found.backups:
        st.markdown(f"{wording.count(len(found.backups), 'backup')} still will hold the person.")
    typed = st.text_input("Type the code of the subject to confirm", key="withdraw-code")
    if st.button("Withdraw for good", key="withdraw-confirm", type="primary", disabled=typed.strip() != found.code):
        with state.door("withdraw the subject"):
            me = state.identity().annotator_id
            number = withdrawing.start(
                state.settings(), state.database(), state.study_id(), found.code, me, more
            )
            st.session_state["privacy-told"] = f"Withdrawal {number} has begun; a worker carries it out."
            st.session_state.pop(f"export-{found.code}", None)
            forget_question()
            st.rerun()


@st.fragment(run_every=2)
def past_withdrawals() -> None:
    """A line for each that is under way, a table of those that are done."""
    rows = withdrawal.list_withdrawals(state.database(), state.study_id())
    under_way = sum(row.state != "done" for row in rows)
    if st.session_state.get(_UNDER_WAY, 0) > under_way:
        st.session_state[_UNDER_WAY] = under_way
        st.session_state["privacy-told"] = "The withdrawal is done."
        st.rerun()
    st.session_state[_UNDER_WAY] = under_way
    for row in rows:
        if row.state != "done":
            st.info(f"Withdrawal {row.id}: {STEPS[row.state].lower()}. It goes on although this page is closed.",
                    icon=":material/hourglass_top:")  # fmt: skip
    done = [row for row in rows if row.state == "done"]
    if done:
        with st.expander(f"{wording.count(len(done), 'withdrawal')} carried out", key="past-withdrawals"):
            st.dataframe(
                [
                    {"Number": row.id, "Asked": wording.moment(row.asked_at), "Done": wording.moment(row.finished_at),
                     "Videos": row.found.get("videos", 0), "Decisions": row.found.get("decisions", 0),
                     "Files": row.found.get("files", 0), "Bytes": wording.size(row.found.get("bytes", 0))}
                    for row in done
                ],
                hide_index=True, key="withdrawals-done", height="content",
            )  # fmt: skip
    held = {video_id for row in rows for video_id in row.video_ids}
    for backup in backups.list_backups(state.database(), holding=held):
        kept_in(backup)


def kept_in(backup: backups.BackupRow) -> None:
    """A backup that holds somebody who withdrew, until an admin says that it is deleted."""
    said, done = st.columns((5, 1), vertical_alignment="center")
    folder = wording.escaped(backup.folder)
    said.warning(
        f"The backup {folder} of {wording.moment(backup.made_at)} holds somebody who withdrew. Delete it.",
        icon=":material/backup:",
    )
    if done.button("It is deleted", key=f"backup-gone-{backup.id}", disabled=not state.may("admin")):
        with state.door("remember that it is deleted"):
            backups.mark_gone(state.database(), backup.id)
            st.rerun()
