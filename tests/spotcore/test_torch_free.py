"""Pages and services import these modules: none of them may bring torch or mediapipe along."""

from __future__ import annotations

import subprocess
import sys

import pytest

MODULES = (
    "errors", "intervals", "feature_files", "probabilities", "config", "nms", "boundary_apex", "bumps", "decoding",
    "targets", "matching", "evaluation", "published_decoding", "splits", "manifest", "label_csv", "runs", "thresholds",
    "nested", "error_analysis", "error_causes", "signs", "interval_curves", "source_marks", "report_page",
    "report_charts", "score_curve_decoding", "nested_decoding", "decoding_steps",
    "commands.score", "commands.train", "commands.loso", "__main__",
)  # fmt: skip


def test_modules_for_pages_import_neither_torch_nor_mediapipe():
    lines = [f"import spotcore.{name}" for name in MODULES]
    lines += ["import sys", "print(sorted({'torch', 'mediapipe', 'cv2', 'streamlit'} & set(sys.modules)))"]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["score", "train"])
def test_the_help_of_a_command_does_not_load_torch(command):
    code = f"import sys; import spotcore.__main__ as m\ntry: m.main(['{command}', '--help'])\nexcept SystemExit: pass"
    done = subprocess.run(
        [sys.executable, "-c", code + "\nprint('torch' in sys.modules)"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "False"
