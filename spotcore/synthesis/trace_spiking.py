"""Synthetic expressions as numbers: what the extractor would have measured, without a picture.

The same plans and scripts that are rendered elsewhere become traces here: action-unit vectors at the ten regions times
their time course times the gain of the flow, plus what the extractor leaves of head movement, plus noise, drift and the
small steps of stitching. Ten thousand times cheaper than rendering, and as many identities as one likes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from spotcore.feature_files import Traces
from spotcore.features import mouth_activity, noise_floor
from spotcore.intervals import Interval
from spotcore.regions import FEATURE_KIND, REGION_INDEX, REGIONS, RIGID_POINTS
from spotcore.synthesis.action_units import SIDES, mixed_gains, region_vectors, unit_field
from spotcore.synthesis.astronaut import astronaut_picture
from spotcore.synthesis.distractors import wander
from spotcore.synthesis.face import Face
from spotcore.synthesis.planning import PlanSettings, plan_clip
from spotcore.synthesis.plans import ClipPlan, PlannedEvent, script_of
from spotcore.synthesis.profiles import profile
from spotcore.synthesis.rough_footage import add_free_head, roughen
from spotcore.synthesis.script import ClipScript, UnitKey
from spotcore.synthesis.series import add_series

_PIVOT = 0.9  # as in `head`
FAINT_PERCENT = 2.0


@dataclass(frozen=True)
class Measurement:
    """How an extractor sees a face; one is drawn per clip. Per cent of the inter-ocular distance unless said.

    Attributes:
        gain: (10,) share of a large true movement that the flow sees, per region.
        faint: share of that which is lost of the smallest movements; movements of FAINT_PERCENT lose a third of it.
        white, slow: noise per frame, and noise with a time scale of a tenth to half a second.
        step: jump at each new anchor.
        restless: noise per frame in fast movement, per (per cent a frame).
        anchor: frames between anchors.
        turn_gain: share of yaw and pitch that the head fit finds; the rest leaks into the regions.
        depth: how deep the face is, relative to the mesh.
        openness: of the open eyes.
        blink_depth: by how much of that a blink lowers the measured openness.
    """

    gain: np.ndarray
    faint: float
    white: float
    slow: float
    step: float
    restless: float
    anchor: int
    turn_gain: float
    depth: float
    openness: float
    blink_depth: float


def draw_measurement(rng: np.random.Generator) -> Measurement:
    """Ranges around what the extractor shows on rendered clips, and as noisy as real footage.

    Rendered: of small movements the brows show 0.45 and the mouth 0.6, of large ones 0.7; noise per frame 0.01 to 0.02
    per cent; two thirds of a turn found, one to three per cent of leak in a turn of 5 to 9 degrees. Real footage has
    up to five times that noise.
    """
    brows = np.where(np.arange(len(REGIONS)) < 6, rng.uniform(0.75, 1.0), 1.0)
    spread = 1 + rng.normal(0, 0.1, len(REGIONS))
    return Measurement(
        gain=np.clip(rng.uniform(0.55, 0.95) * brows * spread, 0.3, 1.05),
        faint=float(rng.uniform(0.1, 0.7)),
        white=_log_uniform(0.006, 0.12, rng),
        slow=_log_uniform(0.015, 0.25, rng),
        step=_log_uniform(0.008, 0.25, rng),
        restless=float(rng.uniform(0.03, 0.15)),
        anchor=int(rng.choice([15, 15, 15, 8, 30])),
        turn_gain=float(rng.uniform(0.55, 1.0)),
        depth=float(rng.uniform(0.8, 1.2)),
        openness=float(rng.uniform(0.2, 0.4)),
        blink_depth=float(rng.uniform(0.12, 0.5)),
    )


def _log_uniform(low: float, high: float, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def synthetic_traces(
    seed: int, settings: PlanSettings | None = None, name: str | None = None, rough: bool = False, series: bool = False
) -> tuple[Traces, list[Interval]]:
    """One clip of a person who does not exist, as traces with the truth.

    Args:
        seed: of everything: what happens, who it is, how well it is measured.
        settings: what clips hold; picture size, noise and crf of rendering are not used.
        name: kept in the provenance.
        rough: as worse footage than the test corpus gives them, see `rough_footage`.
        series: with a series of expressions without rest between them, see `series`.

    Returns:
        Traces of kind FEATURE_KIND and the true events in frames.
    """
    settings = settings or PlanSettings()
    plan = plan_clip(name or f"traces_{seed}", "traces", seed, settings)
    face = _stored_face()
    script = script_of(plan, face)
    if series:
        add_series(script, face, _taken(plan), np.random.default_rng([seed, 37]))
    rng = np.random.default_rng([seed, 31])
    if rough:
        add_free_head(script, rng)
    traces = measured(script, face, draw_measurement(rng), rng)
    if rough:
        traces = roughen(traces, script.pose, rng)
    source = {"synthetic": True, "seed": seed, "name": plan.name}
    return replace(traces, source=source), list(script.events)


def _taken(plan: ClipPlan) -> np.ndarray:
    """(T,) bool, frames of a plan that hold an expression or speech."""
    taken = np.zeros(plan.frames, bool)
    for first, last in [*((event.onset, event.offset) for event in plan.events), *plan.speech]:
        taken[first : last + 1] = True
    return taken


@lru_cache(maxsize=1)
def _stored_face() -> Face:
    return Face(astronaut_picture()[1])


def measured(script: ClipScript, face: Face, how: Measurement, rng: np.random.Generator) -> Traces:
    """What an extractor would give for a script: person and noise are drawn from `rng`."""
    count, regions = script.frame_count, len(REGIONS)
    true = np.zeros((count, regions, 2))
    for key, course in script.units.items():
        true += course[:, None, None] * _personal(region_vectors(face, *key), key, rng)
    leak, found = _pose_leak(face, script.pose, how, _eye_skin(script, face))
    noise = np.zeros((count, regions, 2))
    common = rng.standard_normal((count, 1, 2)) * 0.4 * how.white  # an error of the head fit moves all regions
    noise += how.white * rng.standard_normal(noise.shape) + common
    scale = rng.uniform(0.1, 0.5)
    noise += how.slow * _wander(count, scale, script.fps, (regions, 2), rng)
    # Flow is least sure while things move.
    speed = np.abs(np.gradient(leak + true, axis=0)).mean((1, 2), keepdims=True)
    noise += how.restless * np.minimum(speed, 3.0) * rng.standard_normal(noise.shape)
    # Errors of stitching add up, more of them while the head moves, and are pulled back slowly.
    anchor = np.arange(count) // how.anchor
    restless = np.array([speed[anchor == number].mean() for number in range(anchor[-1] + 1)])
    size = how.step * (1 + 6 * np.minimum(restless, 0.5))[:, None, None]
    steps = size * rng.standard_normal((len(restless), regions, 2))
    steps[0] = 0
    noise += lfilter([1.0], [1.0, -0.95], steps, axis=0)[anchor]
    size = np.linalg.norm(true, axis=2, keepdims=True)  # (T, R, 1)
    seen = how.gain[:, None] * (1 - how.faint * np.exp(-size / FAINT_PERCENT)) * true
    displacement = (seen + leak + noise).astype(np.float32)
    displacement -= displacement[:1]
    residual = 0.12 + 0.1 * np.minimum(speed[:, 0, 0], 5) + 0.02 * np.abs(rng.standard_normal(count))
    mesh = 0.8 * true + leak + 0.25 * _wander(count, 0.15, script.fps, (regions, 2), rng)
    signals = {f"mesh/{r}/{axis}": (mesh[:, i, a] - mesh[0, i, a]).astype(np.float32)
               for i, r in enumerate(REGIONS) for a, axis in enumerate("xy")}  # fmt: skip
    signals |= {"residual": residual.astype(np.float32), "fit_residual": (0.5 * residual).astype(np.float32)}
    # The mesh is read every few frames and smooths what is short.
    closed = gaussian_filter1d(script.lids.mean(1), rng.uniform(0.3, 1.5), mode="nearest")
    openness = how.openness * (1 - how.blink_depth * closed) * (1 + 0.015 * wander(count, 0.3, script.fps, rng))
    # Jitter of what networks may read beside the regions: as on rendered clips, and up to twice that.
    found = found + np.exp(rng.uniform(np.log(0.006), np.log(0.06))) * rng.standard_normal(found.shape)
    openness = openness + how.openness * rng.uniform(0.0005, 0.004) * rng.standard_normal(count)
    return Traces(
        frames=np.arange(count, dtype=np.int64),
        timestamps=np.arange(count) / script.fps,
        displacement=displacement,
        found=np.ones(count, bool),
        analysable=np.abs(found[:, 4]) < 35,
        anchor=anchor.astype(np.int32),
        head_motion=found.astype(np.float32),
        eye_openness=openness.astype(np.float32),
        mouth_activity=mouth_activity(displacement, script.fps),
        noise_floor=noise_floor(displacement, residual, script.fps),
        kind=FEATURE_KIND,
        source={"synthetic": True},
        signals=signals,
    )


def spike_traces(
    traces: Traces, events: Sequence[PlannedEvent], gain: float = 0.85, seed: int = 0, face: Face | None = None
) -> Traces:
    """Add expressions of known size to measured traces, those of real footage for example.

    Args:
        traces: of kind FEATURE_KIND; left as they are.
        events: in samples of the traces; see `ladder.plan_spikes`.
        gain: share of the movement that the flow is taken to see.
        seed: of how this person does each unit.
        face: mesh that gives the vectors; the astronaut's where None.

    Returns:
        New traces; displacement, the mesh's signals and mouth activity changed, `source["spiked"]` set.
    """
    FEATURE_KIND.require(traces.kind, "spiking")
    face, rng, rate = face or _stored_face(), np.random.default_rng([seed, 41]), traces.kind.rate
    added = np.zeros(traces.displacement.shape)
    for event in events:
        mix = {tuple(key.split("/")): weight for key, weight in event.units.items()}
        total = sum(
            strength * _personal(region_vectors(face, *key), key, rng)
            for key, strength in mixed_gains(face, mix, event.amplitude).items()
        )
        total *= event.amplitude / np.linalg.norm(total, axis=1).max()  # known size, whoever it is
        added += profile(len(traces), event.interval, event.hold)[:, None, None] * total
    displacement = (traces.displacement + gain * added).astype(np.float32)
    signals = dict(traces.signals)
    for i, region in enumerate(REGIONS):
        for a, axis in enumerate("xy"):
            name = f"mesh/{region}/{axis}"
            if name in signals:
                signals[name] = (signals[name] + gain * added[:, i, a]).astype(np.float32)
    return replace(
        traces, displacement=displacement, signals=signals, mouth_activity=mouth_activity(displacement, rate),
        source={**traces.source, "spiked": len(events)},
    )  # fmt: skip


def _wander(count: int, seconds: float, fps: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """(count, *shape) of `distractors.wander`, all at once."""
    width = max(seconds * fps, 0.5)
    pad = int(4 * width) + 1
    noise = gaussian_filter1d(rng.standard_normal((count + 2 * pad, *shape)), width, axis=0)[pad : pad + count]
    return noise * np.sqrt(2 * np.sqrt(np.pi) * width)


def _personal(vectors: np.ndarray, key: UnitKey, rng: np.random.Generator) -> np.ndarray:
    """The same unit on another person: each region a little more or less, and in a slightly other direction.

    The strongest region keeps its size on average, so amplitudes stay what they say.
    """
    size = np.exp(rng.normal(0, 0.15, (len(vectors), 1)))
    angle = rng.normal(0, 0.2, len(vectors)) + rng.normal(0, 0.1)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.stack([cos * vectors[:, 0] - sin * vectors[:, 1], sin * vectors[:, 0] + cos * vectors[:, 1]], axis=1)
    strongest = int(np.argmax(np.linalg.norm(vectors, axis=1)))
    return turned * size / size[strongest] ** 0.8


def _eye_skin(script: ClipScript, face: Face) -> np.ndarray:
    """(T, rigid points, 2) in inter-ocular distances: blinks pull at the eye corners that a head fit rests on."""
    points = face.points[list(RIGID_POINTS), :2]
    pulled = np.zeros((script.frame_count, len(points), 2))
    for side in SIDES:
        course = script.units.get(("AU43", side))
        if course is not None:
            field = unit_field(face, "AU43", side, points) / face.inter_ocular
            pulled += course[:, None, None] * np.stack([field @ face.right, field @ face.down], axis=-1)
    return pulled


def _pose_leak(
    face: Face, pose: np.ndarray, how: Measurement, pulled: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What a rigid fit leaves of head movement in the regions, and the movement it reports.

    Points are turned about the neck; a fit of translation, rotation, scale, yaw x depth and pitch x depth on the rigid
    points is subtracted, its depth terms damped by `turn_gain`, as the flow and the ridge of a real fit damp them.

    Returns:
        (T, 10, 2) per cent, and (T, 6) as Traces.head_motion.
    """
    index = np.array([*REGION_INDEX, *RIGID_POINTS])
    xy = face.local(face.points[index, :2]) - (0, 0.45)
    z = face.points[index, 2] / face.inter_ocular * how.depth
    x0, y0 = xy.T
    tx, ty, roll, scale, yaw, pitch = pose.T[:, :, None]
    roll, yaw, pitch = np.radians(roll), np.radians(yaw), np.radians(pitch)
    depth = z - _PIVOT
    x1 = np.cos(yaw) * x0 - np.sin(yaw) * depth
    z1 = np.sin(yaw) * x0 + np.cos(yaw) * depth
    y1 = np.cos(pitch) * y0 - np.sin(pitch) * z1
    moved = np.stack([
        (1 + scale) * (np.cos(roll) * x1 - np.sin(roll) * y1) + tx - x0,
        (1 + scale) * (np.sin(roll) * x1 + np.cos(roll) * y1) + ty - y0,
    ], axis=-1)  # (T, P, 2)  # fmt: skip
    zero, one = np.zeros_like(x0), np.ones_like(x0)
    along_x = np.stack([one, zero, -y0, x0, -z, zero], axis=-1)  # (P, 6): x, y, roll, scale, yaw, pitch
    along_y = np.stack([zero, one, x0, y0, zero, -z], axis=-1)
    rigid = slice(len(REGION_INDEX), None)
    moved[:, rigid] += pulled
    design = np.concatenate([along_x[rigid], along_y[rigid]])
    wanted = np.concatenate([moved[:, rigid, 0], moved[:, rigid, 1]], axis=1)
    fit = wanted @ np.linalg.pinv(design).T  # (T, 6)
    fit[:, 4:] *= how.turn_gain
    # With the depth terms held back, the other four are fitted again.
    rest = wanted - fit[:, 4:] @ design[:, 4:].T
    fit[:, :4] = rest @ np.linalg.pinv(design[:, :4]).T
    found = slice(None, len(REGION_INDEX))  # the ten regions
    leak = moved[:, found] - np.stack([fit @ along_x[found].T, fit @ along_y[found].T], axis=-1)
    units = np.array([100, 100, 180 / np.pi, 100, 180 / np.pi, 180 / np.pi])
    return 100 * leak, fit * units
