"""A GPU machine has torch, numpy, scipy and cv2 (and pytest): tests/gpu and all they import must do with these."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(f"tests.gpu.{path.stem}" for path in (ROOT / "tests" / "gpu").glob("*.py") if path.stem != "__init__")

# Refuses every installed package that neither is one of these nor is needed by them.
BARE = """
import importlib.metadata as metadata, re, sys

def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()

wanted, there = ["torch", "numpy", "scipy", "opencv-python-headless", "pytest"], set()
while wanted:
    name = plain(wanted.pop())
    try:
        needs = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        continue
    if name not in there:
        there.add(name)
        wanted += [re.match(r"[\\w.-]+", need)[0] for need in needs if "extra ==" not in need]
installed = metadata.packages_distributions().items()
missing = {package for package, names in installed if not there & {plain(name) for name in names}}

class Bare:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in missing:
            raise ModuleNotFoundError(f"{name} is not on a bare GPU machine")

sys.meta_path.insert(0, Bare())
"""


def imported(module: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", f"{BARE}\nimport {module}"], capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize("module", MODULES)
def test_a_gpu_test_imports_with_torch_numpy_scipy_and_cv2_alone(module):
    answer = imported(module)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("module", ["mediapipe", "safetensors", "skimage", "av"])
def test_the_machine_of_this_test_really_is_bare(module):
    assert f"{module} is not on a bare GPU machine" in imported(module).stderr
