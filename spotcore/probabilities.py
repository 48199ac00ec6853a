"""Per-frame probabilities of one spotting run, the curves that reviewers see and that decoding reads.

Ten channels as SpoT-GCN and SpotFormer give them (METHODS section 3); other models fill the subset they know and may
add channels of their own. Free of torch: pages read these files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spotcore.errors import InvalidFile
from spotcore.intervals import EXPRESSION_TYPES

CURVE_FORMAT = "glint-curves/1"
CHANNELS = (
    "micro_onset", "micro_offset", "micro_none", "macro_onset", "macro_offset", "macro_none",
    "micro_apex", "macro_apex", "micro_action", "macro_action",
)  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    """Which score goes with how many expected false alarms a minute, per expression type (METHODS section 8).

    Attributes:
        scores: type -> (P,) ascending scores.
        false_alarms: type -> (P,) expected false proposals per minute at or above that score, descending.
        source: what it was measured on, for people.
    """

    scores: Mapping[str, tuple[float, ...]]
    false_alarms: Mapping[str, tuple[float, ...]]
    source: str

    def __post_init__(self) -> None:
        for kind in EXPRESSION_TYPES:
            scores, rates = self.scores.get(kind, ()), self.false_alarms.get(kind, ())
            if len(scores) != len(rates) or list(scores) != sorted(scores) or list(rates) != sorted(rates)[::-1]:
                raise ValueError(f"calibration of {kind}: expected ascending scores with descending false alarms")

    def threshold(self, kind: str, per_minute: float) -> float:
        """Smallest score at which at most `per_minute` false alarms are expected; interpolated, clamped."""
        rates, scores = np.asarray(self.false_alarms[kind])[::-1], np.asarray(self.scores[kind])[::-1]
        return float(np.interp(per_minute, rates, scores))

    def rate(self, kind: str, score: float) -> float:
        """Expected false alarms a minute among proposals scoring at least `score`."""
        return float(np.interp(score, self.scores[kind], self.false_alarms[kind]))


@dataclass(frozen=True)
class Curves:
    """Everything a spotting run knows per frame, and how to decode it.

    Attributes:
        frames: (T,) int64, original frame number of each sample, ascending.
        timestamps: (T,) float64, seconds.
        channels: name -> (T,) float32 in 0..1.
        decoder: key of `decoding.DECODERS`.
        settings: settings of that decoder.
        calibration: scores against false alarms a minute; None where nobody measured it.
    """

    frames: np.ndarray
    timestamps: np.ndarray
    channels: Mapping[str, np.ndarray]
    decoder: str
    settings: Mapping[str, float | int | str | bool] = field(default_factory=dict)
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        count = len(self.frames)
        wrong = [f"{name} {values.shape}" for name, values in self.channels.items() if values.shape != (count,)]
        if wrong or self.timestamps.shape != (count,):
            raise ValueError(f"expected curves of {count} samples, got {', '.join(wrong) or self.timestamps.shape}")

    def __len__(self) -> int:
        return len(self.frames)

    def at_frames(self, name: str, frame_count: int) -> np.ndarray:
        """One channel on every original frame, linearly interpolated: (frame_count,) float32."""
        if len(self.frames) == 0:
            return np.zeros(frame_count, np.float32)
        return np.interp(np.arange(frame_count), self.frames, self.channels[name]).astype(np.float32)


def save_curves(curves: Curves, path: Path) -> None:
    """Write atomically as npz with a JSON header."""
    path = Path(path)
    calibration = curves.calibration
    header = {
        "format": CURVE_FORMAT,
        "decoder": curves.decoder,
        "settings": dict(curves.settings),
        "channels": list(curves.channels),
        "calibration": None
        if calibration is None
        else {
            "scores": {k: list(v) for k, v in calibration.scores.items()},
            "false_alarms": {k: list(v) for k, v in calibration.false_alarms.items()},
            "source": calibration.source,
        },
    }
    arrays = {f"channel/{name}": np.asarray(values, np.float32) for name, values in curves.channels.items()}
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        np.savez(
            file,
            header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8),
            frames=curves.frames,
            timestamps=curves.timestamps,
            **arrays,
        )
    part.replace(path)


def load_curves(path: Path) -> Curves:
    """Read a curve file.

    Raises:
        InvalidFile: not a curve file, of another format version, or damaged.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as data:
            header = json.loads(data["header"].tobytes())
            if header.get("format") != CURVE_FORMAT:
                raise InvalidFile(f"{path}: expected the format {CURVE_FORMAT}, got {header.get('format')!r}")
            stored = header["calibration"]
            calibration = None
            if stored is not None:
                calibration = Calibration(
                    scores={k: tuple(v) for k, v in stored["scores"].items()},
                    false_alarms={k: tuple(v) for k, v in stored["false_alarms"].items()},
                    source=stored["source"],
                )
            return Curves(
                frames=data["frames"],
                timestamps=data["timestamps"],
                channels={name: data[f"channel/{name}"] for name in header["channels"]},
                decoder=header["decoder"],
                settings=header["settings"],
                calibration=calibration,
            )
    except InvalidFile:
        raise
    except Exception as error:
        raise InvalidFile(f"{path}: expected a curve file ({CURVE_FORMAT}), reading it failed: {error}") from error
