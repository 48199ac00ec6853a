"""Which Glint made a model: part of its lineage. Nothing but a name; no version rules."""

from __future__ import annotations

import functools
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


@functools.cache
def code_version() -> str:
    """"0.1.0 (1a2b3c4)" with the commit where Glint runs from a checkout, "+" after it where files were changed."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    commit, changes = _git("rev-parse", "--short", "HEAD"), _git("status", "--porcelain", "--untracked-files=no")
    return f"{version} ({commit}{'+' if changes else ''})" if commit else version


def _git(*arguments: str) -> str:
    try:
        answer = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):  # no git on this machine, or no checkout: the version has to do
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
