"""The manifest: everything a training run needs, as one JSON file, so that it can be repeated without a database.

Videos with subject, role, trace file, reviewed spans, intervals and rejected proposals; frames are ORIGINAL frame
numbers, 0-based, both ends included. Free of torch.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spotcore.errors import InvalidFile, InvalidInterval
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.splits import ROLES

MANIFEST_FORMAT = "glint-manifest/1"
Span = tuple[int, int]


@dataclass(frozen=True)
class Rejected:
    """A proposal that a person rejected, and why ("blink", "speech", "head motion", "other")."""

    interval: Interval
    reason: str


@dataclass(frozen=True)
class ManifestVideo:
    """One video.

    Attributes:
        id: unique within the manifest, any text.
        features: path of the trace file, absolute after loading.
        frame_count, fps: of the original video.
        reviewed: spans of frames that somebody looked through; all else is unknown, not empty.
        unsure: spans that nobody may learn from or be scored on.
        intervals: true expressions.
        rejected: proposals that were none.
    """

    id: str
    title: str
    subject: str
    role: str
    features: Path
    frame_count: int
    fps: float
    reviewed: tuple[Span, ...] = ()
    unsure: tuple[Span, ...] = ()
    intervals: tuple[Interval, ...] = ()
    rejected: tuple[Rejected, ...] = ()

    def problems(self) -> list[str]:
        """Sentences about what is wrong; empty when all is well."""
        found = []
        if self.role not in ROLES:
            found.append(f"the role is {self.role!r} instead of {', '.join(ROLES)}")
        if not self.subject:
            found.append("no subject is named")
        if self.frame_count < 1 or not self.fps > 0:
            found.append(f"expected frames and a rate, got {self.frame_count} frames at {self.fps} per second")
        last = self.frame_count - 1
        for name in ("reviewed", "unsure"):
            wrong = [span for span in getattr(self, name) if not 0 <= span[0] <= span[1] <= last]
            found += [f"the {name} span {first}-{end} is not inside frames 0-{last}" for first, end in wrong]
        for name, intervals in (("interval", self.intervals), ("rejected", [r.interval for r in self.rejected])):
            found += [
                f"the {name} {i.type} {i.onset}-{i.offset} is not inside frames 0-{last}"
                for i in intervals
                if i.offset > last
            ]
        return found


@dataclass(frozen=True)
class Manifest:
    """A label set as training reads it.

    Raises:
        InvalidFile: two videos share an id, a subject has two roles, or a video is wrong in itself.
    """

    name: str
    videos: tuple[ManifestVideo, ...]
    label_set_hash: str = ""

    def __post_init__(self) -> None:
        found = [f"video {v.id} ({v.title}): {problem}" for v in self.videos for problem in v.problems()]
        counts = Counter(video.id for video in self.videos)
        found += [f"the id {id} belongs to {n} videos" for id, n in counts.items() if n > 1]
        roles: dict[str, set[str]] = {}
        for video in self.videos:
            roles.setdefault(video.subject, set()).add(video.role)
        found += [f"subject {s} has the roles {', '.join(sorted(r))}" for s, r in roles.items() if len(r) > 1]
        if found:
            raise InvalidFile(f"manifest {self.name}: " + "; ".join(found))

    def roles(self) -> dict[str, str]:
        """Subject -> role."""
        return {video.subject: video.role for video in self.videos}

    def of_role(self, role: str) -> tuple[ManifestVideo, ...]:
        """Videos of the subjects in this role."""
        return tuple(video for video in self.videos if video.role == role)

    def event_counts(self, role: str) -> dict[str, int]:
        """Expression type -> number of events among the videos of a role."""
        types = [interval.type for video in self.of_role(role) for interval in video.intervals]
        return {kind: types.count(kind) for kind in EXPRESSION_TYPES}

    @classmethod
    def load(cls, path: Path | str) -> Manifest:
        """Read and check; relative feature paths are taken from the folder of the manifest.

        Raises:
            InvalidFile: not a manifest, of another format version, or contradicting itself.
        """
        path = Path(path)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidFile(f"{path}: expected a manifest ({MANIFEST_FORMAT}), reading it failed: {error}") from error
        return cls.from_dict(data, str(path), path.resolve().parent)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], where: str, folder: Path) -> Manifest:
        """The manifest of parsed JSON; `where` names it in messages, `folder` is where relative paths start."""
        if not isinstance(data, Mapping) or data.get("format") != MANIFEST_FORMAT:
            got = data.get("format") if isinstance(data, Mapping) else type(data).__name__
            raise InvalidFile(f"{where}: expected the format {MANIFEST_FORMAT}, got {got!r}")
        videos = []
        for number, entry in enumerate(data.get("videos", [])):
            try:
                videos.append(_video(entry, folder))
            except InvalidInterval as error:
                raise InvalidFile(f"{where}, video {number} ({entry.get('title')}): {error}") from error
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise InvalidFile(f"{where}, video {number}: missing or malformed entry ({error!r})") from error
        return cls(str(data.get("name", "")), tuple(videos), str(data.get("label_set_hash") or ""))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, feature paths as they are."""
        return {
            "format": MANIFEST_FORMAT,
            "name": self.name,
            "label_set_hash": self.label_set_hash,
            "videos": [_entry(video) for video in self.videos],
        }

    def save(self, path: Path | str) -> None:
        """Write atomically."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(self.as_dict(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)


def _video(entry: Mapping[str, Any], folder: Path) -> ManifestVideo:
    return ManifestVideo(
        id=str(entry["id"]),
        title=str(entry.get("title", entry["id"])),
        subject=str(entry["subject"]),
        role=str(entry["role"]),
        features=folder / str(entry["features"]),
        frame_count=int(entry["frame_count"]),
        fps=float(entry["fps"]),
        reviewed=_spans(entry.get("reviewed", [])),
        unsure=_spans(entry.get("unsure", [])),
        intervals=tuple(_interval(i) for i in entry.get("intervals", [])),
        rejected=tuple(Rejected(_interval(i), str(i.get("reason") or "other")) for i in entry.get("rejected", [])),
    )


def _spans(values: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((int(first), int(last)) for first, last in values)


def _interval(entry: Mapping[str, Any]) -> Interval:
    apex = entry.get("apex")
    return Interval(int(entry["onset"]), int(entry["offset"]), entry["type"], None if apex is None else int(apex))


def _entry(video: ManifestVideo) -> dict[str, Any]:
    def plain(i: Interval) -> dict[str, Any]:
        return {"type": i.type, "onset": i.onset, "apex": i.apex, "offset": i.offset}

    return {
        "id": video.id,
        "title": video.title,
        "subject": video.subject,
        "role": video.role,
        "features": str(video.features),
        "frame_count": video.frame_count,
        "fps": video.fps,
        "reviewed": [list(span) for span in video.reviewed],
        "unsure": [list(span) for span in video.unsure],
        "intervals": [plain(i) for i in video.intervals],
        "rejected": [plain(r.interval) | {"reason": r.reason} for r in video.rejected],
    }
