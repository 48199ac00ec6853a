"""The installed environment is the one requirements.txt promises: headless OpenCV, no jax, nothing else missing."""

import importlib.util
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import cv2
import pytest

ROOT = Path(__file__).parents[1]
UNUSED_BY_GLINT = {"jax", "jaxlib", "opencv-contrib-python", "sentencepiece", "sounddevice"}


def test_opencv_has_no_window_system():
    line = next(line for line in cv2.getBuildInformation().splitlines() if line.strip().startswith("GUI:"))
    assert line.split()[-1] == "NONE"


def test_jax_is_not_installed():
    assert importlib.util.find_spec("jax") is None


def test_pip_check_names_only_the_requirements_of_mediapipe_that_glint_does_not_use():
    answer = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    missing = re.findall(r"^mediapipe \S+ requires (\S+), which is not installed", answer.stdout, re.MULTILINE)
    others = [line for line in answer.stdout.splitlines() if not line.startswith("mediapipe ")]
    assert set(missing) == UNUSED_BY_GLINT
    assert others == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pinned_version_is_the_one_installed(name):
    pins = re.findall(r"^([A-Za-z0-9_.\-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    assert len(pins) > 10
    wrong = [(n, pin, version(n)) for n, pin in pins if version(n).split("+")[0] != pin]
    assert wrong == []
