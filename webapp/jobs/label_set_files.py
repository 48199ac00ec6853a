"""A frozen label set as files that training and scoring read: its manifest, and the traces of its videos."""

from __future__ import annotations

import json
from pathlib import Path

from spotcore.manifest import Manifest
from webapp.jobs.context import Progress, current
from webapp.jobs.spot_video import traces_of
from webapp.services import label_sets, library


def write_manifest(label_set_id: int, path: Path, progress: Progress) -> Manifest:
    """Write the manifest of a label set, measuring traces that are not there; repeating it writes the same."""
    context = current()
    details = label_sets.get_label_set(context.database, label_set_id)
    features: dict[int, str] = {}
    count = len(details.videos)
    for number, labelled in enumerate(details.videos):
        video = library.get_video(context.database, labelled.video_id)

        def within(done: int, total: int, number: int = number) -> None:
            progress(round(1000 * (number + done / max(total, 1))), 1000 * count)

        features[labelled.video_id] = str(traces_of(video, within))
    document = label_sets.manifest(context.database, label_set_id, features)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(path)
    return Manifest.load(path)  # what training would refuse is said here
