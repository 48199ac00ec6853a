"""A training set of rendered clips: pictures measured by the real extractor, so their errors are the real ones.

Slower than `trace_corpus` by a factor of thousands, so a few clips join many traces. Only the astronaut and variants
of it: test faces never train.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from spotcore.features import DEFAULT_SETTINGS
from spotcore.manifest import Manifest, ManifestVideo
from spotcore.pipeline import features_for, trace_path
from spotcore.synthesis.corpus import Corpus, render_corpus
from spotcore.synthesis.planning import PlanSettings, plan_corpus
from spotcore.synthesis.trace_corpus import VALIDATION_EVERY
from spotcore.video import open_video

SEEDS_APART = 1000  # numbers of variants that a seed may use


def write_rendered_corpus(
    folder: Path, count: int, seed: int, identities: int = 20, settings: PlanSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Manifest:  # fmt: skip
    """Write clips, truth, trace files and FOLDER/manifest.json; what is already there is kept.

    Args:
        folder: where to write.
        count: clips, shared out over the identities in turn.
        seed: of the whole set.
        identities: faces: the astronaut and variants of it. Every seventh is for validation.
        settings: what clips hold.
        progress: called with (frames done, frames in all); may raise Cancelled.
    """
    folder = Path(folder).resolve()
    names = ["astronaut", *(f"variant:{seed * SEEDS_APART + number}" for number in range(1, identities))]
    plans = tuple(plan_corpus(count, names, seed, settings or PlanSettings()))
    render_corpus(Corpus(f"seed {seed}", plans), folder, None, progress)
    validation = set(names[VALIDATION_EVERY - 1 :: VALIDATION_EVERY])
    videos = []
    for plan in plans:
        with open_video(folder / f"{plan.name}.mp4") as video:
            features_for(video, folder / "traces")
            path = trace_path(video.info, folder / "traces", DEFAULT_SETTINGS, None)
        videos.append(ManifestVideo(
            id=f"{seed}_{plan.name}", title=f"{seed}_{plan.name}", subject=plan.identity,
            role="validation" if plan.identity in validation else "train", features=path, frame_count=plan.frames,
            fps=plan.fps, reviewed=((0, plan.frames - 1),), intervals=tuple(e.interval for e in plan.events),
        ))  # fmt: skip
    manifest = Manifest(f"synthetic clips, seed {seed}, {count} clips", tuple(videos))
    manifest.save(folder / "manifest.json")
    return manifest


def joined(parts: list[tuple[Manifest, int]]) -> Manifest:
    """One manifest of several, each repeated so many times: a repeated video counts more in every epoch."""
    videos = [
        replace(video, id=f"{video.id}#{copy}", title=f"{video.title}#{copy}") if copy else video
        for manifest, times in parts for video in manifest.videos for copy in range(times)
    ]  # fmt: skip
    return Manifest(" + ".join(f"{times} x {manifest.name}" for manifest, times in parts), tuple(videos))
