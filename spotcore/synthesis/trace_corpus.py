"""A training set of synthetic traces: feature files and the manifest that `python -m spotcore train` reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spotcore.errors import InvalidSettings
from spotcore.feature_files import save_traces
from spotcore.manifest import Manifest, ManifestVideo
from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.trace_spiking import synthetic_traces

VALIDATION_EVERY = 7


def write_trace_corpus(
    folder: Path, count: int, seed: int, settings: PlanSettings | None = None,
    progress: Callable[[int, int], None] | None = None, rough_share: float = 0.0,
    series_share: float = 0.0,
) -> Manifest:
    """Write FOLDER/features/*.npz and FOLDER/manifest.json.

    Every clip is a subject of its own, fully reviewed; every seventh is for validation.

    Args:
        folder: where to write; feature files that are already there are written again.
        count: clips, at least 2.
        seed: of the whole set; sets of different seeds share no clip.
        settings: what clips hold.
        progress: called with (clips done, clips in all); may raise Cancelled.
        rough_share: share of the clips that are made as worse footage, see `rough_footage`.
        series_share: share of the clips with a series of expressions without rest, see `series`.
    """  # fmt: skip
    for what, share in (("rough clips", rough_share), ("clips with a series", series_share)):
        if not 0 <= share <= 1:
            raise InvalidSettings(f"expected a share of {what} between 0 and 1, got {share:g}")
    if count < 2:
        raise InvalidSettings(f"a training set needs at least 2 clips (one is for validation), got {count}")
    folder = Path(folder).resolve()
    videos = []
    for number in range(count):
        name = f"traces_{seed}_{number:05d}"
        rough, series = _falls_on(number, rough_share), _falls_on(count - 1 - number, series_share)
        traces, events = synthetic_traces(seed * 1_000_003 + number, settings, name, rough, series)
        path = folder / "features" / f"{name}.npz"
        save_traces(traces, path)
        role = "validation" if number % VALIDATION_EVERY == VALIDATION_EVERY - 1 or number == count - 1 else "train"
        videos.append(ManifestVideo(
            id=name, title=name, subject=f"synthetic_{seed}_{number:05d}", role=role, features=path,
            frame_count=len(traces), fps=traces.kind.rate, reviewed=((0, len(traces) - 1),), intervals=tuple(events),
        ))  # fmt: skip
        if progress is not None:
            progress(number + 1, count)
    manifest = Manifest(f"synthetic traces, seed {seed}, {count} clips", tuple(videos))
    manifest.save(folder / "manifest.json")
    return manifest


def _falls_on(number: int, share: float) -> bool:
    """Whether this clip is one of an evenly spread share."""
    return int((number + 1) * share) > int(number * share)
