"""A recording site that differs from what the default model learned from: other expressions, noise, rate and camera.

What such a site shows is decided here once; `experiments.shifted_site` asks what retraining on its clips is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spotcore.features import DEFAULT_SETTINGS
from spotcore.manifest import Manifest, ManifestVideo
from spotcore.pipeline import features_for, trace_path
from spotcore.synthesis.corpus import Corpus, render_corpus
from spotcore.synthesis.mixes import Expression
from spotcore.synthesis.planning import PlanSettings, plan_corpus
from spotcore.video import open_video

# Mouth and chin, often on one side, and pairs of brow and mouth that `mixes.EXPRESSIONS` does not know: people who are
# interviewed and hold back. Smiles and raised brows, a third of what the default model saw, are rare.
EXPRESSIONS: tuple[Expression, ...] = (
    Expression((("AU14", 1.0),), 2.0, one_sided=True),
    Expression((("AU24", 1.0),), 1.5),
    Expression((("AU14", 0.8), ("AU24", 0.8)), 1.0),
    Expression((("AU17", 1.0),), 1.0),
    Expression((("AU17", 0.8), ("AU24", 1.0)), 0.8),
    Expression((("AU15", 1.0),), 1.0, one_sided=True),
    Expression((("AU10", 1.0),), 0.8, one_sided=True),
    Expression((("AU20", 1.0),), 0.8),
    Expression((("AU18", 1.0),), 0.8),
    Expression((("AU4", 1.0), ("AU24", 0.8)), 1.0),
    Expression((("AU4", 0.8), ("AU17", 0.8)), 0.8),
    Expression((("AU9", 1.0), ("AU17", 0.6)), 0.5),
    Expression((("AU4", 1.0),), 0.6),
    Expression((("AU12", 1.0),), 0.3, one_sided=True),
    Expression((("AU1", 1.0), ("AU2", 1.0)), 0.3),
)
# A camera of 50 frames a second that is noisier and sees a smaller face than the training clips (sensor noise 0.5-3.5
# grey levels, crf 17-30, 85-120 pixels between the eyes, 30 frames a second).
SITE = PlanSettings(
    seconds=15.0, fps=50.0, width=480, height=480, inter_ocular=(65.0, 85.0), micro=(2, 4), macro=(1, 3),
    blinks_per_minute=(18.0, 28.0), noise=(4.0, 7.0), crf=(28, 33), expressions=EXPRESSIONS,
)  # fmt: skip

LABELLED, TESTED, CLIPS_EACH = (7, 3), 18, 2  # subjects who train and validate; subjects who test; clips of each
SEEDS_APART = 1000  # numbers of variants that a seed may use


def write_site(folder: Path, seed: int, tested: int = TESTED, progress: Callable[[int, int], None] | None = None,
               settings: PlanSettings = SITE) -> Manifest:  # fmt: skip
    """Render a site's clips and measure them: 20 of people who train or validate, the others of people who test.

    Args:
        folder: for clips, truth.csv, trace files and manifest.json; what is already there is kept.
        seed: of the site; another seed shows other people.
        tested: subjects in the role test.
        progress: called with (frames done, frames in all); may raise Cancelled.
        settings: of the clips.
    """
    folder = Path(folder).resolve()
    train, validation = LABELLED
    roles = ["train"] * train + ["validation"] * validation + ["test"] * tested
    people = [f"variant:{seed * SEEDS_APART + number}" for number in range(len(roles))]
    plans = plan_corpus(CLIPS_EACH * len(people), people, seed, settings, "site")
    render_corpus(Corpus(f"site {seed}", tuple(plans)), folder, None, progress)
    role_of = dict(zip(people, roles, strict=True))
    videos = []
    for plan in plans:
        with open_video(folder / f"{plan.name}.mp4") as video:
            features_for(video, folder / "traces")
            path = trace_path(video.info, folder / "traces", DEFAULT_SETTINGS, None)
        videos.append(ManifestVideo(
            id=f"{seed}_{plan.name}", title=f"{seed}_{plan.name}", subject=plan.identity, role=role_of[plan.identity],
            features=path, frame_count=plan.frames, fps=plan.fps, reviewed=((0, plan.frames - 1),),
            intervals=tuple(event.interval for event in plan.events),
        ))  # fmt: skip
    manifest = Manifest(f"synthetic site, seed {seed}", tuple(videos))
    manifest.save(folder / "manifest.json")
    return manifest
