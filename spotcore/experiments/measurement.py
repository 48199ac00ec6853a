"""Questions about what is measured: other recordings for the same networks, or networks that are told less."""

from __future__ import annotations

from typing import Any

from spotcore.experiments.experiment import (
    FALSE_ALARMS,
    MACRO,
    MICRO,
    OVERALL,
    Experiment,
    Level,
    per_minute,
    recall,
)
from spotcore.experiments.networks import MEASURE, sizes

FIGURES = (OVERALL, MACRO, MICRO, FALSE_ALARMS)
EYES = {"architecture": "dilated", "network": {"signals": True}}
NO_EYES = {"architecture": "dilated", "network": {}}
# The dilated network trains forty segments in the time SpoT-GCN needs for ten, so it is the one that is asked here.
_SIZES = sizes({"seeds": 3, "segments": 8000, "test": 150}, {"test": 400, "segments": 100_000})
_DILATED_NOTE = "asked of the small dilated network that also sees eyes and head; the baseline is training-free"


def network(name: str, reference: bool = False, training: dict[str, Any] = EYES, series: str = "network",
            **level: Any) -> Level:  # fmt: skip
    return Level(name, {"training": training, **level}, series, reference)


def baseline(name: str, reference: bool = False, **level: Any) -> Level:
    return Level(name, {"model": "baseline", **level}, "baseline", reference)


IOU = Experiment(
    "iou",
    "how much of F1 hangs on the overlap that counts as a hit?",
    "IoU that counts as a hit",
    tuple(make(f"{iou:g}", iou == 0.5, iou=iou) for make in (network, baseline) for iou in (0.3, 0.4, 0.5, 0.6, 0.7)),
    FIGURES,
    MEASURE,
    _SIZES,
    notes=(_DILATED_NOTE, "the same proposals at every IoU, their thresholds chosen at 0.5"),
)

FRAME_RATE = Experiment(
    "frame-rate",
    "how many frames a second does spotting need?",
    "frames a second of the recording",
    tuple(
        Level(f"{rate:g}", {"training": EYES, key: rate}, series, rate == 30)
        for series, key in (("trained at 30", "rate"), ("trained at this rate", "train_rate"))
        for rate in ((30, 20, 15, 10, 7.5) if key == "rate" else (30, 15, 10))
    ),
    FIGURES,
    MEASURE,
    _SIZES,
    notes=(_DILATED_NOTE, "slow recordings are the fast ones sampled less often and interpolated back to 30; what a "
           "slow camera also does (longer exposure, coarser labels) is not in the figures", "above 30: not run, the "
           "synthetic traces know no finer time"),
)  # fmt: skip

_REGION_SETS = (
    ("10", range(10)),
    ("5: inner brows, corners, upper lip", (0, 3, 6, 7, 8)),
    ("3: one per part", (1, 4, 8)),
    ("brows only (6)", range(6)),
    ("mouth only (4)", range(6, 10)),
)
REGIONS = Experiment(
    "regions",
    "how many regions of the face are needed?",
    "regions that are measured",
    tuple(network(name, len(kept) == 10, series="", regions=list(kept)) for name, kept in _REGION_SETS),
    FIGURES,
    MEASURE,
    _SIZES,
    notes=(_DILATED_NOTE, "trained and scored with the same regions; more than the ten of the papers: not run, the "
           "synthetic traces hold ten"),
)  # fmt: skip

_AMPLITUDES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
LOW_INTENSITY = Experiment(
    "low-intensity",
    "how small may an expression be?",
    "largest displacement, per cent of the inter-ocular distance",
    tuple(
        make(f"{size:g} %", size == 2, amplitude=size) for make in (network, baseline) for size in _AMPLITUDES
    ),
    (recall("micro recall", "micro"), recall("macro recall", "macro"), FALSE_ALARMS),
    MEASURE,
    _SIZES,
    corpus="synthetic traces",
    notes=(_DILATED_NOTE, "the same test clips with every event set to one size; thresholds from clips with the usual "
           "mix of sizes (micro 0.3-3 %, macro 1.5-60 %)"),
)  # fmt: skip

BLINKS = Experiment(
    "blinks",
    "how often are blinks taken for micro-expressions, and does seeing the eyes help?",
    "blinks a minute",
    tuple(
        make(f"{rate}", rate == 15, test_plan={"blinks_per_minute": [rate, rate]}, **more)
        for make, more in (
            (network, {"series": "network with eyes"}),
            (network, {"series": "network without eyes", "training": NO_EYES}),
            (baseline, {}),
        )
        for rate in (0, 15, 30, 45)
    ),
    (per_minute("false micro a minute at blinks", "blink_micro_fp"), per_minute("false micro a minute", "micro_fp"),
     MICRO, OVERALL),
    MEASURE,
    _SIZES,
    corpus="synthetic traces",
    notes=(_DILATED_NOTE, "trained on 12 to 20 blinks a minute; a false micro counts as at a blink when the measured "
           "eye opening falls below 93 % of the clip's median within it"),
)  # fmt: skip

EXPERIMENTS = (IOU, FRAME_RATE, REGIONS, LOW_INTENSITY, BLINKS)
