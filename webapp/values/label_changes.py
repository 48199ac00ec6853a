"""What two label sets hold differently, and what became of an exported one."""

from __future__ import annotations

from dataclasses import dataclass, fields

from webapp.values.label_sets import LabelledInterval


@dataclass(frozen=True)
class IntervalChange:
    """One label that differs; `before` is None for an added one, `after` for a removed one."""

    video_id: int
    title: str
    before: LabelledInterval | None
    after: LabelledInterval | None

    @property
    def kind(self) -> str:
        if self.before is None or self.after is None:
            return "added" if self.before is None else "removed"
        return "changed"

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """Names of what changed in a changed label."""
        if self.before is None or self.after is None:
            return ()
        names = [f.name for f in fields(LabelledInterval) if f.name != "origin"]
        return tuple(name for name in names if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True)
class LabelSetDifference:
    """From the first set to the second.

    Attributes:
        subjects_added, subjects_removed: codes.
        role_conflicts: (subject, role in the first, role in the second) where a person changed sides: what one set
            trains on the other tests on.
        videos_added, videos_removed: titles.
        footage_changed: titles of videos of which other frames were reviewed.
        intervals: labels of the videos that both hold.
        unchanged: number of labels that both hold alike.
    """

    subjects_added: tuple[str, ...]
    subjects_removed: tuple[str, ...]
    role_conflicts: tuple[tuple[str, str, str], ...]
    videos_added: tuple[str, ...]
    videos_removed: tuple[str, ...]
    footage_changed: tuple[str, ...]
    intervals: tuple[IntervalChange, ...]
    unchanged: int

    @property
    def equal(self) -> bool:
        return not (self.subjects_added or self.subjects_removed or self.role_conflicts or self.videos_added
                    or self.videos_removed or self.footage_changed or self.intervals)  # fmt: skip


@dataclass(frozen=True)
class Verified:
    """An exported label set, checked.

    Attributes:
        name: of the set in the file.
        problems: sentences about what does not fit; empty for a file that is as it was written.
        withdrawn: videos that had been taken out of the set before it was exported: the hash of the whole set cannot
            be checked then, that of the file can.
        here: names of this study's label sets with the same content.
    """

    name: str
    content_hash: str
    videos: int
    intervals: int
    problems: tuple[str, ...]
    withdrawn: int
    here: tuple[str, ...]
