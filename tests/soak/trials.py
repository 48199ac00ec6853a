"""Numbered, seeded trials whose results are kept, so that a stopped soak run goes on where it was.

Results live in `soak-results/<name>.jsonl`, one line per finished trial; delete the file to start anew. A failed trial
is repeated at the next run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

RESULTS = Path(os.environ.get("GLINT_SOAK_RESULTS", Path(__file__).parents[2] / "soak-results"))


class Trials:
    """`total` trials of one kind; trial n always draws from the same random generator."""

    def __init__(self, name: str, total: int, seed: int = 20261120) -> None:
        self.path = RESULTS / f"{name}-{seed}.jsonl"
        self.total = total
        self.seed = seed
        self.results: dict[int, dict] = {}
        if self.path.exists():
            for line in self.path.read_text().splitlines():
                record = json.loads(line)
                self.results[record["trial"]] = record

    def remaining(self) -> Iterator[tuple[int, np.random.Generator]]:
        """Trials without a passed result, each with its own generator."""
        for number in range(self.total):
            if not self.results.get(number, {}).get("passed"):
                yield number, np.random.default_rng([self.seed, number])

    def run(self, trial: Callable[[int, np.random.Generator], dict]) -> list[dict]:
        """Run what remains; `trial` returns facts to keep or raises AssertionError. Returns the failed records."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for number, generator in self.remaining():
            try:
                record = {"trial": number, "passed": True, **trial(number, generator)}
            except AssertionError as error:
                record = {"trial": number, "passed": False, "error": str(error)[:2000]}
            self.results[number] = record
            with self.path.open("a") as file:
                file.write(json.dumps(record) + "\n")
        return [record for _, record in sorted(self.results.items()) if not record["passed"]]
