"""Blind checks: what coder and model each miss, in videos coded blind and of movements of known size put into footage.

Everybody sees their own results, leads and admins those of all coders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from spotcore.proportions import Share
from webapp import registration, state, wording
from webapp.components.new_job import open_form
from webapp.components.on_demand import on_demand
from webapp.services import blind_checks, blindness, ladders, schemes
from webapp.services.blind_checks import BlindCheck, Sway
from webapp.services.blindness import LADDERS
from webapp.services.ladders import CoderRecall, Ladder
from webapp.values.jobs import SEEDED_RECALL

COMMAND = "python -m spotcore seeded-recall VIDEO --out {folder}"


def page() -> None:
    st.title("Blind checks")
    with state.door("read the blind codings"):
        coded_blind()
    st.subheader("Seeded recall")
    with state.door("read the ladders"):
        lead = state.may("lead")
        found = ladders.ladders_of(state.database(), state.data_dir(), state.study_id(), lead)
        if not found and not lead:
            st.info("There is no ladder in this study yet. Leads of the study make them.")
            return
        if not found:
            st.info("Known movements can be put into footage of your own, to measure what model and coder miss.")
            if st.button("Measure a video", key="measure", type="primary"):
                open_form(SEEDED_RECALL)
            st.caption("Or on the command line, for a video that is not in the library:")
            st.code(COMMAND.format(folder=state.data_dir() / LADDERS / "NAME"), language="bash")
            return
        for ladder in found:
            one_ladder(ladder)


def in_sight() -> dict[str, int]:
    """Name -> id of those whose results the person at the screen may see, themselves as "You" and first."""
    me = state.identity()
    lead = me.role in schemes.EDITORS
    others = ladders.coders(state.database(), state.study_id()) if lead else {}
    return {"You": me.annotator_id} | {name: id_ for name, id_ in others.items() if id_ != me.annotator_id}


def coded_blind() -> None:
    """Videos coded blind to the end, and whether proposals sway."""
    st.subheader("Videos coded blind")
    people = in_sight()
    ids = tuple(people.values())
    checks = on_demand("blind", lambda: blind_checks.blind_checks(state.database(), state.study_id(), ids), *ids)
    if checks is None:
        return
    if not checks:
        share = blindness.blind_share(state.database(), state.study_id())
        st.info(
            f"No video has been coded blind to the end yet; {100 * share:.0f} % of the videos that a coder opens are "
            "blind. The page Scheme sets this share."
        )
        return
    names = {id_: name for name, id_ in people.items()}
    st.dataframe([check_row(check, names[check.annotator_id]) for check in checks], hide_index=True)
    st.caption(sums(checks))
    sways = on_demand("sway", lambda: blind_checks.sway(state.database(), state.study_id(), ids), *ids)
    if sways is None:
        return
    blind, other = sways
    st.markdown("**Do proposals sway?**")
    st.table([sway_row("Blind", blind), sway_row("With proposals", other)], hide_index=True)
    st.caption(
        "Videos reviewed to the last frame. Who takes proposals over as they are begins more intervals on the very "
        "frame of the model; who waves them through finds more per minute with proposals than blind."
    )


def check_row(check: BlindCheck, coder: str) -> dict[str, object]:
    """One video coded blind; the model's part is empty where no model has looked."""
    told = {
        "found by both": check.both, "model missed": check.only_coder, "coder missed": check.coder_missed,
        "model wrong": check.model_wrong, "to be judged": check.open,
    }  # fmt: skip
    return {"video": check.title, "coder": coder} | (told if check.proposed else dict.fromkeys(told))


def sums(checks: Sequence[BlindCheck]) -> str:
    """What coders and model found of the movements that the coders hold for real."""
    seen = [check for check in checks if check.proposed]
    both, coder, missed = (sum(getattr(c, n) for c in seen) for n in ("both", "only_coder", "coder_missed"))
    real = both + coder + missed
    told = "A proposal that was not coded blind counts as missed by the coder once they accept or adjust it afterwards."
    if not real:
        return told
    found = f"the coders found {ratio(both + coder, real)} blind, the model {ratio(both + missed, real)}"
    return f"Of {wording.count(real, 'movement')} that the coders hold for real {found}. {told}"


