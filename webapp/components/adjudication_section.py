"""What the agreement page tells of settling disagreements: what is open in which video, and coders and consensus."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from webapp import wording
from webapp.components.adjudication_view import address
from webapp.services.agreement import Agreement, TwiceCoded
from webapp.values.adjudication import AdjudicationProgress

SHOWN = 200


def open_items(pair: TwiceCoded, rows: Sequence[AdjudicationProgress]) -> None:
    """How far the adjudication of a pair is, and the way to it."""
    st.subheader("Adjudication")
    waiting = [row for row in rows if not row.done]
    if not waiting:
        st.success(
            f"Everything is settled: the consensus covers the {wording.count(len(rows), 'video')} that both reviewed, "
            "and label sets take it.", icon=":material/check:",
        )  # fmt: skip
    else:
        left = sum(row.open for row in waiting)
        words, button = st.columns((4, 1), vertical_alignment="center")
        words.markdown(
            f"**{wording.count(left, 'difference')} open in {wording.count(len(waiting), 'video')}.** Somebody decides "
            "between both, each time with a reason; what both say alike is taken over. Where nothing is open any more, "
            "label sets take the consensus, not one of the two."
        )
        if button.button("Adjudicate", key="adjudicate", type="primary", icon=":material/balance:", width="stretch"):
            place = {"video": str(waiting[0].video_id), "adjudicate": f"{pair.first},{pair.second}"}
            st.switch_page("app_pages/review.py", query_params=place)
    with st.expander(f"Videos of both ({len(rows):,})", expanded=0 < len(waiting) <= 12):
        shown = sorted(rows, key=lambda row: (row.done, row.title))[:SHOWN]
        st.dataframe(
            pd.DataFrame([_row(row, pair) for row in shown]), hide_index=True, key="adjudications",
            column_config={"adjudicate": st.column_config.LinkColumn("", display_text="adjudicate")},
        )  # fmt: skip
        if len(rows) > SHOWN:
            st.caption(f"The first {SHOWN} of {len(rows):,}.")


def _row(row: AdjudicationProgress, pair: TwiceCoded) -> dict:
    state = "settled" if row.done else "to be taken over" if not row.open else "open"
    return {
        "video": row.title, "state": state, "open": row.open, "alike": row.agreed, "decided": row.decided,
        "adjudicate": address(row.video_id, pair.first, pair.second),
    }  # fmt: skip


def against_consensus(found: Sequence[Agreement]) -> None:
    """Every coder beside what was settled; nothing before anything is."""
    if not found:
        return
    st.subheader("Coders and the consensus")
    st.dataframe(pd.DataFrame([_coder(one) for one in found]), hide_index=True, key="against-consensus")
    st.caption(
        "On the footage that the consensus covers: expressions the coder missed, and saw alone, at an overlap (IoU) of "
        "0.5. Boundaries: the consensus' frame minus the coder's, median and the central 95 %, over pairs with an "
        "overlap of at least 0.3. The consensus was made from these coders, so this flatters them."
    )


def _coder(one: Agreement) -> dict:
    half = one.events[0.5]
    boundaries = {
        f"{name} (frames)": f"{found.median:+.1f}  ({found.low:+.1f} to {found.high:+.1f})" if found.count else ""
        for name, found in one.differences.items()
    }
    return {
        "coder": one.pair.first_name, "videos": one.pair.videos, "footage": wording.duration(one.pair.seconds),
        "F1": _number(half.f1), "missed": len(half.only_second), "alone": len(half.only_first),
        "frame-wise κ": _number(one.frames.kappa), **boundaries,
    }  # fmt: skip


def _number(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"
