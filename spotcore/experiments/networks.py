"""Questions about the networks and their training: every condition trains its own network on the same clips."""

from __future__ import annotations

from typing import Any

from spotcore.experiments.experiment import FALSE_ALARMS, MACRO, MICRO, OVERALL, Experiment, Level

MEASURE = "spotcore.experiments.spotting:measure"
FIGURES = (OVERALL, MACRO, MICRO, FALSE_ALARMS)
_TINY = {
    "seeds": 1, "train": 4, "validation": 3, "test": 4, "trace_seconds": 6.0, "segments": 16, "folds": 2,
    "networks": {"spot_gcn": {"channels": 8}, "spotformer": {"width": 8, "hidden": 8},
                 "dilated": {"channels": 8, "layers": 2}},
}  # fmt: skip
_SMALL = {"seeds": 2, "train": 120, "validation": 40, "test": 100, "segments": 6000, "folds": 4}
_FULL = {"seeds": 5, "train": 600, "validation": 100, "test": 200, "segments": 60_000, "folds": 1000}


def sizes(small: dict[str, Any] | None = None, full: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """The three presets with changes; "folds" is for real corpora, 1000 means one per subject."""
    return {"tiny": _TINY, "small": _SMALL | (small or {}), "full": _FULL | (full or {})}


_HALF_WIDTH = {"networks": {"spot_gcn": {"channels": 32}}}
_HALF_NOTE = "preset small: SpoT-GCN with 32 instead of 64 channels, so that two cores train it in half a minute"
_RATE = {"learning_rate": 0.01}


def spot_gcn(reference: bool = False, name: str = "", /, network: dict[str, Any] | None = None, **level: Any) -> Level:
    training = _RATE | level.pop("training", {})
    return Level(name, {"training": training | {"network": network or {}}, **level}, reference=reference)


WINDOW = Experiment(
    "window",
    "does a longer window spot better (SpoT-GCN, 5, 11, 17 or 25 frames at 30 a second)?",
    "window, frames",
    tuple(spot_gcn(w == 17, f"{w}", training={"window": w}) for w in (5, 11, 17, 25)),
    FIGURES,
    MEASURE,
    sizes(_HALF_WIDTH),
    notes=(
        _HALF_NOTE,
        "the networks differ in parameters too (22,282 to 96,266 at 64 channels): kernels follow the window",
    ),
)

SCALES = Experiment(
    "scales",
    "does pooling regions to parts to face (FLGP) help against one scale throughout (SpoT-GCN)?",
    "scales",
    (
        spot_gcn(True, "FLGP: 10, 3, 1 nodes"),
        spot_gcn(False, "single scale: 10 nodes", network={"pooling": False}),
    ),
    FIGURES,
    MEASURE,
    sizes(_HALF_WIDTH | {"seeds": 3}),
    notes=(_HALF_NOTE, "both have the same number of parameters; how the single scale ends (nodes averaged before the "
           "head) is a choice of ours"),
)  # fmt: skip

_PAPER = {"contrastive_weight": 0.05}
CONTRASTIVE = Experiment(
    "contrastive",
    "what do weight, temperature, batch size and class balance of the contrastive loss change (SpoT-GCN)?",
    "contrastive loss (reference: λ 0.05, τ 0.5, batches of 8 segments with pairs)",
    (
        spot_gcn(True, "reference", training=_PAPER),
        spot_gcn(False, "λ 0", training={"contrastive_weight": 0.0}),
        spot_gcn(False, "λ 0.005", training={"contrastive_weight": 0.005}),
        spot_gcn(False, "λ 0.5", training={"contrastive_weight": 0.5}),
        spot_gcn(False, "τ 0.07", training=_PAPER, temperature=0.07),
        spot_gcn(False, "τ 2", training=_PAPER, temperature=2.0),
        spot_gcn(False, "batch 32", training=_PAPER | {"batch_segments": 32}),
        spot_gcn(False, "batch 32, λ 0", training={"contrastive_weight": 0.0, "batch_segments": 32}),
        spot_gcn(False, "no pairs", training=_PAPER | {"paired_batches": False}),
        spot_gcn(False, "classes equal", training=_PAPER, balanced=True),
    ),
    FIGURES,
    MEASURE,
    sizes(_HALF_WIDTH),
    notes=(_HALF_NOTE, "every condition sees the same number of segments, so a batch of 32 takes a quarter of the "
           "steps: compare it with the row of the same batch and λ 0",
           "pairs: batches dealt so that frames have partners of their class from another segment; classes equal: each "
           "class counts the same in the loss, which neutral frames dominate otherwise"),
)  # fmt: skip

SPOT_GCN_PARTS = Experiment(
    "spot-gcn-parts",
    "which parts of SpoT-GCN carry its score?",
    "SpoT-GCN without",
    (
        spot_gcn(True, "nothing left out"),
        spot_gcn(False, "graph", network={"graph": False}),
        spot_gcn(False, "FLGP", network={"pooling": False}),
        spot_gcn(False, "graph and FLGP", network={"graph": False, "pooling": False}),
        spot_gcn(False, "background segments", training={"background": 0.0}),
        spot_gcn(False, "augmentation", training={"mirror": False, "gain": 0.0, "noise": 0.0}),
    ),
    FIGURES,
    MEASURE,
    sizes(_HALF_WIDTH),
    notes=(_HALF_NOTE, "the last two are parts of our training, not of the network: the paper has neither"),
)


def spotformer(reference: bool, name: str, **network: Any) -> Level:
    return Level(name, {"training": {"architecture": "spotformer", "network": network}}, reference=reference)


SPOTFORMER_PARTS = Experiment(
    "spotformer-parts",
    "which parts of SpotFormer carry its score (at d = 64)?",
    "SpotFormer variant",
    (
        spotformer(True, "whole"),
        spotformer(False, "no FLGP", pooling=False),
        spotformer(False, "no temporal convolution", temporal_convolution=False),
        spotformer(False, "spatial only", temporal_attention=False),
        spotformer(False, "temporal only", spatial_attention=False),
    ),
    FIGURES,
    MEASURE,
    sizes(
        {
            "networks": {"spotformer": {"width": 64, "hidden": 64}},
            "seeds": 1,
            "train": 60,
            "validation": 24,
            "test": 48,
            "segments": 1500,
        },
        {"networks": {"spotformer": {"width": 256, "hidden": 256}}},
    ),
    notes=(
        "preset small: d = 64 and a short training, far below the published 256 and 100 epochs",
        "variants differ in parameters: see facts in result.json",
    ),
)

EXPERIMENTS = (WINDOW, SCALES, CONTRASTIVE, SPOT_GCN_PARTS, SPOTFORMER_PARTS)
