"""People: studies, who works in them and as what, who codes which video, and one's own password and sessions."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.access import ROLES
from webapp.components.own_account import own_account
from webapp.services import assignments, invitations, studies

ROLE_HELP = (
    "viewer: sees videos, models and label sets. annotator: codes. lead: also brings in videos, freezes, trains, "
    "compares coders. admin: also decides who is in the study."
)


def page() -> None:
    st.title("People")
    with st.container():  # always there: what comes and goes above the forms would leave a faded copy of them behind
        news()
    everybody()
    if state.may("admin"):
        with st.expander("Add somebody", icon=":material/person_add:", key="add-person"):
            add_somebody()
    if state.may("lead"):
        with st.expander("Share out the videos", icon=":material/assignment_ind:", key="share-out"):
            share_out()
    if not state.settings().single_user:
        with st.expander("My account", icon=":material/key:", key="my-account"):
            own_account()
    if state.signed_in().site_admin:
        with st.expander("Studies", icon=":material/folder_shared:", key="studies"):
            all_studies()


def news() -> None:
    """What was just done, also where it can be seen from the end of a long page."""
    if told := st.session_state.pop("people-told", None):
        st.success(told)
        st.toast(told, icon=":material/check:")
    if link := st.session_state.pop("people-link", None):
        st.info("Send this link to the person. It is good once, for a week, and is not shown again.")
        st.code(link, language=None)
        st.toast("The link stands at the top of the page.", icon=":material/link:")


def everybody() -> None:
    """A table of the study's people and how far each is; below it, what an admin may change about one."""
    people = studies.people_in(state.database(), state.study_id())
    done = assignments.progress(state.database(), state.study_id())
    rows = []
    for person in people:
        far = done.get(person.annotator_id)
        rows.append({
            "Name": person.name if person.active else f"{person.name} (locked)",
            "Role": person.role,
            "Signs in with": person.signs_in or "cannot sign in",
            "Videos to code": far.videos if far else 0,
            "Finished": far.finished if far else 0,
            "Reviewed": wording.duration(far.reviewed_seconds if far else 0.0),
            "Intervals": f"{far.intervals if far else 0:,}",
        })  # fmt: skip
        # With few videos a number of intervals tells what somebody else has found in one.
        if not state.may("lead") and person.annotator_id != state.identity().annotator_id:
            rows[-1]["Intervals"] = ""
        if state.settings().single_user:
            del rows[-1]["Signs in with"]
    st.dataframe(rows, hide_index=True, key="people", height="content", column_config={
        "Name": st.column_config.TextColumn(width="large"),
        "Intervals": st.column_config.TextColumn(alignment="right"),
    })  # fmt: skip
    if state.may("admin"):
        change_somebody(people)


def change_somebody(people: tuple[studies.PersonRow, ...]) -> None:
    names = {person.annotator_id: person for person in people}
    who, role, buttons = st.columns((2, 2, 5), vertical_alignment="bottom")
    chosen = who.selectbox("Person", list(names), key="person", format_func=lambda i: names[i].name)
    person = names[chosen]
    wanted = role.selectbox("Role", ROLES, ROLES.index(person.role), key=f"role-{chosen}-{person.role}", help=ROLE_HELP)
    me = state.identity()
    with buttons, st.container(horizontal=True):
        if st.button("Change the role", key="change-role", disabled=wanted == person.role):
            change(f"{person.name} is {wanted} now.", studies.set_role, chosen, wanted)
        if st.button("Take out of the study", key="remove-person", help="What they coded stays."):
            change(f"{person.name} is no longer in the study.", studies.remove_person, chosen)
        if state.signed_in().site_admin and person.signs_in and chosen != me.annotator_id:
            if st.button("New password", key="renew", help="Makes a link with which they choose one."):
                with state.door("make the link"):
                    show_link(invitations.renew(state.database(), chosen, me.annotator_id))
            if st.button("Lock" if person.active else "Unlock", key="lock", help="Ends their sessions at once."):
                with state.door("lock the account"):
                    studies.set_active(state.database(), chosen, not person.active, me.annotator_id)
                    st.rerun()


