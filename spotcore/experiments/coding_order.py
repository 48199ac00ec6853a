"""The question which videos to code first: chosen by doubt and difference, or at random."""

from __future__ import annotations

from typing import Any

from spotcore.experiments.experiment import FALSE_ALARMS, MACRO, MICRO, OVERALL, Experiment, Level, mean
from spotcore.experiments.networks import sizes

CODED = (16, 32, 64)  # videos, the starting batch included
ORDERS: dict[str, dict[str, Any]] = {
    "random": {"random_share": 1.0},
    "doubt": {"random_share": 0.0, "doubt_weight": 1.0},
    "difference": {"random_share": 0.0, "doubt_weight": 0.0},
    "doubt, difference, a fifth random": {"random_share": 0.2, "doubt_weight": 0.5},
}

ACTIVE_LEARNING = Experiment(
    "active-learning",
    "which videos should be coded first: does choosing by doubt and difference beat choosing at random?",
    "how the videos to code were chosen",
    tuple(
        Level(order, {"order": settings, "coded": coded}, f"{coded} videos coded", order == "random")
        for coded in CODED
        for order, settings in ORDERS.items()
    ),
    (OVERALL, MACRO, MICRO, FALSE_ALARMS, mean("expressions coded", "expressions", "cells", "higher")),
    "spotcore.experiments.active_learning:measure",
    sizes(
        {"seeds": 4, "pool": 160, "test": 100, "segments": 4000, "start": 8},
        {"seeds": 10, "pool": 600, "test": 400, "segments": 60_000, "start": 8},
    )
    | {"tiny": {"seeds": 1, "pool": 18, "validation": 3, "test": 4, "trace_seconds": 6.0, "segments": 16, "start": 4,
                "shrink": 4, "networks": {"dilated": {"channels": 8, "layers": 2}}}},
    corpus="synthetic traces",
    notes=(
        "the small dilated network; it starts from eight videos drawn at random (the same for all orders) and is "
        "trained anew each time as many again are coded, then asked which to code next",
        "the library to choose from: half of the videos hold two to six expressions, half none to two, a third were "
        "filmed with four times the noise; test people come from the same mixture",
        "every video costs the same here; at a desk a video full of expressions takes longer to code than an empty one",
    ),
)  # fmt: skip

EXPERIMENTS = (ACTIVE_LEARNING,)
