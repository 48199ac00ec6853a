"""Review: which video, run and sensitivity; the reviewing surface; the whole-video overview below it.

The surface saves decisions by itself (`components/review.py`); this page chooses what it shows. The place lives in the
address, so that a reload or a link comes back to it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from spotcore.frame_table import FrameTable
from spotcore.probabilities import Curves, load_curves
from webapp import state, wording
from webapp.components import adjudication_view
from webapp.components.overview import Mark, extremes, overview_chart
from webapp.components.review import curve_thresholds, review_surface
from webapp.services import blindness, library, next_videos, places, reviewing, spotting
from webapp.services.errors import ServiceError
from webapp.services.library import VideoDetails
from webapp.services.reviewing import ReviewState
from webapp.services.spotting import RunDetails

RATES = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0, 40.0)
_NAMED = {1.0: "strict", 6.0: "review"}
_WAITING = ("queued", "running")

# The surface fills the window, so this page has no title and little margin.
STYLE = """<style>
.stMainBlockContainer { max-width: none; padding: 4.1rem 1rem 1rem; }
.stMainBlockContainer > div > .stVerticalBlock { gap: .5rem; }
</style>"""


def page() -> None:
    st.html(STYLE)
    video = chosen_video()
    if video is None:
        return
    if pair := adjudication_view.asked_pair():
        adjudicating(video, pair)
        return
    blind = blindness.open_video(state.database(), video.id, state.identity().annotator_id)
    runs = [] if blind else [run for run in spotting.list_runs(state.database(), video.id) if run.state == "done"]
    run = chosen_run(runs)
    left, middle, right = st.columns([5, 4, 5], vertical_alignment="center")
    with left, st.container(horizontal=True, vertical_alignment="center", gap="small"):
        video_box(video)
        next_button(video)
    with middle:
        if blind:
            blind_box()
        else:
            run_box(video, run, runs)
    with right:
        set_id, found = sensitivity(video, run)
    curves = _curves(str(state.settings().located(run.curves_path)), run.id) if run and run.curves_path else None
    shown = next((s.false_alarms for s in found.sets if s.id == set_id), None)
    thresholds = curve_thresholds(curves, shown) if curves is not None and shown else {}
    review_surface(
        state.token(),
        found.annotator_id,
        video.id,
        run.id if run else None,
        set_id,
        run.model_version_id if run else None,
        thresholds,
        key=f"review-{video.id}",
    )
    overview(video, curves, found, thresholds)


def adjudicating(video: VideoDetails, pair: tuple[int, int]) -> None:
    """The surface between two coders, above the curves of the newest run."""
    found = adjudication_view.begin(video, pair)
    if found is None:
        return
    adjudication_view.bar(video, found)
    run = chosen_run([run for run in spotting.list_runs(state.database(), video.id) if run.state == "done"])
    review_surface(
        state.token(), state.identity().annotator_id, video.id, run.id if run else None,
        key=f"adjudicate-{video.id}-{found.first}-{found.second}", adjudicate=(found.first, found.second),
    )  # fmt: skip


def chosen_video() -> VideoDetails | None:
    """The video in the address, else the one where this person stopped last, else the newest one that is ready."""
    wanted = _number("video")
    if wanted is not None:
        try:
            video = library.get_video_of(state.database(), state.study_id(), wanted)
        except ServiceError as error:
            st.error(str(error))
            video = None
        if video is not None and video.state == "ready":
            return video
        if video is not None and video.state == "importing":
            st.info(f"“{wording.escaped(video.title)}” is still being imported.")
        elif video is not None:
            reason = wording.escaped(video.message or "its import failed.")
            st.warning(f"“{wording.escaped(video.title)}” cannot be reviewed: {reason}")
    ready = _ready()
    if wanted is None and ready:
        place = places.last_place(state.database(), state.identity().annotator_id, state.study_id())
        video_id = place.video_id if place else ready[0][0]
        _go(video=video_id)
        return library.get_video(state.database(), video_id)
    if not ready:
        st.info("There is no video to review yet.")
    if st.button("To the videos", key="to-videos", type="primary"):
        st.switch_page("app_pages/videos.py")
    return None


def video_box(video: VideoDetails) -> None:
    titles = dict(_ready())
    titles.setdefault(video.id, video.title)
    key = f"video-{video.id}"
    st.selectbox(
        "Video",
        list(titles),
        index=list(titles).index(video.id),
        format_func=titles.get,
        key=key,
        label_visibility="collapsed",
        on_change=lambda: _go(video=st.session_state[key]),
    )
    if video.message:  # damaged frames, holes, missing pictures: what the import noticed
        st.caption(f":material/info: {wording.sentence(video.message)}")


def next_button(video: VideoDetails) -> None:
    """On to the next video that this person has not reviewed, without a way over the page of the videos."""
    st.button(
        "Next", key="next-video", icon=":material/skip_next:", shortcut="Alt+N", on_click=_next, args=(video.id,),
        help="The next video that you have not reviewed: yours first, then those chosen to be coded next.",
    )  # fmt: skip


def _next(video_id: int) -> None:
    with state.door("find the next video"):
        found = next_videos.next_for(state.database(), state.study_id(), state.identity().annotator_id, video_id)
        if found is None:
            st.toast("You have reviewed every other video of the study.", icon=":material/check:")
        else:
            _go(video=found)


def chosen_run(runs: list[RunDetails]) -> RunDetails | None:
    """The run in the address, else the newest finished one."""
    wanted = _number("run")
    return next((run for run in runs if run.id == wanted), runs[0] if runs else None)


def run_box(video: VideoDetails, run: RunDetails | None, runs: list[RunDetails]) -> None:
    newest = spotting.latest_run(state.database(), video.id, state="")
    if newest is not None and newest.state in _WAITING:
        _spotting_progress(video.id, newest.id)
    elif run is None:
        failed = f": {newest.message}" if newest is not None and newest.message else ""
        st.caption(f"Not spotted{failed or ' yet. Intervals can be added by hand'}.")
    elif len(runs) == 1:
        noticed = f": {run.message}" if run.message else ""  # "no face found", "several faces seen"
        st.caption(wording.escaped(f"Run {run.id}, {run.model}{noticed}"))
    else:
        names = {r.id: f"Run {r.id}, {r.model}" for r in runs}
        key = f"run-{video.id}-{run.id}"
        st.selectbox(
            "Run",
            list(names),
            index=list(names).index(run.id),
            format_func=names.get,
            key=key,
            label_visibility="collapsed",
            on_change=lambda: _go(video=video.id, run=st.session_state[key]),
        )


def blind_box() -> None:
    """In the place of the run, which is withheld like everything it found."""
    st.caption(
        ":material/visibility_off: **Blind:** no proposals until you mark it reviewed",
        help="Your study has a share of the videos coded without the model, to measure what coder and model miss and "
        "how much proposals sway. Afterwards you see what the model found.",
    )


@st.fragment(run_every=2)
def _spotting_progress(video_id: int, run_id: int) -> None:
    run = next((r for r in spotting.list_runs(state.database(), video_id) if r.id == run_id), None)
    if run is None or run.state not in _WAITING:
        st.rerun()
    st.progress(run.progress, text="Waiting to be spotted" if run.state == "queued" else "Spotting")


def sensitivity(video: VideoDetails, run: RunDetails | None) -> tuple[int | None, ReviewState]:
    """Slider of expected false alarms a minute; a new rate decodes the stored probabilities into a new set."""
    database, annotator = state.database(), state.identity().annotator_id
    if run is None:
        return None, reviewing.review_state(database, video.id, annotator)
    sets = {s.id: s.false_alarms for s in spotting.list_sets(database, run.id)}
    wanted = _number("set")
    shown = sets.get(wanted, run.false_alarms)
    options = sorted({*RATES, shown})
    key = f"rate-{run.id}"
    if st.session_state.get(key) not in options:
        st.session_state[key] = shown
    rate = st.select_slider(
        "Expected false alarms a minute",
        options,
        key=key,
        format_func=lambda r: f"≈ {r:g} false alarms/min" + (f", {_NAMED[r]}" if r in _NAMED else ""),
        label_visibility="collapsed",
        help="How often the model may be wrong. More proposals cost a key each; a missed expression costs more.",
    )
    chosen = next((id_ for id_, r in sets.items() if r == rate), None)
    with state.door("decode the probabilities again"):
        if chosen is None:
            state.settings().located(run.curves_path)  # here before it is decoded
            chosen = spotting.decode_again(database, state.settings().located, run.id, rate)
        if chosen != wanted:
            st.query_params["set"] = str(chosen)
            st.query_params["run"] = str(run.id)
    if chosen is None:
        chosen = wanted if wanted in sets else next(iter(sets), None)
    return chosen, reviewing.review_state(database, video.id, annotator, run.id, chosen)


def overview(video: VideoDetails, curves: Curves | None, found: ReviewState, thresholds: dict[str, float]) -> None:
    """Altair chart of the whole video; the surface finds it by its key, draws its window on it and takes its clicks."""
    path = state.settings().located(f"media/{video.id}/frames.npz")
    if not path.is_file():
        return
    times = _timestamps(str(path))
    channels = {k: f"{k}_apex" for k in ("macro", "micro") if curves is not None and f"{k}_apex" in curves.channels}
    parts = {k: _extremes(str(found.run and found.run.id), name, len(times), curves) for k, name in channels.items()}
    chart = overview_chart(parts, _marks(found), times, thresholds)
    with st.container(key=f"overview-{video.id}"):
        st.altair_chart(chart, width="stretch")


def _marks(found: ReviewState) -> list[Mark]:
    marks = [Mark("proposals", p.type, p.onset, p.offset, f"proposal {p.score or 0:.2f}") for p in found.proposals]
    marks += [Mark("mine", a.type, a.onset, a.offset, a.verdict) for a in found.annotations if a.verdict != "rejected"]
    return marks + [Mark("reviewed", "overall", first, last, "reviewed") for first, last in found.reviewed]


def _ready() -> list[tuple[int, str]]:
    return list(library.newest_ready(state.database(), state.study_id()).items())


def _go(**place: int) -> None:
    """Another place: what belongs to the old one leaves the address."""
    st.query_params.from_dict({name: str(value) for name, value in place.items()})


def _number(name: str) -> int | None:
    text = st.query_params.get(name, "")
    # No row has a longer number; the database could not even be asked for it.
    return int(text) if text.isdecimal() and len(text) < 10 else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _curves(path: str, run_id: int) -> Curves | None:
    # The file of a finished run never changes; one that is gone costs the overview, not the page.
    return load_curves(Path(path)) if Path(path).is_file() else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _timestamps(path: str) -> np.ndarray:
    return FrameTable.load(Path(path)).timestamps


@st.cache_resource(max_entries=32, show_spinner=False)
def _extremes(run: str, channel: str, frame_count: int, _curves: Curves):
    return extremes(_curves.frames, _curves.channels[channel], frame_count)


page()
