"""Training: start a job on a frozen label set, and watch it learn."""

from __future__ import annotations

import streamlit as st

from webapp import queueing, state, wording
from webapp.components.job_view import RUNNING, job_view
from webapp.services import label_sets, registry, training

PRESETS = {
    "quick": "Quick: minutes on two cores, to see whether the labels teach anything",
    "paper": "Paper: the published settings, 100 epochs",
}
# Times are measured: one hour of 30 fps video on two cores, the network alone.
ARCHITECTURES = {
    "spot_gcn": "SpoT-GCN: 71,434 parameters, 9 s per hour of video",
    "dilated": "Dilated: 59,290 parameters, 0.3 s per hour of video",
    "spotformer": "SpotFormer: 3,168,522 parameters, 12 minutes per hour of video",
}
# What to expect of each choice, under the form.
ADVICE = {
    ("spot_gcn", "quick"): "A graph network over ten facial regions, as published. A good first choice.",
    ("spot_gcn", "paper"): "As published; with more than a few clips, leave it running overnight without a GPU.",
    ("dilated", "quick"): "A small network of ours, not from a paper. It trains and spots fastest.",
    ("dilated", "paper"): "A small network of ours, trained as long as the papers train theirs.",
    ("spotformer", "quick"): "A transformer over the regions, cut down to width 64 (the figures above are those of the "
    "full size) so that two cores finish within minutes to an hour. Needs more labels than the others.",
    ("spotformer", "paper"): "A transformer at full size, as published. Days without a GPU.",
}
REFRESH_SECONDS = 2.0
SCRATCH = 0  # no version has this id


def page() -> None:
    st.title("Training")
    state.defaults()  # what comes with Glint is registered, and learning goes on from it
    sets = label_sets.list_label_sets(state.database(), state.study_id())
    jobs = training.list_jobs(state.database(), state.study_id())
    if not sets:
        st.info("There is nothing to train on yet: freeze a label set first.")
        if st.button("To the label sets", key="to-label-sets", type="primary"):
            st.switch_page("app_pages/label_sets.py")
    if jobs:
        chosen_job(jobs)
    if sets:
        with st.expander("Start a training job", expanded=not jobs, icon=":material/add:", key="new-job"):
            new_job(sets)


def chosen_job(jobs: tuple[training.TrainingJob, ...]) -> None:
    """The newest job, or the one chosen; it refreshes itself while it runs."""
    names = {job.id: f"Job {job.id}: {job.architecture} on {job.label_set}, {job.state}" for job in jobs}
    ids = list(names)
    wanted = st.session_state.pop("show-job", None)
    if wanted in ids:
        st.session_state["job"] = wanted
    chosen = st.selectbox("Job", ids, key="job", format_func=names.get)
    running = next(job for job in jobs if job.id == chosen).state in RUNNING
    st.fragment(job_view, run_every=REFRESH_SECONDS if running else None)(chosen, running)


def new_job(sets: tuple[label_sets.LabelSetRow, ...]) -> None:
    """The form; what speaks against a set is said by the service when the job is made."""
    set_names = {row.id: f"{row.name} ({wording.count(row.macro, 'macro')}, {wording.count(row.micro, 'micro')}, "
                         f"{wording.count(row.subjects, 'subject')})" for row in sets}  # fmt: skip
    left, right = st.columns(2)
    label_set = left.selectbox("Label set", list(set_names), key="label-set", format_func=set_names.get)
    starts, names = start_choices()
    start = right.selectbox("Start from", starts, key="warm-start", format_func=names.get)
    wish = going_on(start) if start != SCRATCH else from_scratch(left, right)
    if st.button("Start training", key="start-training", type="primary"):
        with state.door("start the training"):
            job_id = training.create_job(
                state.database(), label_set, **wish, settings={}, warm_start=start or None,
                created_by=state.identity().annotator_id,
            )  # fmt: skip
            queueing.enqueue_training(job_id, state.settings())
            st.session_state["show-job"] = job_id
            st.rerun()


def start_choices() -> tuple[list[int], dict[int, str]]:
    """Versions that learning can go on from, the champion first, then "from scratch"."""
    versions = [v for v in registry.list_versions(state.database(), state.study_id()) if training.can_start(v)]
    champion = registry.champion(state.database()).id
    versions.sort(key=lambda version: version.id != champion)
    names = {version.id: wording.version_name(version) for version in versions}
    return [*names, SCRATCH], names | {SCRATCH: "From scratch"}


def going_on(start: int) -> dict[str, str]:
    """Go on from a version: its architecture, the preset that guards what it knows."""
    version = registry.get_version(state.database(), start)
    st.caption(
        f"Goes on learning from {wording.escaped(version.name)}, in its architecture ({version.architecture}): minutes "
        "for twenty short clips on two cores. What it knew is guarded: the new weights are pulled towards the "
        "old ones, the validation subjects choose how far to go, a type with fewer than 10 events keeps its head, and "
        "the test subjects say whether the result is any better."
    )
    return {"architecture": version.architecture, "preset": training.TUNE}


def from_scratch(left, right) -> dict[str, str]:
    """Architecture and preset of a network that knows nothing yet."""
    architecture = right.selectbox(
        "Architecture", list(ARCHITECTURES), key="architecture", format_func=ARCHITECTURES.get
    )
    preset = left.radio("Preset", list(PRESETS), key="preset", format_func=PRESETS.get)
    st.caption(ADVICE[architecture, preset])
    return {"architecture": architecture, "preset": preset}


with state.door("show the training jobs"):
    page()
