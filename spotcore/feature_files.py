"""Trace files: what the extractor measured in every analysed frame of one video, kept for training and spotting.

Holds the value (`Traces`), its file format (npz with a JSON header) and the cutting of network windows. How the
numbers are measured stands in `features`; what networks do with windows in `models`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from spotcore.errors import IncompatibleFeatures, InvalidFile

TRACE_FORMAT = "glint-traces/1"


@dataclass(frozen=True)
class FeatureKind:
    """What a displacement means: a checkpoint refuses traces of another kind (METHODS section 2).

    Attributes:
        extractor: name and version of the recipe, "anchor-dis/1".
        regions: names of the R regions in column order.
        unit: unit of the displacement, "percent of inter-ocular distance".
        rate: analysis rate in frames per second that the windows were meant for.
    """

    extractor: str
    regions: tuple[str, ...]
    unit: str = "percent of inter-ocular distance"
    rate: float = 30.0

    def require(self, other: FeatureKind, where: str) -> None:
        """Raise IncompatibleFeatures unless `other` is the same kind."""
        wrong = [f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)]
        if wrong:
            pairs = ", ".join(f"{n}: expected {getattr(self, n)!r}, got {getattr(other, n)!r}" for n in wrong)
            raise IncompatibleFeatures(f"{where} holds features of another kind ({pairs})")


@dataclass(frozen=True)
class Traces:
    """Per-frame measurements of one video at the analysis rate.

    Attributes:
        frames: (T,) int64, original frame number of each sample, ascending.
        timestamps: (T,) float64, seconds since the first shown frame.
        displacement: (T, R, 2) float32, per cent of the inter-ocular distance, x right and y down, head motion
            removed, stitched over anchors: displacement[t] - displacement[s] is the movement from s to t.
        found: (T,) bool, a face was measured in this frame (else the row repeats the last measured one).
        analysable: (T,) bool, found and not gated (yaw, flow residual; METHODS section 2).
        anchor: (T,) int32, number of the anchor each frame was measured against.
        head_motion: (T, 6) float32, the robust fit: x, y (per cent), rotation (degrees), scale (per cent),
            yaw and pitch (degrees).
        eye_openness: (T,) float32, lid distance over eye width, mean of both eyes.
        mouth_activity: (T,) float32, per cent per frame of lip movement, smoothed (speech indicator).
        noise_floor: (T,) float32, local repeatability of the displacement, per cent.
        kind: what the displacement means.
        source: provenance: video hash, settings of the extractor, versions.
        signals: further named (T,) float32 measurements that decoders may use.
    """

    frames: np.ndarray
    timestamps: np.ndarray
    displacement: np.ndarray
    found: np.ndarray
    analysable: np.ndarray
    anchor: np.ndarray
    head_motion: np.ndarray
    eye_openness: np.ndarray
    mouth_activity: np.ndarray
    noise_floor: np.ndarray
    kind: FeatureKind
    source: Mapping[str, object] = field(default_factory=dict)
    signals: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.frames)
        expected = {
            "frames": (count,),
            "timestamps": (count,),
            "displacement": (count, len(self.kind.regions), 2),
            "found": (count,),
            "analysable": (count,),
            "anchor": (count,),
            "head_motion": (count, 6),
            "eye_openness": (count,),
            "mouth_activity": (count,),
            "noise_floor": (count,),
        }
        shapes = {name: getattr(self, name).shape for name in expected}
        shapes |= {f"signals[{name}]": values.shape for name, values in self.signals.items()}
        expected |= {f"signals[{name}]": (count,) for name in self.signals}
        wrong = [f"{n} {shapes[n]} instead of {expected[n]}" for n in expected if shapes[n] != expected[n]]
        if wrong:
            raise ValueError("traces of unequal shape: " + ", ".join(wrong))

    def __len__(self) -> int:
        return len(self.frames)


_ARRAYS = (
    "frames", "timestamps", "displacement", "found", "analysable", "anchor", "head_motion", "eye_openness",
    "mouth_activity", "noise_floor",
)  # fmt: skip


def save_traces(traces: Traces, path: Path) -> None:
    """Write atomically: a killed writer leaves either no file or a complete one."""
    path = Path(path)
    header = {
        "format": TRACE_FORMAT,
        "kind": {f.name: getattr(traces.kind, f.name) for f in fields(FeatureKind)},
        "source": dict(traces.source),
        "signals": sorted(traces.signals),
    }
    arrays = {name: getattr(traces, name) for name in _ARRAYS}
    arrays |= {f"signal/{name}": values for name, values in traces.signals.items()}
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        np.savez(file, header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8), **arrays)
    part.replace(path)


def load_traces(path: Path) -> Traces:
    """Read a trace file.

    Raises:
        InvalidFile: not a trace file, of another format version, or damaged.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as data:
            header = json.loads(data["header"].tobytes())
            if header.get("format") != TRACE_FORMAT:
                raise InvalidFile(f"{path}: expected the format {TRACE_FORMAT}, got {header.get('format')!r}")
            kind = header["kind"]
            return Traces(
                **{name: data[name] for name in _ARRAYS},
                kind=FeatureKind(**{**kind, "regions": tuple(kind["regions"])}),
                source=header["source"],
                signals={name: data[f"signal/{name}"] for name in header["signals"]},
            )
    except InvalidFile:
        raise
    except Exception as error:
        raise InvalidFile(f"{path}: expected a trace file ({TRACE_FORMAT}), reading it failed: {error}") from error


def cut_windows(displacement: np.ndarray, centres: np.ndarray, window: int) -> np.ndarray:
    """Network input: movement since the first frame of the window around each centre frame.

    Edge frames are replicated (a choice of ours; the papers do not say).

    Args:
        displacement: (T, R, 2) float32.
        centres: (B,) int, sample indices 0..T-1.
        window: odd number of samples W.

    Returns:
        (B, W, R, 2) float32; row 0 of every window is zero.
    """
    half = window // 2
    rows = np.clip(centres[:, None] + np.arange(-half, half + 1), 0, len(displacement) - 1)  # (B, W)
    cut = displacement[rows]  # (B, W, R, 2)
    return (cut - cut[:, :1]).astype(np.float32)
