"""Seeded recall: what the model and the coder at the screen find of movements of known size, by amplitude."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from spotcore.proportions import Share
from webapp import registration, state, wording
from webapp.services import ladders
from webapp.services.blindness import LADDERS
from webapp.services.ladders import CoderRecall, Ladder

COMMAND = "python -m spotcore seeded-recall VIDEO --out {folder}"


def page() -> None:
    st.title("Seeded recall")
    with state.door("read the ladders"):
        found = ladders.list_ladders(state.data_dir())
        if not found:
            st.info("Known movements can be put into footage of your own, to measure what model and coder miss.")
            st.code(COMMAND.format(folder=state.data_dir() / LADDERS / "NAME"), language="bash")
            return
        for ladder in found:
            one_ladder(ladder)


def one_ladder(ladder: Ladder) -> None:
    """Who found what of one ladder."""
    me, study = state.identity().annotator_id, state.study_id()
    coder = ladders.coder_recall(state.database(), state.data_dir(), study, ladder, me)
    events = sum(map(len, ladder.plan.passes))
    st.subheader(wording.escaped(ladder.name))
    st.caption(
        f"{wording.escaped(ladder.plan.footage.name)}: {wording.count(events, 'movement')} of type "
        f"{ladder.plan.settings.type}, in {wording.count(len(ladder.plan.passes), 'pass', 'passes')}. "
        f"You have reviewed {coder.reviewed} of {len(ladder.clips)} clips."
    )
    if coder.registered < len(ladder.clips) and st.button(
        "Give the clips to the coders", key=f"give-{ladder.name}", type="primary",
        help="They come into the library under names that tell nothing, are never spotted and never trained on.",
    ):  # fmt: skip
        give(ladder)
        st.rerun()
    st.table(table(ladder, coder), hide_index=True)
    st.caption("Share found with its 95 % Wilson range. Amplitude in per cent of the distance between the eyes.")
    missed = misses(ladder, coder)
    if missed:
        with st.expander("What was missed", key=f"missed-{ladder.name}"):
            st.dataframe(missed, hide_index=True)


def give(ladder: Ladder) -> None:
    """Register every clip that is not in the library yet, in an order that tells nothing."""
    settings, me = state.settings(), state.identity()
    subject = ladders.subject_of(state.database(), me.study_id, ladder)
    for path, title in ladder.clips.items():
        registration.register(
            settings, state.database(), settings.located(path), title=title, study_id=me.study_id, subject=subject,
            synthetic=True, added_by=me.annotator_id,
        )  # fmt: skip


def table(ladder: Ladder, coder: CoderRecall) -> list[dict[str, str]]:
    """One row per amplitude: the model's share and the coder's."""
    mine = [{"amplitude": e.event.amplitude, "found": e.found} for e in coder.recall.events] if coder.recall else []
    return [
        {"Amplitude": f"{amplitude:g} %", "Model": share(ladder.model_hits, amplitude), "You": share(mine, amplitude)}
        for amplitude in ladder.plan.settings.amplitudes
    ]


def share(hits: Iterable[Mapping[str, Any]], amplitude: float) -> str:
    """ "3 of 4 (30–95 %)" of the events of one amplitude."""
    found = [bool(hit["found"]["spiked"]) for hit in hits if hit["amplitude"] == amplitude]
    if not found:
        return "not measured yet"
    counted = Share(sum(found), len(found))
    return f"{counted.hits} of {counted.trials} ({100 * counted.low:.0f}–{100 * counted.high:.0f} %)"


def misses(ladder: Ladder, coder: CoderRecall) -> list[dict[str, object]]:
    """Every event that one of them missed. The coder's column is empty for passes not coded to the end."""
    if coder.recall is None:
        return []  # telling where the events are would end the blindness
    mine = {(coder.passes[e.number], e.event.onset, e.event.offset): e.found["spiked"] for e in coder.recall.events}
    model = {(hit["pass"], hit["onset"], hit["offset"]): hit["found"]["spiked"] for hit in ladder.model_hits}
    rows = []
    for number in coder.passes:
        for event in ladder.plan.passes[number]:
            key = (number, event.onset, event.offset)
            if mine.get(key) is False or (key in mine and model.get(key) is False):
                rows.append({
                    "pass": number + 1, "onset (frame)": event.onset, "offset (frame)": event.offset,
                    "amplitude (%)": event.amplitude, "model": _word(model.get(key)), "you": _word(mine.get(key)),
                })  # fmt: skip
    return rows


def _word(found: bool | None) -> str:
    return "not measured" if found is None else "found" if found else "missed"


page()
