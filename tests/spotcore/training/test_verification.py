"""A checkpoint from elsewhere is compared with everything it claims before it is used."""

from __future__ import annotations

import json
import shutil

import pytest

from spotcore.errors import InvalidFile
from spotcore.shipped_model import SHIPPED_FOLDER
from spotcore.training.verification import verify


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "given"
    shutil.copytree(SHIPPED_FOLDER, made)
    return made


def change(folder, **changes):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_the_shipped_model_passes(folder):
    assert verify(folder).architecture == "ensemble"


HUGE = {"members": [{"architecture": "dilated", "settings": {"channels": 1024, "layers": 10}}] * 500}


@pytest.mark.parametrize(("changes", "words"), [
    ({"sha256": "0" * 64}, "sha256 differs"),
    ({"architecture": "perceptron"}, "cannot be rebuilt"),
    ({"settings": {"members": []}}, "cannot be rebuilt"),
    ({"settings": HUGE}, "do not fit the architecture ensemble"),
    ({"features": {"extractor": "other/9", "regions": ["a"], "unit": "pixels", "rate": 30.0}}, "of the kind other/9"),
    ({"decoder": "eval"}, "decoder 'eval' is unknown"),
    ({"decoder_settings": {"network": {}}}, "cannot be used"),
    ({"format": "pickle/1"}, "expected the format"),
])  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(folder, changes, words):
    change(folder, **changes)
    with pytest.raises(InvalidFile, match=words):
        verify(folder)


def test_a_missing_or_cut_file_is_refused(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InvalidFile, match="sha256 differs"):
        verify(folder)
    weights.unlink()
    with pytest.raises(InvalidFile, match=r"model\.safetensors is missing"):
        verify(folder)
