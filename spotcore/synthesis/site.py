"""A recording site that differs from what the default model learned from: other expressions, noise, camera.

What such a site shows is decided here once; `experiments.shifted_site` asks what retraining on its clips is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from spotcore.feature_files import Traces, save_traces
from spotcore.intervals import Interval
from spotcore.manifest import Manifest, ManifestVideo
from spotcore.synthesis.astronaut import astronaut_picture
from spotcore.synthesis.distractors import wander
from spotcore.synthesis.face import Face
from spotcore.synthesis.mixes import Expression
from spotcore.synthesis.planning import PlanSettings, plan_clip
from spotcore.synthesis.plans import script_of
from spotcore.synthesis.trace_spiking import Measurement, draw_measurement, measured

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
SITE = PlanSettings(seconds=15.0, micro=(2, 4), macro=(1, 3), blinks_per_minute=(18.0, 28.0), expressions=EXPRESSIONS)
CAMERA_RATE = 20.0  # frames a second; what the default model learned from has 30
# The camera stands beside a fan: what head motion correction leaves of its shaking is in every region.
SHAKE_HERTZ, SHAKE_PERCENT = (2.5, 5.0), (0.3, 0.8)
WHITE, SLOW = (0.08, 0.14), (0.12, 0.25)  # noise as in the noisier half of what the default model saw
TRAIN, VALIDATION, TESTED = 14, 6, 100  # clips, each of a person of its own
SEEDS_APART = 1_000_003


def site_traces(seed: int, settings: PlanSettings = SITE) -> tuple[Traces, list[Interval]]:
    """One clip of the site as measured traces, with the truth."""
    face = Face(astronaut_picture()[1])
    script = script_of(plan_clip(f"site_{seed}", "traces", seed, settings), face)
    rng = np.random.default_rng([seed, 83])
    traces = measured(script, face, _camera(rng), rng)
    shaken = traces.displacement + _shaking(len(traces), script.fps, traces.displacement.shape[1], rng)
    shaken = (shaken - shaken[:1]).astype(np.float32)
    traces = replace(traces, displacement=shaken, source={"synthetic": True, "seed": seed})
    return slowed(traces, CAMERA_RATE), list(script.events)


def _camera(rng: np.random.Generator) -> Measurement:
    white, slow = (float(rng.uniform(*between)) for between in (WHITE, SLOW))
    return replace(draw_measurement(rng), white=white, slow=slow)


def _shaking(count: int, fps: float, regions: int, rng: np.random.Generator) -> np.ndarray:
    """(count, regions, 2) per cent: swings of one frequency that come and go, each region a little more or less."""
    time, hertz = np.arange(count) / fps, rng.uniform(*SHAKE_HERTZ)
    strength = rng.uniform(*SHAKE_PERCENT) * np.clip(0.6 + 0.6 * wander(count, 1.5, fps, rng), 0, None)
    angle = rng.uniform(0, 2 * np.pi)
    direction = np.array([np.cos(angle), np.sin(angle)])
    phase = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.3, regions)
    swing = np.sin(2 * np.pi * hertz * time[:, None] + phase) * rng.normal(1, 0.2, regions)  # (count, regions)
    return strength[:, None, None] * swing[..., None] * direction


def slowed(traces: Traces, rate: float) -> Traces:
    """As a camera of fewer frames a second gives them: sampled at its times, interpolated back to the analysis rate."""
    times = traces.timestamps
    taken = np.searchsorted(times, np.arange(times[0], times[-1] + 1e-9, 1 / rate) - 1e-9).clip(0, len(times) - 1)

    def seen(values: np.ndarray) -> np.ndarray:
        flat = values[taken].reshape(len(taken), -1)
        columns = [np.interp(times, times[taken], column) for column in flat.T]
        return np.stack(columns, axis=1).reshape(values.shape).astype(values.dtype)

    fields = ("displacement", "head_motion", "eye_openness", "mouth_activity")
    signals = {name: seen(values) for name, values in traces.signals.items()}
    return replace(traces, signals=signals, **{name: seen(getattr(traces, name)) for name in fields})


def write_site(
    folder: Path, seed: int, tested: int = TESTED, progress: Callable[[int, int], None] | None = None,
    settings: PlanSettings = SITE,
) -> Manifest:  # fmt: skip
    """Trace files and manifest.json of a site: 20 clips of people who train or validate, `tested` of others who test.

    Args:
        folder: where to write; what is there is written again.
        seed: of the site; another seed shows other people and events.
        tested: clips in the role test.
        progress: called with (clips done, clips in all); may raise Cancelled.
        settings: of the clips.
    """
    folder = Path(folder).resolve()
    roles = ["train"] * TRAIN + ["validation"] * VALIDATION + ["test"] * tested
    videos = []
    for number, role in enumerate(roles):
        name = f"site_{seed}_{number:03d}"
        traces, events = site_traces(seed * SEEDS_APART + number, settings)
        save_traces(traces, folder / "features" / f"{name}.npz")
        videos.append(ManifestVideo(
            id=name, title=name, subject=name, role=role, features=folder / "features" / f"{name}.npz",
            frame_count=len(traces), fps=traces.kind.rate, reviewed=((0, len(traces) - 1),), intervals=tuple(events),
        ))  # fmt: skip
        if progress is not None:
            progress(number + 1, len(roles))
    manifest = Manifest(f"synthetic site, seed {seed}", tuple(videos))
    manifest.save(folder / "manifest.json")
    return manifest
