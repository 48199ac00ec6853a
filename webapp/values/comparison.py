"""Two model versions on the same reviewed footage, scored and interval by interval."""

from __future__ import annotations

from dataclasses import dataclass

from spotcore.paired import PairedDifference
from webapp.values.registry import ModelVersion


@dataclass(frozen=True)
class FlippedInterval:
    """An interval on which the versions differ; see `spotcore.paired.FLIPS` for `kind`.

    Attributes:
        seconds: where it begins.
        interval_id: its annotation, where it is one: the review page opens there.
        run_id, set_id: spotting run and proposals to open it with: those of the version that proposes it, else of the
            second one.
    """

    video_id: int
    title: str
    subject: str
    kind: str
    type: str
    onset: int
    offset: int
    seconds: float
    score: float | None
    interval_id: str | None
    run_id: int
    set_id: int


@dataclass(frozen=True)
class LackingVideo:
    """A reviewed video that cannot be compared yet.

    Attributes:
        unspotted: versions without a finished run of it.
        undecoded: runs without proposals at the sensitivity of the comparison.
    """

    video_id: int
    title: str
    unspotted: tuple[int, ...]
    undecoded: tuple[int, ...]


@dataclass(frozen=True)
class VersionComparison:
    """What the second version does otherwise than the first.

    Attributes:
        false_alarms: sensitivity at which both propose, expected false alarms a minute.
        rates: sensitivities at which runs of the two have proposals.
        result: None where no video can be compared.
        minutes: of footage that counts.
        flips: by video and onset.
        lacking: reviewed videos that are left out for want of proposals.
        taught: subjects that are left out because one of the versions (or one it started from) learned from them.
    """

    first: ModelVersion
    second: ModelVersion
    false_alarms: float
    rates: tuple[float, ...]
    result: PairedDifference | None
    minutes: float
    flips: tuple[FlippedInterval, ...]
    lacking: tuple[LackingVideo, ...]
    taught: tuple[str, ...]
