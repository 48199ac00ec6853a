"""Compare: two model versions on the same reviewed footage, and what the rounds of the loop have brought so far."""

from __future__ import annotations

import streamlit as st

from spotcore.paired import FLIPS
from webapp import state, wording
from webapp.components import loop_charts
from webapp.components.on_demand import on_demand
from webapp.components.version_differences import flip_table, lacking_videos, result_table
from webapp.services import comparison, effort, label_sets, registry
from webapp.services.registry import ModelVersion
from webapp.values.comparison import VersionComparison

NOW = 0  # stands for "what is reviewed now" among the ids of label sets
USUAL = "rate-usual"
MEANINGS = {
    "found now": "Expressions that only the second finds",
    "missed now": "Expressions that only the first finds",
    "new false alarm": "False alarms that only the second raises",
    "false alarm gone": "False alarms that only the first raised",
}


def page() -> None:
    st.title("Compare")
    state.defaults()
    versions = registry.list_versions(state.database(), state.study_id())
    if len(versions) < 2:
        st.info("There is only one model version. Train another one to compare it with.")
    else:
        chosen_comparison(versions)
    learning_curve()
    effort_curve()


def chosen_comparison(versions: tuple[ModelVersion, ...]) -> None:
    """The two versions, what they are judged by, and the result."""
    champion = registry.champion(state.database())
    names = {version.id: wording.version_name(version) for version in versions}
    ids = list(names)
    second = next((i for i in ids if i != champion.id), ids[0])
    # The older one stands first, so that a gain is a gain of the newer one.
    # An address may name them: reports link here.
    pair = [_wanted(name, ids, usual) for name, usual in zip(("first", "second"), sorted((champion.id, second)),
                                                             strict=True)]  # fmt: skip
    a, b = st.columns(2)
    by, rate = st.columns(2)  # in a row of four the names of versions are cut off
    first_id = a.selectbox("First version", ids, ids.index(pair[0]), key="first", format_func=names.get)
    second_id = b.selectbox("Second version", ids, ids.index(pair[1]), key="second", format_func=names.get)
    sets = {NOW: "What is reviewed now"} | {
        row.id: f"Label set {row.name}" for row in label_sets.list_label_sets(state.database(), state.study_id())
    }
    judged_by = by.selectbox("Judged by", list(sets), key="judged-by", format_func=sets.get)
    everybody = st.checkbox(
        "Also people that one of the versions learned from",
        key="everybody",
        help="Their footage flatters the version that knows them, so they are left out unless you want to look.",
    )
    with state.door("compare the versions"):
        about = (first_id, second_id, judged_by, everybody)
        wanted = st.session_state.get("rate")
        if st.session_state.get(USUAL) == (about, wanted):  # what the comparison chose by itself is no wish
            wanted = None
        found = on_demand(
            "comparison",
            lambda: comparison.version_comparison(
                state.database(), state.study_id(), first_id, second_id,
                label_set_id=judged_by or None, everybody=everybody, false_alarms=wanted,
            ), *about, wanted,
        )  # fmt: skip
        if found is None:
            return
        if wanted is None:
            st.session_state[USUAL] = (about, found.false_alarms)
        rates = found.rates or (found.false_alarms,)
        at = rates.index(found.false_alarms) if found.false_alarms in rates else 0
        rate.selectbox("False alarms a minute", rates, at, key="rate", format_func="{:g}".format,
                       help="How freely both propose. Comparable only at the same sensitivity.")  # fmt: skip
        if everybody:
            st.warning("People that a version learned from are among these: the scores flatter that version.")
        show(found)


def _wanted(name: str, ids: list[int], usual: int) -> int:
    text = st.query_params.get(name, "")
    return int(text) if text.isdecimal() and int(text) in ids else usual


