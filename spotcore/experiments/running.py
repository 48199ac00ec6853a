"""Running an experiment: cell after cell, each kept as a file, so that an interrupted run goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from spotcore.errors import InvalidSettings
from spotcore.experiments.experiment import PRESETS, Experiment, Level, Sums
from spotcore.experiments.figures import compare
from spotcore.manifest import ManifestVideo

Say = Callable[[str], None]
FORMAT = "glint-experiment/1"


@dataclass(frozen=True)
class RealCorpus:
    """A corpus of real recordings: wholly reviewed videos with their features, and what had to be left out."""

    name: str
    entries: tuple[ManifestVideo, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workplace:
    """What the function of an experiment is given beside level and seed.

    Attributes:
        sizes: of the preset: clips, steps and the like.
        shared: folder for what several experiments use, such as trained reference networks and rendered clips.
        real: the real corpus to run on; None for the synthetic one.
        device: "auto", "cpu" or "cuda".
        memory: what earlier cells of this process left for later ones.
    """

    sizes: Mapping[str, Any]
    shared: Path
    real: RealCorpus | None = None
    device: str = "auto"
    memory: dict[Any, Any] = field(default_factory=dict)

    def remembered(self, key: Any, make: Callable[[], Any]) -> Any:
        """`make()` the first time, the same object afterwards."""
        if key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]


def run_experiment(
    experiment: Experiment,
    preset: str,
    out: Path,
    *,
    real: RealCorpus | None = None,
    device: str = "auto",
    say: Say = print,
) -> dict[str, Any]:
    """Measure every cell that is not in `out` yet and compare the conditions.

    Args:
        out: folder of this experiment; `out`/../shared holds what experiments have in common.

    Returns:
        The report as plain values; see `pages`.

    Raises:
        InvalidSettings: an unknown preset, or a corpus that the question cannot be asked of.
    """
    if preset not in PRESETS:
        raise InvalidSettings(f"--preset: expected one of {', '.join(PRESETS)}, got {preset!r}")
    if real is not None and not experiment.takes_real_corpus:
        raise InvalidSettings(f"experiment {experiment.name} needs movements of known size: synthetic data only")
    out = Path(out).resolve()
    sizes = experiment.presets[preset]
    workplace = Workplace(sizes, out.parent / "shared", real, device)
    module_name, _, function = experiment.measure.partition(":")
    module = import_module(module_name)
    measure = getattr(module, function)
    made_of = module.fingerprint() if real is None else _corpus_key(real)
    seeds = range(int(sizes["seeds"]))
    order = [(level, seed) for seed in seeds for level in experiment.levels]
    cells: dict[tuple[str, int], Sums] = {}
    seconds = 0.0
    facts: dict[str, Mapping[str, Any]] = {}
    for number, (level, seed) in enumerate(order, start=1):
        path = out / "cells" / f"{_slug(level.label)}-{seed}.json"
        key = _key(experiment, sizes, level, seed, made_of)
        cell = _kept(path, key)
        if cell is None:
            began = time.process_time()
            sums, fact = measure(level.settings, seed, workplace)
            cell = {"key": key, "level": level.label, "seed": seed, "seconds": round(time.process_time() - began, 1),
                    "facts": fact, "sums": sums}  # fmt: skip
            _write(path, json.dumps(cell))
            say(f"cell {number} of {len(order)}: {level.label}, seed {seed}: {cell['seconds']:g} s")
        cells[level.label, seed] = cell["sums"]
        facts[level.label] = cell["facts"]
        seconds += cell["seconds"]
    rows = compare(experiment, cells)
    for row, level in zip(rows, experiment.levels, strict=True):
        row["facts"] = facts[level.label]
    return {
        "format": FORMAT,
        "name": experiment.name,
        "question": experiment.question,
        "axis": experiment.axis,
        "preset": preset,
        "sizes": dict(sizes),
        "corpus": f"real: {real.name}" if real else f"synthetic {experiment.corpus.removeprefix('synthetic ')}",
        "seeds": len(seeds),
        "trains": experiment.trains,
        "subjects": len({subject for sums in cells.values() for subject in sums}),
        "seconds": round(seconds),
        "better": {figure.name: figure.better for figure in experiment.figures},
        "rows": rows,
        "notes": [*experiment.notes, *(real.notes if real else ())],
    }


def _slug(label: str) -> str:
    return "".join(c if c.isalnum() or c in ".-" else "_" for c in label)


def _key(experiment: Experiment, sizes: Mapping[str, Any], level: Level, seed: int, made_of: str) -> str:
    """Cells measured under other settings or on other clips are not taken over."""
    counted = {name: value for name, value in sizes.items() if name != "seeds"}
    named = [experiment.name, experiment.measure, counted, level.label, dict(level.settings), seed, made_of]
    return hashlib.sha256(json.dumps(named, sort_keys=True, default=str).encode()).hexdigest()[:20]


def _corpus_key(real: RealCorpus) -> str:
    videos = [
        [e.id, e.subject, Path(e.features).name, [[i.onset, i.offset, i.type] for i in e.intervals]]
        for e in real.entries
    ]
    return hashlib.sha256(json.dumps([real.name, videos]).encode()).hexdigest()


def _kept(path: Path, key: str) -> dict[str, Any] | None:
    try:
        cell = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return cell if cell.get("key") == key else None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
