"""Whether a checkpoint from elsewhere may be used: files, hash, shapes, settings, features, decoder, and a first try.

Nothing is unpickled, and no network is built before its shapes were compared with those of the file: a description may
ask for more memory than there is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from spotcore.decoding import DECODERS, propose
from spotcore.errors import InvalidFile, InvalidSettings, SpotcoreError
from spotcore.models import build_network
from spotcore.pipeline import load_model
from spotcore.regions import FEATURE_KIND
from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.trace_spiking import synthetic_traces
from spotcore.training import checkpoint

MOST_WEIGHTS, MOST_DESCRIPTION = 1_000_000_000, 10_000_000  # bytes; the largest network of ours has 13 MB


def verify(folder: Path) -> checkpoint.CheckpointInfo:
    """The description of a checkpoint that can be used here.

    Raises:
        InvalidFile: with a sentence about what is wrong.
    """
    folder = Path(folder)
    for name, most in ((checkpoint.DESCRIPTION, MOST_DESCRIPTION), (checkpoint.WEIGHTS, MOST_WEIGHTS)):
        path = folder / name
        if not path.is_file() or path.is_symlink():
            both = f"{checkpoint.WEIGHTS} and {checkpoint.DESCRIPTION}"
            raise InvalidFile(f"{name} is missing: a checkpoint is a folder with {both}")
        if path.stat().st_size > most:
            raise InvalidFile(f"{name} is larger than {most // 1_000_000} MB, which no network of Glint is")
    info = checkpoint.read_info(folder)
    if _digest(folder / checkpoint.WEIGHTS) != info.sha256:
        raise InvalidFile(f"{checkpoint.WEIGHTS} is not what {checkpoint.DESCRIPTION} describes (sha256 differs)")
    _require_shapes(folder / checkpoint.WEIGHTS, info)
    if info.kind != FEATURE_KIND and info.architecture != "fesnet":
        raise InvalidFile(
            f"the network was trained on features of the kind {info.kind.extractor} at {info.kind.rate:g} a second; "
            f"this Glint measures {FEATURE_KIND.extractor} at {FEATURE_KIND.rate:g}"
        )
    if info.decoder not in DECODERS:
        raise InvalidFile(f"the decoder {info.decoder!r} is unknown here; known are {', '.join(DECODERS)}")
    _try(folder, info)
    return info


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_shapes(path: Path, info: checkpoint.CheckpointInfo) -> None:
    """The names and shapes in the file are those of the architecture, compared without weights on either side."""
    import safetensors

    try:
        with torch.device("meta"):
            network = build_network(info.architecture, info.settings)
        expected: Mapping[str, Any] = {name: tuple(value.shape) for name, value in network.state_dict().items()}
        with safetensors.safe_open(path, framework="pt") as file:
            given = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (InvalidSettings, safetensors.SafetensorError, OSError, RuntimeError, TypeError, KeyError) as error:
        raise InvalidFile(f"the network cannot be rebuilt: {error}") from error
    wrong = sorted(name for name in {*expected, *given} if expected.get(name) != given.get(name))
    if wrong:
        first = wrong[0]
        raise InvalidFile(
            f"parameters do not fit the architecture {info.architecture} ({len(wrong)} of them): {first} is "
            f"{given.get(first, 'missing')}, expected {expected.get(first, 'none')}"
        )


def _try(folder: Path, info: checkpoint.CheckpointInfo) -> None:
    """Load it and let it spot four seconds of synthetic traces: settings and calibration must work too."""
    try:
        network = checkpoint.load(folder).network
        if not all(bool(torch.isfinite(value).all()) for value in network.state_dict().values()):
            raise InvalidFile("the weights hold numbers that are not finite")
        if network.input != "face clips":
            traces, _ = synthetic_traces(1, PlanSettings(seconds=4.0, micro=(0, 0), macro=(1, 1)))
            propose(load_model(folder, "cpu").curves(traces))
    except SpotcoreError as error:
        raise InvalidFile(str(error).replace(f"{folder}/", "")) from error
    except (ValueError, KeyError, TypeError, IndexError, RuntimeError) as error:
        raise InvalidFile(f"decoder settings or calibration cannot be used: {error!r}") from error
