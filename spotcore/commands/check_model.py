"""`python -m spotcore check-model FOLDER`: whether a checkpoint from elsewhere may be used; nothing is unpickled."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; torch is not needed for that."""
    parser.description = "Compare hash, shapes, settings, features and decoder of a checkpoint, and try it once."
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds model.safetensors and model.json")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Verify and say what it is."""
    from spotcore.training.verification import verify

    info = verify(arguments.folder)
    found = {
        "architecture": info.architecture,
        "settings": dict(info.settings),
        "sha256": info.sha256,
        "decoder": info.decoder,
        "calibration": None if info.calibration is None else info.calibration.source,
        "label_set": info.training.get("label_set"),
        "seconds": info.training.get("seconds"),
        "training": info.training.get("settings"),
        "notes": list(info.training.get("notes", ())),
    }
    print(json.dumps(found, ensure_ascii=False) if arguments.json else
          f"usable: {info.architecture}, decoder {info.decoder}, sha256 {info.sha256[:16]}")  # fmt: skip
    return 0
