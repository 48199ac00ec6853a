"""The example clip of an empty library: rendered at first use, declared synthetic, never stored in the repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from spotcore import label_csv
from spotcore.intervals import Interval
from spotcore.synthesis.action_units import mixed_gains
from spotcore.synthesis.astronaut import astronaut_identity
from spotcore.synthesis.distractors import add_blink, add_gaze, add_light, add_sway, both
from spotcore.synthesis.face import Face
from spotcore.synthesis.profiles import profile
from spotcore.synthesis.rendering import Renderer
from spotcore.synthesis.script import ClipScript
from spotcore.synthesis.video_writing import VideoWriter

EXAMPLE_NOTE = (
    "Synthetic clip: expressions, blinks and head movement rendered by Glint from one still picture of the astronaut "
    "Eileen Collins (NASA, public domain, distributed with scikit-image). Not real behaviour of the person shown."
)
EXAMPLE_FPS = 30
EXAMPLE_SECONDS = 14.0
EXAMPLE_SIZE = (640, 480)

# onset second, apex, offset, plateau in seconds, type, units, per cent of the inter-ocular distance
_EVENTS = (
    (1.50, 1.90, 2.85, 0.25, "macro", ("AU1", "AU2"), 8.0),
    (4.40, 4.57, 4.84, 0.00, "micro", ("AU4",), 2.8),
    (6.60, 7.05, 8.40, 0.45, "macro", ("AU6", "AU12"), 14.0),
    (10.30, 10.75, 11.90, 0.30, "macro", ("AU26",), 26.0),
)
_BLINKS = (0.55, 3.50, 5.70, 9.20, 12.90)


def example_script(face: Face, seed: int = 0, seconds: float = EXAMPLE_SECONDS) -> ClipScript:
    """What happens in the example: a brow raise, a brief frown, a smile, a jaw drop, blinks, a head that sways."""
    rng = np.random.default_rng([seed, 1])
    script = ClipScript(round(seconds * EXAMPLE_FPS), EXAMPLE_FPS)
    for onset, apex, offset, hold, kind, units, amplitude in _EVENTS:
        event = Interval(*(round(s * EXAMPLE_FPS) for s in (onset, offset)), kind, round(apex * EXAMPLE_FPS))
        if event.offset < script.frame_count:
            course = profile(script.frame_count, event, round(hold * EXAMPLE_FPS))
            script.add_event(event, mixed_gains(face, both(*units), amplitude), course, amplitude)
    for second in _BLINKS:
        if (second + 0.5) < seconds:
            add_blink(script, face, round(second * EXAMPLE_FPS), rng)
    add_sway(script, rng, 0.7)
    add_gaze(script, rng, 0.35)
    add_light(script, rng, 0.006)
    return script


def render_example(
    path: Path, seed: int = 0, progress: Callable[[int, int], None] | None = None, *,
    seconds: float = EXAMPLE_SECONDS, truth: Path | None = None,
) -> list[Interval]:
    """Render the example clip (640 x 480, 30 frames a second, H.264).

    Args:
        path: mp4 to write; appears only when complete.
        seed: of noise and small movements; the expressions stay the same.
        progress: called with (frames done, frames in all); may raise Cancelled.
        seconds: length; shorter versions leave out later events.
        truth: CSV to write beside it, the columns of `spotcore.label_csv`.

    Returns:
        The true events in frames of the clip.
    """  # fmt: skip
    identity = astronaut_identity(*EXAMPLE_SIZE, inter_ocular=95.0)
    script = example_script(identity.face, seed, seconds)
    renderer = Renderer(identity, noise=1.2, seed=seed)
    with VideoWriter(path, *EXAMPLE_SIZE, EXAMPLE_FPS, crf=17, comment=EXAMPLE_NOTE, threads=2) as writer:
        for t in range(script.frame_count):
            writer.write(*renderer.frame(script, t))
            if progress is not None:
                progress(t + 1, script.frame_count)
    if truth is not None:
        label_csv.write_labels(truth, [label_csv.LabelRow(Path(path).name, event) for event in script.events])
    return script.events