def show(found: VersionComparison) -> None:
    """Scores, intervals that changed sides, and what is missing."""
    nobody = not found.result and not found.lacking
    if nobody and found.taught:
        st.info(
            f"All reviewed people taught one of the versions ({_names(found.taught)}). Review somebody new, or give a "
            "subject the role test when you freeze: only such people tell how good a model is."
        )
    elif nobody:
        st.info("Nothing is reviewed yet. Review a video and mark it, or a part of it, as reviewed: only that counts.")
    lacking_videos(found)
    if found.result is None:
        return
    measured = found.result
    st.caption(
        f"{wording.count(measured.videos, 'video')} of {wording.count(measured.subjects, 'subject')}, "
        f"{wording.duration(60 * found.minutes)} of reviewed footage; both propose at {found.false_alarms:g} expected "
        "false alarms a minute. A hit has the right type and an IoU of at least 0.5. Intervals are 95 % over subjects; "
        "for the difference, both versions are scored on the same drawn subjects."
        + (f" Left out, because a version learned from them: {_names(found.taught)}." if found.taught else "")
    )
    if measured.subjects < 5:
        few = "no interval can be given" if measured.subjects == 1 else "mind the intervals"
        st.caption(f"So few subjects ({measured.subjects}) say little about the next person: {few}.")
    st.altair_chart(loop_charts.gains(measured), key="gain-chart", width="stretch")
    result_table(found)
    st.subheader("Intervals that changed sides")
    if not found.flips:
        st.caption("None: both find the same expressions and raise the same false alarms.")
    kinds = [kind for kind in FLIPS if any(flip.kind == kind for flip in found.flips)]
    for kind in kinds:
        flip_table(kind, MEANINGS[kind], [flip for flip in found.flips if flip.kind == kind])


def _names(subjects: tuple[str, ...]) -> str:
    shown = ", ".join(wording.escaped(code) for code in subjects[:8])
    return shown + (f" and {len(subjects) - 8} more" if len(subjects) > 8 else "")


def learning_curve() -> None:
    """Does more coding make better models?"""
    st.subheader("Learning curve")
    lines = effort.learning_curves(state.database(), state.study_id())
    if not lines:
        st.caption("No version was trained on a label set of this study and scored on held-out people yet.")
        return
    amount = st.segmented_control(
        "Learned from", ("intervals", "videos", "subjects"), default="intervals", key="learned-from",
        format_func={"intervals": "expressions", "videos": "videos", "subjects": "subjects"}.get,
    ) or "intervals"  # fmt: skip
    # Scores of other people or other footage are not comparable: a chart of their own.
    groups: dict[str, list] = {}
    for line in lines:
        groups.setdefault(f"{line.measured_on} {line.false_alarms}", []).append(line)
    for number, group in enumerate(groups.values()):
        on = group[0].measured_on
        st.caption(
            f"Scored on {wording.count(len(on['subjects']), 'subject')} in the role {on['role']} "
            f"({wording.count(on['videos'], 'video')}, {wording.count(on['events'], 'expression')}), "
            f"{wording.count(sum(len(line.points) for line in group), 'version')}. Bars: 95 % intervals over subjects."
        )
        st.altair_chart(loop_charts.learning(group, amount), key=f"learning-{number}", width="stretch")
    if len(groups) > 1:
        st.caption("Versions that were scored on other people or other footage do not compare: they stand apart.")


def effort_curve() -> None:
    """Does a better model make coding cheaper?"""
    st.subheader("Effort curve")
    points = on_demand("effort", lambda: effort.effort_curve(state.database(), state.study_id()))
    if points is None:
        return
    if not points:
        st.caption("Nobody has decided two intervals in a row yet, so there is no time between them to measure.")
        return
    st.caption(
        "Medians, and quartiles of the time from the last decision to this one, without breaks over five minutes; the "
        f"newest {effort.NEWEST:,} operations. Keys count presses and clicks; older decisions lack them. Who coded and "
        "how hard the videos were, changes between versions too: a fall is no proof that the model caused it."
    )
    left, right = st.columns(2)
    left.altair_chart(loop_charts.effort(points, "seconds"), key="effort-seconds", width="stretch")
    keys = loop_charts.effort(points, "keys")
    if keys is None:
        right.caption("Keys were not counted yet.")
    else:
        right.altair_chart(keys, key="effort-keys", width="stretch")


with state.door("show the comparison"):
    page()
