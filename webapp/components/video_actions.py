"""What the buttons of the videos page start, and the dialogs that ask before it.

A button stores its question and reruns the page, which opens the dialog outside the self-refreshing list: a refresh
would close a dialog opened within.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from webapp import job_control, queueing, state, wording
from webapp.components.point_picker import point_picker
from webapp.components.signal_import import signals_panel
from webapp.services import library, registry, spotting
from webapp.services.errors import NotFound
from webapp.services.library import VideoDetails
from webapp.values.jobs import SPOT_LIBRARY

_QUESTION = "videos-question"
STRICT, REVIEW, LOOSE = 1.0, 6.0, 12.0


def ask(action: str, *video_ids: int) -> None:
    """Open a dialog ("spot", "delete", "person" or "signals") at the next run, which starts now."""
    st.session_state[_QUESTION] = (action, video_ids)
    st.rerun()


def forget_question() -> None:
    """The dialog was answered or closed."""
    st.session_state.pop(_QUESTION, None)


def open_dialog() -> None:
    """Draw the dialog that was asked for, until it is answered or closed; the page calls this outside fragments."""
    action, video_ids = st.session_state.get(_QUESTION, (None, ()))
    if action is None:
        return
    with state.door("open the dialog"):
        try:
            videos = library.get_videos(state.database(), video_ids)
        except NotFound:  # deleted in another window
            forget_question()
            raise
        dialogs = {
            "spot": spot_dialog, "delete": delete_dialog, "person": person_dialog, "signals": signals_dialog,
        }  # fmt: skip
        dialogs[action](videos)


@st.dialog("Spot expressions", on_dismiss=forget_question)
def spot_dialog(videos: Sequence[VideoDetails]) -> None:
    """Ask for model and sensitivity, then queue one run per video."""
    many = f"{len(videos)} videos" if len(videos) > 1 else wording.escaped(videos[0].title)
    st.markdown(f"Find macro- and micro-expressions in **{many}**.")
    versions = registry.list_versions(state.database())
    champion = registry.champion(state.database())
    ids = [version.id for version in versions]
    names = {version.id: wording.version_name(version) for version in versions}
    model = st.selectbox(
        "Model", ids, index=ids.index(champion.id), format_func=names.get, key="spot-model"
    )
    false_alarms = st.slider(
        "Expected false alarms a minute", 0.5, LOOSE, REVIEW, 0.5, key="spot-false-alarms",
        help=f"How often the model may be wrong. About {REVIEW:g} is right for reviewing, because rejecting takes one "
        f"key and a missed expression is gone; {STRICT:g} is strict. It can be changed later without spotting again.",
    )  # fmt: skip
    if st.button("Spot", key="spot-start", type="primary"):
        with state.door("start spotting"):
            ids = [video.id for video in videos]
            start_spotting(ids, model, false_alarms) if len(ids) == 1 else start_batch(ids, model, false_alarms)
            _answered()


def _answered() -> None:
    forget_question()
    st.rerun()


def start_spotting(video_ids: Sequence[int], version_id: int, false_alarms: float) -> None:
    """One queued run per video."""
    for video_id in video_ids:
        run_id = spotting.start_run(state.database(), video_id, version_id, false_alarms, {})
        queueing.enqueue_spotting(run_id, state.settings())


def start_batch(video_ids: Sequence[int], version_id: int, false_alarms: float) -> None:
    """One job for many videos: it has one bar, one cancel, and says at its end which failed."""
    params = {"version_id": version_id, "videos": list(video_ids), "again": True, "false_alarms": false_alarms}
    me = state.identity()
    job_control.start(
        state.settings(), state.database(), SPOT_LIBRARY, params, state.study_id(), me.annotator_id, video_ids
    )


def import_again(video_id: int) -> None:
    """Read a video once more whose import failed for a reason that is gone, such as a full disk."""
    with state.door("import the video again"):
        library.set_import_progress(state.database(), video_id, 0.0)
        queueing.enqueue_import(video_id, state.settings())
        st.rerun()


def cancel_run(run_id: int) -> None:
    """Take a run back, in the queue and in the database."""
    with state.door("cancel"):
        queueing.cancel(queueing.SPOTTING, run_id, state.settings())
        spotting.cancel_run(state.database(), run_id)
        st.rerun()


@st.dialog("Delete a video", on_dismiss=forget_question)
def delete_dialog(videos: Sequence[VideoDetails]) -> None:
    """Say what is lost and ask once."""
    for video in videos:
        st.markdown(
            f"**{wording.escaped(video.title)}** is removed with its frames, features, proposals and every decision "
            "made on it. This cannot be undone."
        )
    withdraw = st.checkbox(
        "Withdraw it from frozen label sets too, and mark the models trained on them", key="delete-withdraw",
        help="Needed when a label set holds the video: frozen sets do not change otherwise.",
    )  # fmt: skip
    if st.button("Delete for good", key="delete-confirm", type="primary"):
        with state.door("delete the video"):
            for video in videos:
                remove_video(video.id, withdraw)
            _answered()


def remove_video(video_id: int, withdraw: bool) -> None:
    """Forget its rows, stop its work, then remove its files: a crash in between leaves files, never rows without."""
    runs = spotting.list_runs(state.database(), video_id)
    by = state.identity().annotator_id
    paths = library.delete_video(state.database(), video_id, withdraw, by)
    queueing.cancel(queueing.IMPORTING, video_id, state.settings())
    for run in runs:
        queueing.cancel(queueing.SPOTTING, run.id, state.settings())
    state.remove_files(paths)


@st.dialog("Imported signals", on_dismiss=forget_question)
def signals_dialog(videos: Sequence[VideoDetails]) -> None:
    """Bring measurements of another program, or take them away."""
    signals_panel(videos[0])


@st.dialog("Choose the person", on_dismiss=forget_question)
def person_dialog(videos: Sequence[VideoDetails]) -> None:
    """Which face is analysed when several are seen: a rule, or a point in the picture."""
    video = videos[0]
    st.markdown(
        f"When several faces are seen in **{wording.escaped(video.title)}**, one is analysed and followed. "
        "Changing the choice does not change what was spotted before: spot again afterwards."
    )
    chosen = video.person or {}  # {"frame", "point": [x, y]}, as spotcore.person reads it
    frame = st.slider("Frame", 0, max(video.frame_count - 1, 1), chosen.get("frame", 0), key="person-frame")
    frame = min(frame, video.frame_count - 1)
    middle = chosen.get("point") if chosen.get("frame") == frame else None
    clicked = point_picker(
        f"/api/videos/{video.id}/thumbnail?frame={frame}&token={state.token()}",
        "Click on the face to analyse", frame, video.width, video.height, middle, key=f"person-point-{video.id}",
    )  # fmt: skip
    st.caption("Click on the face to analyse." if not chosen else f"A face in frame {chosen['frame']} is followed.")
    save, reset = st.columns(2)
    if save.button("Follow this face", key="person-save", type="primary", disabled=clicked is None):
        with state.door("save the choice"):
            at, x, y = clicked
            library.set_person(state.database(), video.id, {"frame": at, "point": [x, y]})
            _answered()
    if reset.button("Follow the largest face", key="person-reset", disabled=not chosen):
        with state.door("save the choice"):
            library.set_person(state.database(), video.id, None)
            _answered()
