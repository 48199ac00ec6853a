"""Everything that can be set about a training run, and the two presets; values only, no behaviour."""

from __future__ import annotations

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
    preset: str = setting("quick", "name these settings started from", choices=("quick", "paper"))
    seed: int = setting(0, "seed of weights, order and augmentation", low=0)
    device: str = setting("auto", "auto, cpu or cuda")
    threads: int = setting(0, "CPU threads of the network; 0: half of the cores, so that the pages stay quick", low=0)
    epochs: int = setting(30, "passes over the segments", low=1, high=10_000)
    batch_segments: int = setting(8, "segments of 16 frames in a batch", low=1, high=4096)
    minimum_segments: int = setting(64, "an epoch repeats its segments, shifted and varied, up to this many", low=1)
    learning_rate: float = setting(0.005, "AdamW", low=1e-7, high=1.0)
    weight_decay: float = setting(0.1, "AdamW, none on biases and norms", low=0.0, high=10.0)
    decay_per_epoch: float = setting(0.96, "factor on the learning rate after each epoch", low=0.1, high=1.0)
    boundary_loss: str = setting("focal", "boundary loss", choices=tuple(BOUNDARY_LOSSES))
    macro_weight: float = setting(0.7, "r: weight of the macro loss", low=0.0)
    contrastive_weight: float = setting(0.0, "lambda: weight of the contrastive loss", low=0.0)
    background: float = setting(1.0, "background segments per segment with an expression", low=0.0, high=100.0)
    minimum_events: int = setting(3, "types with fewer training events are not trained and not proposed", low=1)
    mirror: bool = setting(True, "augmentation: mirror left and right in half of the segments")
    gain: float = setting(0.3, "augmentation: log-normal spread of a factor on the displacement", low=0.0, high=2.0)
    noise: float = setting(0.1, "augmentation: added noise, per cent of the inter-ocular distance", low=0.0, high=10.0)
    save_every: int = setting(1, "epochs between two saved states", low=1)
    validate_every: int = setting(2, "epochs between two validations", low=1)
    choose_after: float = setting(0.5, "share of the epochs after which one may be chosen", low=0.0, high=1.0)
    warm_start: str = setting("", "folder of a checkpoint of this architecture to start from, or empty")

    def contradictions(self) -> list[str]:
        found = []
        if self.validate_every > self.epochs:
            found.append(f"validate_every ({self.validate_every}) is more than epochs ({self.epochs})")
        return found

    @classmethod
    def from_preset(cls, preset: str, **changes: Any) -> TrainingSettings:
        """Settings of a preset with some of them changed.

        Raises:
            InvalidSettings: an unknown preset, or changes that it refuses.
        """
        if preset not in PRESETS:
            raise InvalidSettings(f"preset: expected one of {', '.join(PRESETS)}, got {preset!r}")
        return cls.from_dict({"preset": preset} | PRESETS[preset] | changes, f"training preset {preset}")


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
}  # fmt: skip