def change(told: str, service, *values) -> None:
    """Do something about a person of the study, and draw the page anew."""
    with state.door("change that"):
        service(state.database(), state.study_id(), *values, by=state.identity().annotator_id)
        state.forget_who()  # it may have been oneself
        st.session_state["people-told"] = told
        st.rerun()


def add_somebody() -> None:
    if state.settings().single_user:
        st.caption(
            "Nobody signs in here. For a team, start Glint with GLINT_LOGIN=local and make the first admin with "
            "`python -m webapp.accounts create-admin NAME`."
        )
        return
    with st.form("add-person-form", border=False, clear_on_submit=True):
        name, role = st.columns((3, 2))
        said = name.text_input("Name, as others see it", key="new-name", max_chars=80)
        wanted = role.selectbox("Role", ROLES, 1, key="new-role", help=ROLE_HELP)
        with st.container(horizontal=True):
            invited = st.form_submit_button("Make an invitation link", type="primary", key="invite")
            added = st.form_submit_button("Add somebody who has an account", key="add-known")
    if invited:
        with state.door("invite them"):
            by = state.identity().annotator_id
            show_link(invitations.invite(state.database(), state.study_id(), said, wanted, by))
    if added:
        change(f"{wording.escaped(said)} is in the study now.", studies.add_person, said, wanted)


def show_link(code: str) -> None:
    settings = state.settings()
    address = settings.address or f"http://{settings.host}:{settings.port}"
    st.session_state["people-link"] = f"{address}/invite/{code}"
    st.rerun()


def share_out() -> None:
    """Who codes what: evenly among the chosen, a share by two."""
    study = state.study_id()
    coders = {p.annotator_id: p.name for p in studies.people_in(state.database(), study) if p.role != "viewer"}
    st.caption(
        "Every video without a coder gets one, whoever has least first; what somebody has stays theirs. Which videos "
        "two people code is drawn by their numbers, the same whenever you ask. "
        f"Two people code {wording.count(assignments.double_coded(state.database(), study), 'video')} at the moment."
    )
    chosen = st.multiselect("Coders", list(coders), key="coders", format_func=coders.get)
    share = st.slider("Coded by two", 0, 100, 20, 5, format="%d %%", key="double-share")
    if st.button("Share out", key="assign", type="primary", disabled=not chosen):
        with state.door("share out the videos"):
            made = assignments.assign(state.database(), study, chosen, share / 100, state.identity().annotator_id)
            st.session_state["people-told"] = f"{wording.count(made, 'assignment')} made."
            st.rerun()
    whose = st.selectbox("Take back what is not begun from", [None, *coders], key="release-who",
                         format_func=lambda i: coders.get(i, "nobody"))  # fmt: skip
    if st.button("Take back", key="release", disabled=whose is None):
        with state.door("take the videos back"):
            gone = assignments.release(state.database(), study, whose, state.identity().annotator_id)
            st.session_state["people-told"] = f"{wording.count(gone, 'video')} taken back."
            st.rerun()


def all_studies() -> None:
    """Every study of the installation, and a new one; videos and labels of one are never seen in another."""
    rows = [{"Study": study.name} for study in studies.all_studies(state.database())]
    st.dataframe(rows, hide_index=True, key="all-studies", height="content")
    with st.form("new-study", border=False, clear_on_submit=True):
        name = st.text_input("Name of a new study", key="study-name", max_chars=80)
        if st.form_submit_button("Make the study", key="make-study"):
            with state.door("make the study"):
                studies.create_study(state.database(), name, state.identity().annotator_id)
                made = f"The study {wording.escaped(name)} is there, with you as its admin."
                st.session_state["people-told"] = f"{made} Go over to it at the top right."
                state.forget_who()
                st.rerun()


with state.door("show the people"):
    page()
