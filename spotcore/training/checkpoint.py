"""Checkpoints: a folder with model.safetensors and model.json from which the network alone can be rebuilt.

Nothing is ever unpickled. Parameter names and shapes are compared with the architecture, the hash with the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from spotcore.device import choose_device
from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.feature_files import FeatureKind
from spotcore.models import SpottingNetwork, build_network
from spotcore.probabilities import Calibration

CHECKPOINT_FORMAT = "glint-checkpoint/1"
WEIGHTS, DESCRIPTION = "model.safetensors", "model.json"


@dataclass(frozen=True)
class CheckpointInfo:
    """What stands beside the weights.

    Attributes:
        architecture, settings: what `build_network` takes.
        kind: features that the network was trained on; others are refused.
        decoder, decoder_settings: how its curves are decoded.
        calibration: score against false alarms a minute, None where none could be measured.
        training: provenance for people and for lineage (label set, roles, settings, scores, notes).
        sha256: of the weights file; filled in by `save`.
    """

    architecture: str
    settings: Mapping[str, Any]
    kind: FeatureKind
    decoder: str = "boundary_apex"
    decoder_settings: Mapping[str, Any] = field(default_factory=dict)
    calibration: Calibration | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        calibration = self.calibration
        return {
            "format": CHECKPOINT_FORMAT,
            "architecture": self.architecture,
            "settings": dict(self.settings),
            "features": {
                "extractor": self.kind.extractor,
                "regions": list(self.kind.regions),
                "unit": self.kind.unit,
                "rate": self.kind.rate,
            },
            "decoder": self.decoder,
            "decoder_settings": dict(self.decoder_settings),
            "calibration": None
            if calibration is None
            else {
                "scores": {kind: list(values) for kind, values in calibration.scores.items()},
                "false_alarms": {kind: list(values) for kind, values in calibration.false_alarms.items()},
                "source": calibration.source,
            },
            "training": dict(self.training),
            "sha256": self.sha256,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CheckpointInfo:
        """The description of parsed JSON; KeyError and TypeError where something is missing."""
        stored, features = data["calibration"], data["features"]
        calibration = None
        if stored is not None:
            calibration = Calibration(
                {kind: tuple(values) for kind, values in stored["scores"].items()},
                {kind: tuple(values) for kind, values in stored["false_alarms"].items()},
                stored["source"],
            )
        return cls(
            data["architecture"],
            data["settings"],
            FeatureKind(features["extractor"], tuple(features["regions"]), features["unit"], features["rate"]),
            data["decoder"],
            data["decoder_settings"],
            calibration,
            data["training"],
            data["sha256"],
        )


@dataclass(frozen=True)
class Checkpoint:
    """A network ready for inference and its description."""

    network: SpottingNetwork
    info: CheckpointInfo


def save(folder: Path | str, network: SpottingNetwork, info: CheckpointInfo) -> CheckpointInfo:
    """Write the folder and return the description with the hash of the weights.

    The description is replaced last and names the hash, so a killed writer leaves a folder that `load` refuses or
    the complete new one, never a mixture that loads.
    """
    import safetensors.torch  # only who writes or reads needs it: a bare GPU machine trains without

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    weights = safetensors.torch.save(tensors)
    info = CheckpointInfo(**{**vars(info), "sha256": hashlib.sha256(weights).hexdigest()})
    text = json.dumps(info.as_dict(), indent=1, ensure_ascii=False)
    for name, content in ((WEIGHTS, weights), (DESCRIPTION, text.encode())):
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)
    return info


def read_info(folder: Path | str) -> CheckpointInfo:
    """The description alone, without weights.

    Raises:
        InvalidFile: no checkpoint of this format.
    """
    path = Path(folder) / DESCRIPTION
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") != CHECKPOINT_FORMAT:
            raise InvalidFile(f"{path}: expected the format {CHECKPOINT_FORMAT}, got {data.get('format')!r}")
        return CheckpointInfo.from_dict(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidFile(f"{path}: expected the description of a checkpoint, reading it failed: {error!r}") from error


def load(folder: Path | str, device: torch.device | str = "cpu") -> Checkpoint:
    """Rebuild the network in evaluation mode.

    Raises:
        InvalidFile: files missing or damaged, a hash that differs, or parameters that do not fit the architecture.
    """
    import safetensors.torch

    info, path = read_info(folder), Path(folder) / WEIGHTS
    place = choose_device(device) if isinstance(device, str) else device
    try:
        weights = path.read_bytes()
        if hashlib.sha256(weights).hexdigest() != info.sha256:
            raise InvalidFile(f"{path}: the weights are not the ones that {DESCRIPTION} describes (sha256 differs)")
        network = build_network(info.architecture, info.settings)
        load_weights(network, safetensors.torch.load(weights), str(path))
    except (OSError, safetensors.SafetensorError, InvalidSettings) as error:
        raise InvalidFile(f"{path}: the checkpoint cannot be loaded: {error}") from error
    return Checkpoint(network.to(place).eval(), info)


def load_weights(network: SpottingNetwork, tensors: Mapping[str, torch.Tensor], where: str) -> None:
    """Fill a network, after every name, shape and dtype was compared.

    Raises:
        InvalidFile: naming what is missing, unknown or of another shape.
    """
    expected = {name: (tuple(v.shape), v.dtype) for name, v in network.state_dict().items()}
    given = {name: (tuple(v.shape), v.dtype) for name, v in tensors.items()}
    problems = [f"{name} is missing" for name in expected if name not in given]
    problems += [f"{name} is unknown" for name in given if name not in expected]
    problems += [
        f"{name}: expected {expected[name]}, got {given[name]}"
        for name in expected
        if name in given and given[name] != expected[name]
    ]
    if problems:
        raise InvalidFile(f"{where}: parameters do not fit the architecture: " + "; ".join(problems[:5]))
    network.load_state_dict(dict(tensors))
