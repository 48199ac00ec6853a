"""What one frozen label set tells on demand: where its labels come from, how it differs from another, its file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from webapp import state, wording
from webapp.components.on_demand import on_demand
from webapp.services import adjudication, label_access, label_archive, label_difference, label_sets
from webapp.services import names as names_of
from webapp.services.label_sets import LabelSetRow
from webapp.values.label_changes import IntervalChange, LabelSetDifference

MOST_ROWS = 1000


def finding_text(finding: label_sets.Finding) -> str:
    """A finding as Markdown, with a link to what it is about."""
    text = wording.escaped(finding.message)
    if finding.video_id is None:
        return text
    place = f"video={finding.video_id}" + (f"&interval={finding.interval_id}" if finding.interval_id else "")
    return f"{text} [Look](/review?{place})"


def compared(row: LabelSetRow, others: Sequence[LabelSetRow]) -> None:
    """Choose another set and see what this one holds differently."""
    names = {other.id: other.name for other in others if other.id != row.id}
    if not names:
        return
    other_id = st.selectbox("What changed since", list(names), None, key=f"since-{row.id}", format_func=names.get)
    if other_id is None:
        return
    with state.door("compare the label sets"):
        found = on_demand(
            f"differ-{row.id}", lambda: label_difference.differ(state.database(), other_id, row.id), other_id, row.id
        )
        if found is not None:
            difference(found, row.id)


def difference(found: LabelSetDifference, key: int) -> None:
    """Subjects, videos and labels, added, removed and changed."""
    if found.equal:
        st.caption("Both sets hold the same.")
        return
    for code, before, after in found.role_conflicts:
        st.error(
            f"{wording.escaped(code)} is in the role {before} there and in the role {after} here: scores of models "
            "from the two sets do not compare.",
            icon=":material/warning:",
        )
    for what, titles in (
        ("Subjects added", found.subjects_added),
        ("Subjects removed", found.subjects_removed),
        ("Videos added", found.videos_added),
        ("Videos removed", found.videos_removed),
        ("Other frames reviewed in", found.footage_changed),
    ):
        if titles:
            shown = ", ".join(wording.escaped(title) for title in titles[:12])
            more = f" and {len(titles) - 12} more" if len(titles) > 12 else ""
            st.markdown(f"{what}: **{len(titles):,}** · {shown}{more}")
    kinds = [change.kind for change in found.intervals]
    counts = ", ".join(f"{kinds.count(kind):,} {kind}" for kind in ("added", "removed", "changed") if kind in kinds)
    st.markdown(f"Labels of videos that both hold: **{counts or 'none changed'}**, {found.unchanged:,} alike")
    if found.intervals:
        rows = [_change(change) for change in found.intervals[:MOST_ROWS]]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key=f"changes-{key}", height=min(38 + 35 * len(rows), 320))


def _change(change: IntervalChange) -> dict[str, str]:
    return {
        "what": change.kind,
        "video": change.title,
        "before": _said(change.before),
        "after": _said(change.after),
        "changed": ", ".join(name.replace("_", " ") for name in change.changed_fields),
    }


def _said(label: label_sets.LabelledInterval | None) -> str:
    if label is None:
        return ""
    reason = f" ({label.reason})" if label.reason else ""
    return f"{label.type} {label.onset}–{label.offset}, {label.verdict}{reason}"


def provenance(details: label_sets.LabelSetDetails) -> None:
    """Who decided each label when, on whose proposal, or who adjudicated it from whom."""
    names = names_of.annotators(state.database())
    versions = names_of.versions(state.database())
    labels = [i.origin.annotation_id for video in details.videos for i in video.intervals if i.origin]
    adjudicated = adjudication.provenance(state.database(), labels[:MOST_ROWS])
    rows = [
        {
            "video": video.title, "label": _said(i),
            "decided by": _decided_by(i, names, adjudicated),
            "when": wording.moment(i.origin.decided_at) if i.origin else "",
            "proposed by": versions.get(i.origin.model_version_id, "nobody") if i.origin else "",
        }
        for video in details.videos
        for i in video.intervals
    ]  # fmt: skip
    if rows:
        st.dataframe(pd.DataFrame(rows[:MOST_ROWS]), hide_index=True, key=f"origins-{details.id}",
                     height=min(38 + 35 * len(rows), 320))  # fmt: skip
    if len(rows) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} of {len(rows):,} labels; the exported file holds all.")


def _decided_by(label: label_sets.LabelledInterval, names: Mapping[int, str], adjudicated: Mapping[str, str]) -> str:
    if label.origin is None:
        return "not recorded"
    return adjudicated.get(label.origin.annotation_id) or names.get(label.origin.decided_by, "")


def export(row: LabelSetRow) -> None:
    """The set as one file, with everything its hash covers; for leads, like every export of others' labels."""
    # Asked for here: the file is made by a thread that belongs to no page.
    database, me = state.database(), state.identity()

    def made() -> str:
        label_access.note_export(database, me.study_id, me.annotator_id, "label set", "", label_set=row.name)
        return json.dumps(label_archive.archive(database, row.id), indent=1, ensure_ascii=False)

    st.download_button(  # made when it is asked for: a large set takes seconds
        "Export as JSON",
        made,
        f"glint-label-set-{row.id}.json", "application/json", key=f"export-{row.id}", on_click="ignore",
        icon=":material/download:",
        help="The manifest that trainings read, all labels that the hash covers, and who decided them.",
    )  # fmt: skip


def check_file() -> None:
    """An exported file against its hash, and against the sets that are here."""
    with st.expander("Check an exported file", key="check-file"):
        file = st.file_uploader("Exported label set", ["json"], key="archive")
        if file is None:
            return
        with state.door("read the file"):
            found = label_archive.verify(state.database(), state.study_id(), file.getvalue())
            for problem in found.problems:
                st.error(problem, icon=":material/error:")
            if not found.problems:
                st.success(
                    f"{wording.escaped(found.name)} is as it was exported: {wording.count(found.videos, 'video')}, "
                    f"{wording.count(found.intervals, 'label')}, content hash {found.content_hash[:16]}.",
                    icon=":material/check:",
                )
            if found.withdrawn:
                st.caption(f"{wording.count(found.withdrawn, 'video')} had been withdrawn before the export.")
            same = ", ".join(wording.escaped(name) for name in found.here)
            st.caption(
                f"The same content is here as {same}." if same else "No label set of this study has this content."
            )
