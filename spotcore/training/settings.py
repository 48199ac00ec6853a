"""Everything that can be set about a training run, and the presets; values only, no behaviour."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from spotcore.config import Settings, setting
from spotcore.errors import InvalidSettings
from spotcore.training.losses import BOUNDARY_LOSSES


@dataclass(frozen=True)
class TrainingSettings(Settings):
    """Settings of one run; the defaults are the preset "quick".

    `preset` makes them from a name. What the papers say stands in the preset "paper" (METHODS section 4).
    """

    architecture: str = setting("spot_gcn", "kind of network")
    window: int = setting(17, "samples per window of the network", choices=(5, 11, 17, 25))
    network: str = setting("", 'further settings of the network as JSON, such as {"width": 64}')
    preset: str = setting("quick", "name these settings started from", choices=("quick", "paper", "tune"))
    seed: int = setting(0, "seed of weights, order and augmentation", low=0)
    device: str = setting("auto", "auto, cpu or cuda")
    threads: int = setting(0, "CPU threads of the network; 0: half of the cores, so that the pages stay quick", low=0)
    epochs: int = setting(30, "passes over the segments", low=1, high=10_000)
    batch_segments: int = setting(8, "segments of 16 frames in a batch", low=1, high=4096)
    minimum_segments: int = setting(64, "an epoch repeats its segments, shifted and varied, up to this many", low=1)
    learning_rate: float = setting(0.005, "AdamW", low=1e-7, high=1.0)
    weight_decay: float = setting(
        0.1, "AdamW, none on biases and norms; with a guard: of all parameters, towards the start", low=0.0, high=100.0
    )
    decay_per_epoch: float = setting(0.96, "factor on the learning rate after each epoch", low=0.1, high=1.0)
    boundary_loss: str = setting("focal", "boundary loss", choices=tuple(BOUNDARY_LOSSES))
    macro_weight: float = setting(0.7, "r: weight of the macro loss", low=0.0)
    contrastive_weight: float = setting(0.0, "lambda: weight of the contrastive loss", low=0.0)
    paired_batches: bool = setting(True, "with a contrastive loss: deal segments so that batches hold positives")
    background: float = setting(1.0, "background segments per segment with an expression", low=0.0, high=100.0)
    minimum_events: int = setting(3, "types with fewer training events are not trained and not proposed", low=1)
    mirror: bool = setting(True, "augmentation: mirror left and right in half of the segments")
    gain: float = setting(0.3, "augmentation: log-normal spread of a factor on the displacement", low=0.0, high=2.0)
    noise: float = setting(0.1, "augmentation: added noise, per cent of the inter-ocular distance", low=0.0, high=10.0)
    save_every: int = setting(1, "epochs between two saved states", low=1)
    validate_every: int = setting(2, "epochs between two validations", low=1)
    choose_after: float = setting(0.5, "share of the epochs after which one may be chosen", low=0.0, high=1.0)
    patience: int = setting(0, "stop after this many epochs without a better validation; 0: never", low=0)
    mixed_precision: bool = setting(True, "bfloat16 in the network's layers, on CUDA only")
    event_files: bool = setting(False, "write the metrics as TensorBoard event files too")
    warm_start: str = setting("", "default or the folder of a checkpoint to start from, or empty")
    guard: bool = setting(
        False, "the architecture is the start's, and what the start knew is guarded against forgetting, see tuning"
    )


    def contradictions(self) -> list[str]:
        found = []
        if self.validate_every > self.epochs:
            found.append(f"validate_every ({self.validate_every}) is more than epochs ({self.epochs})")
        if self.guard and not self.warm_start:
            found.append("guard (preset tune) goes with a warm_start: there is nothing to guard otherwise")
        try:
            if not isinstance(json.loads(self.network or "{}"), dict):
                found.append(f"network: expected a JSON object, got {self.network!r}")
        except ValueError:
            found.append(f"network: expected a JSON object, got {self.network!r}")
        return found

    def network_settings(self) -> dict[str, Any]:
        """What `build_network` takes: the window, where the architecture has one, and `network`."""
        window = {"window": self.window} if self.architecture in WINDOWED else {}
        return window | json.loads(self.network or "{}")

    @classmethod
    def from_preset(cls, preset: str, **changes: Any) -> TrainingSettings:
        """Settings of a preset for the architecture among the changes (spot_gcn), with the rest of them applied.

        Raises:
            InvalidSettings: an unknown preset, or changes that it refuses.
        """
        if preset not in PRESETS:
            raise InvalidSettings(f"preset: expected one of {', '.join(PRESETS)}, got {preset!r}")
        special = ARCHITECTURE_PRESETS.get((preset, str(changes.get("architecture", "spot_gcn"))), {})
        if isinstance(changes.get("network"), dict):  # the command line reads JSON values
            changes["network"] = json.dumps(changes["network"], sort_keys=True)
        values = {"preset": preset} | PRESETS[preset] | special | changes
        return cls.from_dict(values, f"training preset {preset}")


WINDOWED = ("spot_gcn", "spotformer")  # the others settle their own receptive field

PRESETS: dict[str, dict[str, Any]] = {
    # For two cores and a handful of short clips: few segments, so they are repeated and varied.
    "quick": {},
    # SpoT-GCN as published, on every segment that contains an expression and no background.
    "paper": {
        "epochs": 100, "batch_segments": 32, "minimum_segments": 1, "learning_rate": 0.01, "weight_decay": 0.1,
        "decay_per_epoch": 0.96, "macro_weight": 0.7, "contrastive_weight": 0.05, "background": 0.0,
        "minimum_events": 10, "mirror": False, "gain": 0.0, "noise": 0.0, "validate_every": 1,
        "choose_after": 0.0,
    },
    # Going on from a trained network with the labels of one lab: few, careful epochs.
    "tune": {
        "guard": True, "epochs": 8, "batch_segments": 16, "learning_rate": 1e-3, "decay_per_epoch": 0.8,
        "weight_decay": 5.0, "minimum_events": 10, "noise": 0.03, "validate_every": 1, "choose_after": 0.0,
    },
}  # fmt: skip

# What differs from the preset: SpotFormer as published (METHODS section 5; r = 0.55 on SAMM-LV is `loso`'s business),
# and sizes and rates of ours that two cores can train in minutes.
ARCHITECTURE_PRESETS: dict[tuple[str, str], dict[str, Any]] = {
    ("paper", "spotformer"): {"learning_rate": 2e-4, "contrastive_weight": 0.005, "macro_weight": 0.5},
    ("quick", "spotformer"): {
        "learning_rate": 1e-3, "macro_weight": 0.5, "epochs": 20, "network": '{"width": 64, "hidden": 64}',
    },
    ("quick", "dilated"): {"learning_rate": 0.003},
    # The summaries say nothing about FESNet's training: all of it is a choice of ours.
    ("paper", "fesnet"): {
        "learning_rate": 5e-4, "weight_decay": 0.01, "batch_segments": 8, "background": 1.0, "epochs": 60,
        "contrastive_weight": 0.0, "mirror": True, "gain": 0.1, "noise": 2.0,
    },
    ("quick", "fesnet"): {
        "learning_rate": 1e-3, "weight_decay": 0.01, "batch_segments": 4, "minimum_segments": 16, "epochs": 12,
        "gain": 0.1, "noise": 2.0, "network": '{"side": 64, "channels": [8, 16, 32, 32], "temporal_channels": 32}',
    },
}  # fmt: skip
