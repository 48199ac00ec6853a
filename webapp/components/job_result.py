"""What came of a job, by kind: figures, failed videos, the report to take home, and the next step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from webapp import morning_report, state, wording
from webapp.services import jobs, library
from webapp.values import jobs as kinds
from webapp.values.jobs import Job

CHOICES = {
    "nested": "epoch and thresholds chosen on other subjects: the figure to quote",
    "baseline": "training-free baseline on the same videos",
}


def job_result(job: Job, may_act: bool) -> None:
    """Draw the result, or what is finished of it."""
    if job.result is None:
        return
    if job.result.get("erased_at"):
        st.caption(":material/person_off: A video that this job looked at was erased since; the report went with it.")
    _DRAW[job.kind](job, may_act)
    report = job.result.get("report")
    if report and may_act:  # it names intervals that a blind coder must not see yet
        path = state.settings().newest(f"{jobs.folder_name(job.id)}/{report}")
        if path.exists():
            st.download_button(
                "Report", path.read_bytes(), f"glint-job-{job.id}.html", "text/html", key=f"report-{job.id}",
                on_click="ignore", icon=":material/download:", help="One page for any browser, without a network",
            )  # fmt: skip


def _tonight(job: Job, may_act: bool) -> None:
    advice = job.part("advice")
    if advice:
        show = st.success if advice["promote"] else st.info
        show(wording.escaped(advice["sentence"]), icon=":material/wb_sunny:")
    if job.part("freeze").get("name"):
        st.markdown(wording.escaped(morning_report.frozen_words(job.part("freeze"))))
    if job.part("train"):
        st.markdown(wording.escaped(morning_report.trained_words(job.part("train"))))
    _comparison(job)
    _spotted(job)
    times = [f"{name.lower()} {took}" for name, took in morning_report.time_rows(job)]
    if times:
        st.caption(f"How long it took: {', '.join(times)}.")
    version = job.part("train").get("version_id")
    if version is not None and st.button("See the new version", key=f"version-{job.id}"):
        st.session_state["show-version"] = version
        st.switch_page("app_pages/models.py")


def _compare(job: Job, may_act: bool) -> None:
    _comparison(job)


def _comparison(job: Job) -> None:
    found = job.part("compare")
    if "paired" not in found:
        return
    head = ("type", found["first"], found["second"], "gain", "verdict")
    rows = [dict(zip(head, row, strict=True)) for row in morning_report.score_rows(found)]
    st.dataframe(rows, hide_index=True, key=f"paired-{job.id}")
    st.caption(wording.escaped(morning_report.on_words(found)))
    counts = Counter(flip["kind"] for flip in found["flips"])
    flipped = ", ".join(f"{count} × {kind}" for kind, count in counts.items()) or "none"
    st.markdown(f"Intervals that flipped: {flipped}.")
    if st.button("Look at them", key=f"flips-{job.id}", disabled=not counts):
        st.session_state["first"], st.session_state["second"] = found["first_id"], found["second_id"]
        st.switch_page("app_pages/compare.py")


def _spot_library(job: Job, may_act: bool) -> None:
    _spotted(job)


def _spotted(job: Job) -> None:
    part = job.part("spot")
    if "done" not in part:
        return
    failed: Sequence[Mapping[str, Any]] = part["failed"]
    st.markdown(f"{wording.count(part['done'], 'video')} spotted, {len(failed) or 'none'} failed.")
    if failed:
        titles = library.ready_videos(state.database(), job.study_id)
        rows = [{"video": titles.get(one["video_id"], "erased"), "why": one["reason"]} for one in failed]
        st.dataframe(rows, hide_index=True, key=f"failed-{job.id}")


def _loso(job: Job, may_act: bool) -> None:
    if "results" not in job.result:
        return
    rows = []
    for name, meaning in CHOICES.items():
        if name in job.result["results"]:
            found = job.result["results"][name]
            rows.append({"": name} | {
                kind: wording.score(found["scores"][kind]["f1"], *found["f1_range_95"][kind])
                for kind in ("overall", "macro", "micro")
            } | {"what it is": meaning})  # fmt: skip
    st.dataframe(rows, hide_index=True, key=f"loso-{job.id}")
    st.caption(f"F1 with 95 % intervals over subjects. {wording.escaped(job.result['about'])}")


def _seeded(job: Job, may_act: bool) -> None:
    if "sentence" not in job.result:
        return
    st.markdown(wording.sentence(job.result["sentence"]))
    st.caption("Amplitudes are in per cent of the distance between the eyes.")
    if st.button("See it by amplitude", key=f"ladder-{job.id}"):
        st.switch_page("app_pages/seeded.py")


def _benchmark(job: Job, may_act: bool) -> None:
    if "labels" not in job.result:
        return
    found = job.result
    st.markdown(
        f"{wording.count(found['videos'], 'video')}, {wording.count(found['labels'], 'label')}: "
        f"{found['macro']:,} macro, {found['micro']:,} micro."
    )
    for sentence in found["sheet"]:
        st.caption(wording.escaped(f"The sheet: {sentence}."))
    if found["notes"]:
        titles = library.ready_videos(state.database(), job.study_id)
        rows = [{"video": titles.get(one["video_id"], "not here"), "what": one["what"]} for one in found["notes"]]
        st.dataframe(rows, hide_index=True, key=f"notes-{job.id}")


def _clips(job: Job, may_act: bool) -> None:
    if "file" not in job.result:
        return
    left_out = sum(one["labels"] for one in job.result["left_out"])
    st.markdown(f"{wording.count(job.result['cut'], 'expression')} cut, {left_out or 'none'} left out.")
    stored = f"{jobs.folder_name(job.id)}/{job.result['file']}"
    path = state.settings().located(stored)
    if may_act and path.exists():  # faces, and what others decided
        st.download_button(
            "Download", lambda: path.read_bytes(), f"glint-clips-{job.id}.zip", "application/zip",
            key=f"clips-{job.id}", on_click="ignore", icon=":material/download:",
        )  # fmt: skip


_DRAW: dict[str, Callable[[Job, bool], None]] = {
    kinds.TONIGHT: _tonight, kinds.COMPARE: _compare, kinds.SPOT_LIBRARY: _spot_library, kinds.LOSO: _loso,
    kinds.SEEDED_RECALL: _seeded, kinds.BENCHMARK: _benchmark, kinds.CLIPS: _clips,
}  # fmt: skip
