"""Scheme: what coders of this study say about an interval. Leads and admins change it, everybody may read it.

A change counts from the next time a coder opens a video; what is coded already stays as it is.
"""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.services import blindness, schemes
from webapp.values.scheme import DEFAULT_SCHEME, Scheme

TALL = 420


def page() -> None:
    st.title("Scheme")
    st.markdown(
        "What coders of this study say about an interval. A change counts when a video is opened next; what is "
        "coded already stays as it is, and is marked where the scheme no longer has it."
    )
    seen = scheme_seen()
    told = st.session_state.pop("scheme-told", None)
    if told:
        st.success(told)
    may = state.identity().role in schemes.EDITORS
    if not may:
        st.info("Only leads and admins of the study change its scheme.")
    with st.form("scheme", border=False):
        made = asked(seen, may)
        pressed = st.form_submit_button("Use this scheme", type="primary", key="use-scheme", disabled=not may)
    if pressed:
        use(made, seen)
    if may and seen != DEFAULT_SCHEME and st.button("Go back to the scheme Glint comes with", key="default-scheme"):
        use(DEFAULT_SCHEME.to_json(), seen)
    blind_share(may)


def blind_share(may: bool) -> None:
    """How many of their videos coders judge without the model."""
    st.subheader("Blind share")
    st.markdown(
        "People asked to correct a model tend to wave it through. This share of each coder's videos shows no proposals "
        "and no curves until the coder has marked the video reviewed; the page *Blind checks* tells what coder and "
        "model each missed. It counts for videos that a coder opens from now on."
    )
    standing = round(100 * blindness.blind_share(state.database(), state.study_id()))
    left, right = st.columns([3, 9], vertical_alignment="bottom")
    with left:
        asked = st.number_input(
            "Videos coded blind, in per cent", 0, 100, standing, 5, key="blind-share", disabled=not may
        )
    with right:
        pressed = st.button("Use this share", key="use-blind-share", disabled=not may)
    if pressed:
        with state.door("use this share"):
            me = state.identity().annotator_id
            blindness.set_blind_share(state.database(), state.study_id(), asked / 100, me)
            st.success(f"Of the videos that a coder opens from now on, {asked} % are coded blind.")


def scheme_seen() -> Scheme:
    """The scheme as it was when the form was first drawn: a change that somebody else makes meanwhile must show."""
    if "scheme-units" not in st.session_state:
        st.session_state["seen-scheme"] = schemes.study_scheme(state.database(), state.study_id())
    return st.session_state["seen-scheme"]


def asked(seen: Scheme, may: bool) -> dict:
    """The scheme as a form of plain lists, one line each; returns what it says now, as JSON, not yet checked."""

    def box(text: str, name: str, standing: bool) -> bool:
        return st.checkbox(text, standing, key=f"scheme-{name}", disabled=not may)

    def lines(label: str, name: str, standing: list[str], height: int, example: str) -> str:
        help_ = f"One line each, such as: {example}"
        return st.text_area(label, "\n".join(standing), height, key=f"scheme-{name}", help=help_, disabled=not may)

    left, middle, right = st.columns([5, 4, 5], gap="large")
    with left:
        units = [f"{unit.number} {unit.name}" for unit in seen.action_units]
        units_text = lines("Action units: number and name", "units", units, TALL, "12 lip corner puller")
        sides = box("May be marked left or right, as in R12", "sides", seen.sides)
        intensities = box("May carry an intensity from A (trace) to E, as in 12B", "intensities", seen.intensities)
    with middle:
        emotions_text = lines("Emotions", "emotions", list(seen.emotions), TALL, "happiness")
        ask_emotion = box("Coders name an emotion", "ask-emotion", seen.ask_emotion)
    with right:
        reasons = [f"{reason.letter} {reason.name}" for reason in seen.reasons]
        reasons_text = lines("Reasons to reject: letter and name", "reasons", reasons, 180, "b blink")
        st.caption("The letter is pressed after the key of rejecting, which is r unless a coder chose another.")
        ask_confidence = box("Coders say how sure they are, 1 to 5", "ask-confidence", seen.ask_confidence)
        ask_note = box("Coders may write a note", "ask-note", seen.ask_note)
    return {
        "action_units": [{"number": number, "name": name} for number, name in pairs(units_text)],
        "sides": sides,
        "intensities": intensities,
        "emotions": [line.strip() for line in emotions_text.splitlines() if line.strip()],
        "reasons": [{"letter": letter, "name": name} for letter, name in pairs(reasons_text)],
        "ask_emotion": ask_emotion,
        "ask_confidence": ask_confidence,
        "ask_note": ask_note,
    }


def pairs(text: str) -> list[tuple[str, str]]:
    """First word and rest of every line that is not empty: "12 lip corner puller" -> ("12", "lip corner puller")."""
    parts = (line.strip().partition(" ") for line in text.splitlines() if line.strip())
    return [(first, rest.strip()) for first, _, rest in parts]


def use(said: dict, seen: Scheme) -> None:
    """Store it and draw the page anew; what cannot be used is said, and stays in the form."""
    with state.door("use this scheme"):
        try:
            made = Scheme.from_json(said)
        except ValueError as error:
            st.error(wording.sentence(str(error)), icon=":material/error:")
            return
        schemes.change_scheme(state.database(), state.study_id(), made, seen, state.identity().annotator_id)
        # The form shows what is stored, in the order and spelling of the store.
        for name in [name for name in st.session_state if str(name).startswith("scheme-")]:
            del st.session_state[name]
        st.session_state["scheme-told"] = "This scheme is in use from now on."
        st.rerun()


with state.door("show the scheme"):
    page()
