"""What every test may use: the shared footage (or a reason why not) and a deterministic seed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"in CI the folder {folder} must be there")
        pytest.skip(f"needs {folder}, which is not part of the project")
    return folder


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """Folder of real footage; the test is skipped with a reason where it is absent."""
    return _shared("media")


@pytest.fixture(scope="session")
def shared_benchmarks() -> Path:
    """Folder of published outputs with known answers; the test is skipped with a reason where it is absent."""
    return _shared("benchmarks")
