"""The list of videos: one row each with picture, subject, state, and the one obvious next step.

Draws values that a service returned; what a button starts stands in `video_actions`.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from webapp import state, wording
from webapp.components import video_actions
from webapp.services import blindness, library
from webapp.services.errors import ServiceError
from webapp.services.library import VideoRow

_WIDTHS = (0.25, 1.05, 3.1, 1.5, 3, 1.9)
NOTICE = "videos-notice"
RUNNING = ("queued", "running")


def is_busy(row: VideoRow) -> bool:
    """Whether the row changes by itself: being imported or spotted."""
    return row.state == "importing" or row.run_state in RUNNING


def video_row(row: VideoRow) -> None:
    """Draw one video; keys of its widgets end in its id."""
    with st.container(key=f"video-row-{row.id}"):
        tick, picture, about, subject, progress, action = st.columns(_WIDTHS, vertical_alignment="center")
        if state.may("lead"):  # what is selected can be spotted
            tick.checkbox("Select", key=f"select-{row.id}", label_visibility="collapsed", disabled=row.state != "ready")
        with picture:
            _thumbnail(row)
        with about:
            _about(row)
        with subject:
            _subject(row)
        with progress:
            _progress(row)
        with action, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            _next_step(row)


def _thumbnail(row: VideoRow) -> None:
    if row.state != "ready":
        st.html('<div style="height:72px;border-radius:4px;background:rgba(128,128,128,.18)"></div>')
        return
    address = escape(f"/api/videos/{row.id}/thumbnail?token={state.token()}", quote=True)
    st.html(
        f'<img src="{address}" alt="First picture of {escape(row.title, quote=True)}" loading="lazy" '
        'style="width:100%;max-height:84px;object-fit:contain;border-radius:4px;background:rgba(128,128,128,.15)">'
    )


def _about(row: VideoRow) -> None:
    badge = " :orange-badge[synthetic]" if row.synthetic else ""
    st.markdown(f"**{wording.escaped(row.title)}**{badge}")
    if row.frame_count:
        st.caption(
            f"{wording.duration(row.duration)}, {wording.rate(row.fps)}, {row.width} x {row.height} pixels, "
            f"{wording.count(row.frame_count, 'frame')}" + ("" if row.has_audio else ", no sound")
        )
    if row.notes:
        st.caption(f":material/info: {wording.sentence(row.notes)}")


def _subject(row: VideoRow) -> None:
    if not state.may("lead"):
        st.caption(wording.escaped(row.subject or "no subject"))
        return
    key = f"subject-{row.id}"
    # What is stored wins: a pattern, a table or another page may have changed it, or refused what was typed here.
    st.session_state[key] = row.subject or ""
    st.text_input(
        "Subject",
        key=key,
        placeholder="Subject code",
        label_visibility="collapsed",
        max_chars=200,
        help="Code of the person filmed. Training never tests on a person it learned from.",
        on_change=_save_subject,
        args=(row.id, key),
    )


def _save_subject(video_id: int, key: str) -> None:
    try:
        library.set_subject(state.database(), video_id, st.session_state[key].strip())
    except ServiceError as error:
        st.session_state[NOTICE] = str(error)  # drawn above the list: a callback has no place of its own


def _progress(row: VideoRow) -> None:
    if row.state == "importing":
        st.progress(min(row.progress or 0.0, 1.0), text=f"Checking every frame, {wording.share(row.progress)}")
    elif row.state == "failed":
        reason = wording.sentence(row.message or "The import failed without a reason.")
        st.error(f"{reason} Remove it, and add it again once repaired.")
    elif row.run_state in RUNNING:
        doing = "Waiting for the worker" if row.run_state == "queued" else "Spotting"
        st.progress(min(row.run_progress or 0.0, 1.0), text=f"{doing}, {wording.share(row.run_progress)}")
    elif row.run_state == "failed":
        reason = wording.sentence(row.message or "Spotting failed without a reason.")
        st.warning(f"{reason} Other videos are not affected.")
    elif row.run_state == "cancelled" and not row.proposals:
        st.caption("Spotting was cancelled.")
    elif row.run_id is None:
        st.caption("Not spotted yet.")
    else:
        who = f" by {', '.join(map(wording.escaped, row.annotators))}" if row.annotators else ""
        # The number of proposals would tell somebody who codes the video blind how much to look for.
        blind = blindness.withheld(state.database(), row.id, state.identity().annotator_id)
        known = f"{wording.count(row.proposals, 'proposal')}, {row.decided:,} decided"
        found = "Coded blind by you" if blind else known
        reviewed = f"{wording.share(row.reviewed_share)} reviewed{who}"
        st.progress(row.reviewed_share, text=f"{found} · {reviewed}" + (f" · {row.message}" if row.message else ""))


def _next_step(row: VideoRow) -> None:
    """One primary button: what brings this video forward; the rest is in a menu."""
    if not state.may("lead"):
        if row.state == "ready" and state.may("annotator") and st.button("Review", key=f"review-{row.id}"):
            st.switch_page("app_pages/review.py", query_params={"video": str(row.id)})
        return
    if row.run_state in RUNNING:
        if st.button("Cancel", key=f"cancel-{row.id}"):
            video_actions.cancel_run(row.run_id)
    elif row.state == "ready" and (row.run_state == "done" or row.proposals):
        done = (row.reviewed_share or 0) >= 1
        if st.button("Review", key=f"review-{row.id}", type="secondary" if done else "primary"):
            st.switch_page("app_pages/review.py", query_params={"video": str(row.id)})
    elif row.state == "ready" and st.button("Spot", key=f"spot-{row.id}", type="primary"):
        video_actions.ask("spot", row.id)
    elif row.state == "failed" and st.button("Remove", key=f"remove-{row.id}"):
        video_actions.ask("delete", row.id)
    options = {}
    if row.state == "ready":
        if row.run_state not in RUNNING:
            options["Spot again" if row.run_id else "Review without spotting"] = "spot" if row.run_id else "review"
        options["Choose the person"] = "person"
        options["Import signals"] = "signals"
    elif row.state == "failed":
        options["Import again"] = "import"
    options["Delete"] = "delete"
    chosen = st.menu_button("More", list(options), key=f"more-{row.id}", type="tertiary")
    match options.get(chosen or ""):
        case "spot":
            video_actions.ask("spot", row.id)
        case "review":
            st.switch_page("app_pages/review.py", query_params={"video": str(row.id)})
        case "person":
            video_actions.ask("person", row.id)
        case "signals":
            video_actions.ask("signals", row.id)
        case "import":
            video_actions.import_again(row.id)
        case "delete":
            video_actions.ask("delete", row.id)
