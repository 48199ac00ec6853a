"""A frozen label set as files that training and scoring read: its manifest, and the traces of its videos.

The manifest names traces relative to itself, so that it means the same in every data folder.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from spotcore.manifest import Manifest, ManifestVideo
from webapp.jobs.context import Progress, current
from webapp.jobs.spot_video import traces_of
from webapp.services import label_sets, library

MANIFEST = "manifest.json"  # in the folder of a job


def write_manifest(label_set_id: int, path: Path, progress: Progress) -> str:
    """Write the manifest of a label set, measuring traces that are not there; repeating it writes the same.

    Returns:
        its stored path, for `read_manifest`.
    """
    context = current()
    details = label_sets.get_label_set(context.database, label_set_id)
    features: dict[int, str] = {}
    count = len(details.videos)
    for number, labelled in enumerate(details.videos):
        video = library.get_video(context.database, labelled.video_id)

        def within(done: int, total: int, number: int = number) -> None:
            progress(round(1000 * (number + done / max(total, 1))), 1000 * count)

        features[labelled.video_id] = os.path.relpath(traces_of(video, within), path.parent)
    document = label_sets.manifest(context.database, label_set_id, features)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(path)
    Manifest.load(path)  # what training would refuse is said here
    return context.settings.stored(path)


def read_manifest(stored: str) -> Manifest:
    """The manifest with its trace files here, whichever worker has gathered them in whatever data folder."""
    manifest = Manifest.load(current().settings.newest(stored))
    return replace(manifest, videos=tuple(map(_with_traces, manifest.videos)))


def _with_traces(video: ManifestVideo) -> ManifestVideo:
    settings = current().settings
    path, root = Path(os.path.normpath(video.features)), settings.data_dir.resolve()
    if not path.is_relative_to(root):
        return video
    return replace(video, features=settings.located(path.relative_to(root).as_posix()))