def sway_row(name: str, sway: Sway) -> dict[str, str]:
    """How intervals of one way of coding lie against the proposals."""
    return {
        "Coded": name,
        "Videos": str(sway.videos),
        "Intervals a minute": f"{sway.intervals / sway.minutes:.1f}" if sway.minutes else "not known yet",
        "Onset on the model's frame": ratio(sway.same_onset, sway.matched) if sway.matched else "not known yet",
        "Median distance of onsets": "not known yet" if sway.onset_frames is None else f"{sway.onset_frames:g} frames",
    }


def ratio(hits: int, trials: int) -> str:
    """ "3 of 4 (30–95 %)": with the 95 % Wilson range."""
    counted = Share(hits, trials)
    return f"{counted.hits} of {counted.trials} ({100 * counted.low:.0f}–{100 * counted.high:.0f} %)"


def one_ladder(ladder: Ladder) -> None:
    """Who found what of one ladder."""
    database, study = state.database(), state.study_id()
    coders = {
        name: ladders.coder_recall(database, state.data_dir(), study, ladder, id_) for name, id_ in in_sight().items()
    }
    me = coders["You"]
    events = sum(map(len, ladder.plan.passes))
    st.markdown(f"**{wording.escaped(ladder.name)}**")
    progress = f"You have reviewed {me.reviewed} of {len(ladder.clips)} clips."
    if not state.may("lead") and me.reviewed < len(ladder.clips):
        # How much was put in, and what the model found of it, would tell a coder how much to look for.
        st.caption(f"{wording.escaped(ladder.plan.footage.name)}. {progress} The results follow when all are reviewed.")
        return
    st.caption(
        f"{wording.escaped(ladder.plan.footage.name)}: {wording.count(events, 'movement')} of type "
        f"{ladder.plan.settings.type}, in {wording.count(len(ladder.plan.passes), 'pass', 'passes')}. " + progress
    )
    if state.may("lead") and me.registered < len(ladder.clips) and st.button(
        "Give the clips to the coders", key=f"give-{ladder.name}", type="primary",
        help="They come into the library under names that tell nothing, are never spotted and never trained on.",
    ):  # fmt: skip
        give(ladder)
        st.rerun()
    st.table(table(ladder, {n: c for n, c in coders.items() if n == "You" or c.reviewed}), hide_index=True)
    st.caption(
        "Share found with its 95 % Wilson range. Amplitude in per cent of the distance between the eyes. What is found "
        "in the untouched clip or in the control, where the face only shifts, is found by chance."
    )
    missed = misses(ladder, me)
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


def table(ladder: Ladder, coders: Mapping[str, CoderRecall]) -> list[dict[str, str]]:
    """One row per amplitude, then the versions in which nothing is to be found; a column for the model and each coder.

    Args:
        coders: heading -> their results.
    """
    hits: dict[str, Sequence[Mapping[str, Any]]] = {"Model": ladder.model_hits}
    for name, coder in coders.items():
        events = coder.recall.events if coder.recall else ()
        hits[name] = [{"amplitude": e.event.amplitude, "found": e.found} for e in events]
    rows = [
        {"Amplitude": f"{amplitude:g} %"}
        | {who: share([hit for hit in all_ if hit["amplitude"] == amplitude], "spiked") for who, all_ in hits.items()}
        for amplitude in ladder.plan.settings.amplitudes
    ]
    return rows + [
        {"Amplitude": words} | {who: share(all_, version) for who, all_ in hits.items()}
        for version, words in (("unspiked", "nothing put in"), ("control", "control: shift only"))
    ]


def share(hits: Sequence[Mapping[str, Any]], version: str) -> str:
    """ "3 of 4 (30–95 %)" of these events in one version of the clip."""
    found = [bool(hit["found"][version]) for hit in hits if version in hit["found"]]
    return ratio(sum(found), len(found)) if found else "not measured yet"


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
