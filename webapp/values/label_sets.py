"""Label sets before and after freezing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from webapp.values.reviewing import Span

ROLES = ("train", "validation", "test")


@dataclass(frozen=True)
class Finding:
    """Something to know before freezing; a blocking one refuses it. `message` is a sentence for people."""

    level: str  # "blocking" or "warning"
    message: str
    video_id: int | None = None
    interval_id: str | None = None

    @property
    def blocking(self) -> bool:
        return self.level == "blocking"


@dataclass(frozen=True)
class Origin:
    """Where a label comes from: who decided last on what, when, and on whose proposal.

    Attributes:
        annotation_id: the decision, whose whole history stands in the log of operations.
        proposal_id, model_version_id: the proposal it decides and who made it; None for an interval that was added.
        decided_by: annotator.
        decided_at: when the decision was last changed.
    """

    annotation_id: str
    proposal_id: int | None
    model_version_id: int | None
    decided_by: int
    decided_at: datetime


@dataclass(frozen=True)
class LabelledInterval:
    """One decided interval as a label set holds it; `origin` is None in sets frozen before it was kept."""

    type: str
    onset: int
    apex: int | None
    offset: int
    verdict: str
    reason: str | None
    action_units: tuple[str, ...]
    emotion: str
    confidence: float | None
    note: str
    origin: Origin | None = None


@dataclass(frozen=True)
class LabelledVideo:
    """One video as a label set holds it.

    Attributes:
        reviewed: spans that count as looked at: the reviewed ones together with the decided intervals.
        intervals: all verdicts; `truth` leaves only the expressions.
    """

    video_id: int
    title: str
    sha256: str
    subject: str
    role: str
    annotator_id: int
    frame_count: int
    fps: float
    reviewed: tuple[Span, ...]
    intervals: tuple[LabelledInterval, ...]

    @property
    def truth(self) -> tuple[LabelledInterval, ...]:
        return tuple(i for i in self.intervals if i.verdict in ("accepted", "adjusted", "added"))

    @property
    def reviewed_seconds(self) -> float:
        return sum(last - first + 1 for first, last in self.reviewed) / self.fps

    @property
    def empty_seconds(self) -> float:
        """Reviewed footage in which somebody looked and saw no expression: labels too."""
        busy = np.zeros(self.frame_count, bool)
        for interval in self.truth:
            busy[interval.onset : interval.offset + 1] = True
        for interval in self.intervals:
            if interval.verdict == "unsure":
                busy[interval.onset : interval.offset + 1] = True
        return sum(int((~busy[first : last + 1]).sum()) for first, last in self.reviewed) / self.fps


@dataclass(frozen=True)
class LabelSetSubject:
    """A person in a label set (or its preview): the counts are over that person's videos.

    `role_is_kept` is true when an earlier label set gave the role: it cannot be chosen any more.
    """

    code: str
    role: str
    role_is_kept: bool
    videos: int
    reviewed_seconds: float
    macro: int
    micro: int
    rejected: int
    unsure: int
    empty_seconds: float = 0.0


@dataclass(frozen=True)
class LabelSetPreview:
    """What freezing now would hold, in which roles, and what speaks against it."""

    subjects: tuple[LabelSetSubject, ...]
    videos: tuple[LabelledVideo, ...]
    findings: tuple[Finding, ...]

    @property
    def roles(self) -> dict[str, str]:
        """Subject code -> suggested or kept role, as `freeze` takes it."""
        return {subject.code: subject.role for subject in self.subjects}

    @property
    def can_freeze(self) -> bool:
        return not any(finding.blocking for finding in self.findings)


@dataclass(frozen=True)
class LabelSetOutlook:
    """What freezing now would hold, in sums.

    `findings` names so many, blocking ones first; `more_findings` counts warnings beyond them.
    """

    subjects: tuple[LabelSetSubject, ...]
    findings: tuple[Finding, ...]
    more_findings: int

    @property
    def roles(self) -> dict[str, str]:
        """Subject code -> suggested or kept role, as `freeze` takes it."""
        return {subject.code: subject.role for subject in self.subjects}

    @property
    def can_freeze(self) -> bool:
        return not any(finding.blocking for finding in self.findings)


@dataclass(frozen=True)
class LabelSetRow:
    """One line of the list of label sets; `withdrawn` counts videos taken out because a person withdrew."""

    id: int
    name: str
    content_hash: str
    created_at: datetime
    created_by: int | None
    subjects: int
    videos: int
    reviewed_seconds: float
    macro: int
    micro: int
    rejected: int
    withdrawn: int
    empty_seconds: float = 0.0


@dataclass(frozen=True)
class LabelSetDetails:
    """A frozen label set with all it holds."""

    id: int
    study_id: int
    name: str
    content_hash: str
    created_at: datetime
    created_by: int | None
    withdrawn: int
    subjects: tuple[LabelSetSubject, ...]
    videos: tuple[LabelledVideo, ...]


Manifest = Mapping[str, Any]
"""A "glint-manifest/1" document, as JSON has it."""
