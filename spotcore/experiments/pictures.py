"""Questions about extraction, asked of rendered clips where the true movement is known."""

from __future__ import annotations

from typing import Any

from spotcore.experiments.experiment import FALSE_ALARMS, MACRO, MICRO, OVERALL, Experiment, Level, mean
from spotcore.experiments.measurement import EYES, NO_EYES
from spotcore.experiments.networks import sizes

ERROR = mean("error of movement in half a second, %", "error", "error_count")
_SMALL = {"seeds": 3, "segments": 8000, "test": 150, "clips": 16, "seconds": 8.0, "picture": [320, 80.0]}
_FULL = _SMALL | {"seeds": 5, "segments": 100_000, "clips": 100, "seconds": 12.0, "picture": [512, 100.0]}


def _presets(**small: Any) -> dict[str, dict[str, Any]]:
    made = sizes(_SMALL | small, _FULL)
    made["tiny"] = made["tiny"] | {"clips": 2, "seconds": 3.0, "picture": [128, 40.0]}
    return made


_RENDERED = (
    "rendered from variants of one public-domain face (shape, texture and light differ), the network trained on "
    "synthetic traces; thresholds for a face from the other faces under the reference condition"
)

LANDMARKS = Experiment(
    "landmarks",
    "what do misaligned landmarks cost?",
    "landmarks off by (per cent of the inter-ocular distance)",
    tuple(
        Level(name, {"percent": percent, "jitter": jitter, "training": NO_EYES}, reference=percent == 0)
        for name, percent, jitter in (
            ("0", 0, False),
            ("3, all clip", 3, False),
            ("10, all clip", 10, False),
            ("20, all clip", 20, False),
            ("3, each anchor", 3, True),
            ("10, each anchor", 10, True),
        )
    ),
    (ERROR, OVERALL, MICRO, FALSE_ALARMS),
    "spotcore.experiments.rendered_clips:measure_misplaced",
    _presets(),
    corpus="synthetic pictures",
    notes=(
        _RENDERED,
        "all landmarks of an anchor are shifted together, from their true places; a new anchor every half second",
        "asked of the dilated network without eyes",
    ),
)

HEAD_MOTION = Experiment(
    "head-motion",
    "what does severe head motion cost?",
    "movement of the head, times that of a seated subject",
    tuple(Level(f"{factor:g}", {"pose": factor, "training": EYES}, reference=factor == 1) for factor in (0, 1, 2, 4)),
    (OVERALL, MICRO, FALSE_ALARMS, ERROR),
    "spotcore.experiments.rendered_clips:measure_extracted",
    _presets(),
    corpus="synthetic pictures",
    notes=(
        _RENDERED,
        "1: sway of half a per cent and half a degree, turns of 4 to 12 degrees in a tenth of the time; the "
        "network was trained on that amount",
    ),
)

OCCLUSION = Experiment(
    "occlusion",
    "what does a covered part of the face cost?",
    "covered",
    tuple(
        Level(name, {"cover": cover, "training": EYES}, reference=not cover)
        for name, cover in (("nothing", ""), ("brows", "brows"), ("mouth", "mouth"), ("a hand passes", "hand"))
    ),
    (OVERALL, MICRO, FALSE_ALARMS, ERROR),
    "spotcore.experiments.rendered_clips:measure_extracted",
    _presets(),
    corpus="synthetic pictures",
    notes=(
        _RENDERED,
        "covered by a patterned ellipse that moves with the face, or by one that crosses the mouth three times "
        "a clip; events under a cover still count as events; the network never saw a cover in training",
    ),
)

NOSE = Experiment(
    "nose",
    "nose mean or rigid fit: what is left of the head's movement, and what if the nose itself moves (AU9, AU10)?",
    "taken off as movement of the head",
    tuple(
        Level(head, {"head": head, "units": units}, series, head == "nose mean")
        for series, units in (("nose at rest", ("AU1", "AU2")), ("nose moves", ("AU9", "AU10")))
        for head in ("nothing", "nose mean", "rigid, plain", "rigid, robust")
    ),
    (
        ERROR,
        mean("brows, %", "error_brows", "count_brows"),
        mean("mouth, %", "error_mouth", "count_mouth"),
    ),
    "spotcore.experiments.rendered_clips:measure_head",
    _presets(seeds=1, seconds=6.0),
    corpus="synthetic pictures",
    trains=False,
    notes=(
        "against flow on the same clip rendered with the head at rest and nothing taken off, so that what the "
        "flow itself does not see counts for nobody",
        "one-second expressions of 4 per cent, sway and turns as in `head-motion` at 1",
    ),
)


def fesnet(name: str, reference: bool = False, **network: Any) -> Level:
    return Level(name, {"training": {"architecture": "fesnet", "network": network}}, reference=reference)


_FESNET = {
    "seeds": 1, "clips": 16, "train_clips": 24, "validation_clips": 10, "folds": 4, "seconds": 8.0,
    "picture": [256, 64.0], "side": 64, "training": {"epochs": 6, "minimum_segments": 96},
    "networks": {"fesnet": {"side": 64, "channels": [8, 16, 32, 32], "temporal_channels": 32}},
}  # fmt: skip
FESNET_PARTS = Experiment(
    "fesnet-parts",
    "which parts of FESNet carry its score?",
    "FESNet without",
    (
        fesnet("nothing left out", True),
        fesnet("discrepancy", discrepancy=False),
        fesnet("attention", attention=False),
        fesnet("cascade", stages=0),
        fesnet("smooth loss", smooth_weight=0.0),
    ),
    (OVERALL, MACRO, MICRO, FALSE_ALARMS),
    "spotcore.experiments.face_pictures:measure",
    {
        "tiny": _FESNET | {
            "clips": 2, "train_clips": 2, "validation_clips": 2, "folds": 2, "seconds": 3.0, "picture": [128, 40.0],
            "side": 32, "training": {"epochs": 1, "minimum_segments": 4, "validate_every": 1},
            "networks": {"fesnet": {"side": 32, "frames": 16, "channels": [4, 8], "temporal_channels": 8, "heads": 2}},
        },
        "small": _FESNET,
        "full": _FESNET | {
            "seeds": 3, "clips": 60, "train_clips": 240, "validation_clips": 40, "folds": 1000, "seconds": 15.0,
            "picture": [512, 100.0], "side": 112, "networks": {"fesnet": {"side": 112}},
            "training": {"epochs": 60, "learning_rate": 5e-4, "batch_segments": 8},
        },
    },
    corpus="pictures",
    notes=("synthetic: rendered from variants of one public-domain face, faces of training, choice and test all "
           "different; preset small: pictures of 64 pixels, an eighth of the channels' work, a short training",),
)  # fmt: skip

EXPERIMENTS = (FESNET_PARTS, LANDMARKS, HEAD_MOTION, OCCLUSION, NOSE)
