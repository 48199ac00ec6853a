"""Tables of a comparison of two versions: scores, intervals that changed sides, videos that lack proposals."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from spotcore.decoding import REVIEW_FALSE_ALARMS
from webapp import state, wording
from webapp.components.video_actions import start_spotting
from webapp.services import blindness, other_coders, spotting
from webapp.values.comparison import FlippedInterval, LackingVideo, VersionComparison

KINDS = ("overall", "macro", "micro")
MOST_SHOWN = 500


def result_table(found: VersionComparison) -> None:
    """F1 of both with intervals, their difference, and the counts."""
    rows = []
    for kind in KINDS:
        score = getattr(found.result, kind)
        gain = score.gain
        interval = "" if gain.low is None else f" ({gain.low:+.2f} to {gain.high:+.2f})"
        rows.append({
            "type": kind,
            f"F1 of {found.first.name}": wording.score(_f1(score.a), *(score.a_range or (None, None))),
            f"F1 of {found.second.name}": wording.score(_f1(score.b), *(score.b_range or (None, None))),
            "difference (95 % interval)": f"{gain.difference:+.2f}{interval}",
            "verdict": gain.verdict,
            "expressions": score.a.tp + score.a.fn,
            "found": f"{score.a.tp} → {score.b.tp}",
            "false": f"{score.a.fp} → {score.b.fp}",
        })  # fmt: skip
    st.dataframe(rows, hide_index=True, key="paired-table")


def _f1(score) -> float | None:
    """None where there is neither truth nor proposal: an F1 of nothing is not 0."""
    return score.f1 if score.tp + score.fp + score.fn else None


def flip_table(kind: str, meaning: str, flips: Sequence[FlippedInterval]) -> None:
    """One kind of change; every line has a link that opens the interval on the review page."""
    shown, hidden = _without_withheld(flips)
    st.markdown(f"**{meaning}** · {len(flips):,}")
    if hidden:
        st.caption(f"{hidden:,} lie in videos that you have yet to judge alone and are not shown to you.")
    if not shown:
        return
    if len(shown) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN:,} of {len(shown):,}.")
        shown = shown[:MOST_SHOWN]
    table = pd.DataFrame([
        {"look": review_link(flip), "video": flip.title, "subject": flip.subject, "type": flip.type,
         "at": wording.duration(flip.seconds), "frames": f"{flip.onset}–{flip.offset}", "score": flip.score}
        for flip in shown
    ])  # fmt: skip
    st.dataframe(
        table.drop(columns=["score"]) if table["score"].isna().all() else table,
        hide_index=True,
        key=f"flips-{kind}",
        height=min(38 + 35 * len(table), 320),
        column_config={
            "look": st.column_config.LinkColumn("look", display_text="Review", width="small"),
            "score": st.column_config.NumberColumn(format="%.2f"),
        },
    )


def _without_withheld(flips: Sequence[FlippedInterval]) -> tuple[list[FlippedInterval], int]:
    """Without those in videos that this person codes blind: what models propose there is not theirs to know yet.

    They also tell what people decided, so coders see them only where their own work stands; leads see all others.
    """
    videos, me = sorted({flip.video_id for flip in flips}), state.identity().annotator_id
    withheld = blindness.withheld_videos(state.database(), videos, me)
    if not state.may("lead"):
        withheld |= other_coders.unfinished_videos(state.database(), videos, me)
    shown = [flip for flip in flips if flip.video_id not in withheld]
    return shown, len(flips) - len(shown)


def review_link(flip: FlippedInterval) -> str:
    """Address of the review page at this interval, with the run and proposals it comes from."""
    place = {"video": flip.video_id, "run": flip.run_id, "set": flip.set_id}
    place |= {"interval": flip.interval_id} if flip.interval_id else {"frame": flip.onset}
    return f"/review?{urlencode(place)}"


def lacking_videos(found: VersionComparison) -> None:
    """Which reviewed videos could not be compared, and the buttons that change it."""
    for version in (found.first, found.second):
        lacking = [video for video in found.lacking if version.id in video.unspotted]
        if lacking:
            _unspotted(version.id, version.name, lacking)
    undecoded = sorted({run for video in found.lacking for run in video.undecoded})
    if undecoded:
        st.info(
            f"Left out for want of proposals at {found.false_alarms:g} false alarms a minute: "
            f"{wording.count(len(undecoded), 'run')}. Stored probabilities can be decoded again without spotting."
        )
        if state.may("lead") and st.button("Decode them at this sensitivity", key="decode-again"):
            with state.door("decode the runs again"):
                for run_id in undecoded:
                    spotting.decode_again(state.database(), state.settings().located, run_id, found.false_alarms)
                st.rerun()


def _unspotted(version_id: int, name: str, lacking: Sequence[LackingVideo]) -> None:
    titles = ", ".join(f"“{wording.escaped(video.title)}”" for video in lacking[:5])
    more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
    waiting = [v for v in lacking if _waits(v.video_id, version_id)]
    st.info(
        f"{wording.escaped(name)} has not spotted {wording.count(len(lacking), 'reviewed video')}: {titles}{more}."
        + (f" {len(waiting)} of them wait for the worker." if waiting else "")
    )
    rest = [video.video_id for video in lacking if video not in waiting]
    label = f"Spot {wording.count(len(rest), 'video')} with {name}"
    if rest and state.may("lead") and st.button(label, key=f"spot-missing-{version_id}"):
        with state.door("start spotting"):
            start_spotting(rest, version_id, spotting_rate())
            st.rerun()


def spotting_rate() -> float:
    """The sensitivity chosen on the page, else the usual one."""
    return float(st.session_state.get("rate") or REVIEW_FALSE_ALARMS)


def _waits(video_id: int, version_id: int) -> bool:
    runs = spotting.list_runs(state.database(), video_id)
    return any(run.model_version_id == version_id and run.state in ("queued", "running") for run in runs)
