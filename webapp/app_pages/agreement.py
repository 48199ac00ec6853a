"""Agreement: how well two coders agree on the footage both have reviewed, and where they do not."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from webapp import state, wording
from webapp.components import adjudication_section
from webapp.components.adjudication_view import address
from webapp.components.agreement_charts import bland_altman
from webapp.components.on_demand import on_demand
from webapp.services import adjudication, consensus
from webapp.services import agreement as measured
from webapp.services.agreement import Agreement, Disagreement, TwiceCoded

KINDS = {
    "only first": "only {first}",
    "only second": "only {second}",
    "type": "another type",
    "boundaries": "boundaries apart",
}
SHOWN = 200


def page() -> None:
    st.title("Agreement")
    st.caption(
        "Two people who coded the same footage without seeing each other's work. Only footage that both have marked as "
        "reviewed is compared; frames that either left unsure count for neither."
    )
    pairs = on_demand("pairs", lambda: measured.twice_coded(state.database(), state.study_id()))
    if pairs is None:
        return
    if not pairs:
        st.info(
            "No footage has been reviewed by two people yet. Give a share of the videos to a second coder: what they "
            "see holds nothing of the first one's work until they are done."
        )
        return
    pair = st.selectbox("Coders", pairs, format_func=_name, key="pair") if len(pairs) > 1 else pairs[0]
    if len(pairs) == 1:
        st.markdown(f"**{wording.escaped(_name(pair))}**")
    with state.door("measure agreement"):
        database, study = state.database(), state.study_id()
        answer = on_demand(
            "agreement",
            lambda: (
                measured.agreement(database, study, pair.first, pair.second),
                adjudication.progress(database, study, pair.first, pair.second),
                measured.against_consensus(database, study),
            ),
            pair.first, pair.second,
        )  # fmt: skip
        if answer is not None:
            found, progress, coders = answer
            headline(found)
            adjudication_section.open_items(pair, progress)
            draw(found)
            adjudication_section.against_consensus(coders)


def draw(found: Agreement) -> None:
    """Everything about one pair below its headline."""
    st.subheader("Events")
    st.dataframe(events_table(found), hide_index=True, key="events")
    st.caption(
        "Events are the same from the overlap (IoU) named, whatever their types; the pairing takes the largest sum of "
        "overlaps. κ of types: Cohen's kappa over the pairs. κ of events: with “no event” as a further category whose "
        "agreement nobody can count (Holle & Rein 2015)."
    )
    st.subheader("Boundaries")
    st.dataframe(boundaries_table(found), hide_index=True, key="boundaries")
    st.caption(
        f"{wording.escaped(found.pair.second_name)}'s frame minus {wording.escaped(found.pair.first_name)}'s, over the "
        "pairs with an overlap of at least 0.3. A positive median: the second person's frame comes later."
    )
    charts = bland_altman(found.differences, "frames")
    for column, (name, chart) in zip(st.columns(3), charts.items(), strict=False):
        column.markdown(f"**{name.capitalize()}**")
        column.altair_chart(chart, width="stretch", key=f"bland-altman-{name}")
    if charts:
        st.caption("A point is a pair (Bland & Altman 1986). Line: their mean difference; dashed: limits of agreement.")
    st.subheader("Where they disagree")
    disagreements(found)


def headline(found: Agreement) -> None:
    """The few numbers that a methods section names."""
    half, frames = found.events[0.5], found.frames
    facts = (
        ("Footage in common", wording.duration(found.pair.seconds), wording.count(found.pair.videos, "video")),
        ("Event F1 at IoU 0.5", _number(half.f1), f"{wording.count(len(half.pairs), 'pair')}"),
        ("Frame-wise κ", _number(frames.kappa), f"{frames.frames:,} frames"),
        ("Krippendorff's α", _number(found.alpha), wording.count(found.coders, "coder")),
        ("Frames alike", wording.share(frames.agreement), "by chance high: most hold nothing"),
    )
    for column, (name, value, note) in zip(st.columns(len(facts)), facts, strict=True):
        column.metric(name, value)
        column.caption(note)
    by_type = ", ".join(f"{kind} {_number(value)}" for kind, value in frames.kappa_by_type.items())
    st.caption(f"Frame-wise κ by type: {by_type}. κ and α are 1 for perfect agreement and 0 for what chance gives.")


def events_table(found: Agreement) -> pd.DataFrame:
    first, second = found.pair.first_name, found.pair.second_name
    return pd.DataFrame([
        {
            "IoU from": smallest, "pairs": len(one.pairs), f"only {first}": len(one.only_first),
            f"only {second}": len(one.only_second), "F1": _number(one.f1), "κ of types": _number(one.kappa_types),
            "κ of events": _number(one.kappa_events),
        }
        for smallest, one in found.events.items()
    ])  # fmt: skip


def boundaries_table(found: Agreement) -> pd.DataFrame:
    return pd.DataFrame([
        {
            "boundary": name, "pairs": one.count, "median (frames)": _signed(one.median),
            "95 % of differences (frames)": _span(one.low, one.high), "bias (frames)": _signed(one.bias, 2),
            "limits of agreement (frames)": _span(one.lower, one.upper, 2),
            "median (ms)": _signed(found.milliseconds[name].median),
            "95 % of differences (ms)": _span(found.milliseconds[name].low, found.milliseconds[name].high),
        }
        for name, one in found.differences.items()
    ])  # fmt: skip


def disagreements(found: Agreement) -> None:
    """A table whose rows lead to the review page."""
    if not found.disagreements:
        st.success("They see everything alike.", icon=":material/check:")
        return
    names = {"first": found.pair.first_name, "second": found.pair.second_name}
    kinds = {kind: text.format(**names) for kind, text in KINDS.items()}
    counts = {kind: sum(row.kind == kind for row in found.disagreements) for kind in kinds}
    chosen = st.pills(
        "Kind", [kind for kind in kinds if counts[kind]], selection_mode="multi", key="kinds",
        format_func=lambda kind: f"{kinds[kind]} ({counts[kind]})", label_visibility="collapsed",
    )  # fmt: skip
    rows = [row for row in found.disagreements if not chosen or row.kind in chosen]
    table = pd.DataFrame([_row(row, kinds, found.pair) for row in rows[:SHOWN]])
    st.dataframe(
        table, hide_index=True, key="disagreements",
        column_config={"open": st.column_config.LinkColumn("", display_text="adjudicate")},
    )  # fmt: skip
    if len(rows) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(rows):,}.")


def _row(row: Disagreement, kinds: dict[str, str], pair: TwiceCoded) -> dict:
    a, b = row.first, row.second
    return {
        "video": row.title,
        "kind": kinds[row.kind],
        pair.first_name: _interval(a),
        pair.second_name: _interval(b),
        "IoU": f"{row.iou:.2f}" if a and b else "",
        "open": f"{address(row.video_id, pair.first, pair.second)}&interval={item_id(row, pair)}",
    }


def item_id(row: Disagreement, pair: TwiceCoded) -> str:
    """What the adjudication calls a disagreement: it puts the two in the order of their numbers."""
    ids = (row.first_id, row.second_id)
    return consensus.item_id(*(ids if pair.first < pair.second else ids[::-1]))


def _interval(one) -> str:
    return "" if one is None else f"{one.type} {one.onset}–{'?' if one.apex is None else one.apex}–{one.offset}"


def _name(pair: TwiceCoded) -> str:
    return f"{pair.first_name} and {pair.second_name} ({wording.duration(pair.seconds)} in common)"


def _number(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"


def _signed(value: float, digits: int = 1) -> str:
    return "" if value != value else f"{value:+.{digits}f}"


def _span(low: float, high: float, digits: int = 1) -> str:
    return "" if low != low or high != high else f"{low:+.{digits}f} to {high:+.{digits}f}"


page()
