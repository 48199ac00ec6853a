"""What the writers and readers of other programs' formats work with: labels, their videos, and the videos' clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from webapp.exchange.clock import Clock
from webapp.exchange.label_rows import BadTable, Row
from webapp.services.outside_labels import OutsideLabel, Target

Rows = list[tuple[str, Row]]
"""Where a row stands in its file, and its cells as `label_rows` reads them."""


@dataclass(frozen=True)
class Material:
    """Labels to write.

    Attributes:
        study: name of the study.
        labels: in the order of title, annotator and onset.
        videos: title -> video, also those without a label.
        clock: title -> when the frames of that video are shown.
        made_at: when it was written.
    """

    study: str
    labels: Sequence[OutsideLabel]
    videos: Mapping[str, Target]
    clock: Callable[[str], Clock]
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def by_video(self) -> dict[str, list[OutsideLabel]]:
        """Title -> its labels, every video of the study in order of title."""
        found: dict[str, list[OutsideLabel]] = {title: [] for title in sorted(self.videos)}
        for label in self.labels:
            found[label.video].append(label)
        return found

    def annotators(self) -> list[str]:
        return sorted({label.annotator for label in self.labels})


def lanes(labels: Iterable[OutsideLabel]) -> list[list[OutsideLabel]]:
    """Labels spread over as few lists as let none overlap another, for formats that allow no overlap."""
    found: list[list[OutsideLabel]] = []
    for label in sorted(labels, key=lambda one: (one.onset, one.offset, one.type)):
        free = next((lane for lane in found if lane[-1].offset < label.onset), None)
        if free is None:
            found.append([label])
        else:
            free.append(label)
    return found


@dataclass(frozen=True)
class Source:
    """A file to read.

    Attributes:
        name: file name, for messages and for formats that name their video by it.
        data: its bytes.
        videos: title -> video of the study.
        clock: title -> when the frames of that video are shown.
        notes: what a reader had to decide, added by it: sentences for who looks at the preview.
    """

    name: str
    data: bytes
    videos: Mapping[str, Target]
    clock: Callable[[str], Clock]
    notes: list[str] = field(default_factory=list)

    def video_named(self, text: str, where: str) -> Target:
        """The video that a path, file name or title means.

        Raises:
            BadTable: none or several do.
        """
        wanted = text.replace("\\", "/").rsplit("/", 1)[-1].strip()
        if wanted in self.videos:
            return self.videos[wanted]
        stem = _stem(wanted)
        found = [video for title, video in sorted(self.videos.items()) if stem in (title, _stem(title))]
        if len(found) == 1:
            return found[0]
        trouble = "several imported videos have" if found else "no imported video has"
        raise BadTable([f"{where}: {trouble} the title {wanted[:200]!r}"])


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0] if "." in name else name
