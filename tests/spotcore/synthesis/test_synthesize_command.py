"""`python -m spotcore synthesize`: files, messages, exit codes."""

from __future__ import annotations

import pytest

from spotcore.__main__ import main
from spotcore.feature_files import load_traces
from spotcore.label_csv import read_labels
from spotcore.manifest import Manifest
from spotcore.synthesis.corpus import Corpus


def test_it_writes_clips_truth_and_the_corpus_file(tmp_path, capsys):
    words = ["synthesize", "--out", str(tmp_path), "--clips", "1", "--seconds", "3", "--size", "256", "256",
             "--identities", "astronaut", "--seed", "3"]  # fmt: skip
    assert main(words) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip_000.mp4", "corpus.json", "truth.csv"]
    corpus = Corpus.load(tmp_path / "corpus.json")
    assert len(read_labels(tmp_path / "truth.csv").rows) == len(corpus.clips[0].events)
    assert "1 clips" in capsys.readouterr().out


def test_plans_alone_take_no_rendering_and_controls_hold_no_expression(tmp_path):
    words = ["synthesize", "--out", str(tmp_path), "--clips", "3", "--controls", "--plan-only"]
    assert main(words) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["corpus.json", "truth.csv"]
    corpus = Corpus.load(tmp_path / "corpus.json")
    assert corpus.clips == ()
    assert all(plan.shifts for plan in corpus.controls)


def test_traces_come_with_a_manifest_that_training_can_read(tmp_path, capsys):
    assert main(["synthesize", "--out", str(tmp_path), "--traces", "--clips", "8", "--seconds", "5"]) == 0
    manifest = Manifest.load(tmp_path / "manifest.json")
    assert sorted(manifest.roles().values()) == ["train"] * 6 + ["validation"] * 2
    for video in manifest.videos:
        traces = load_traces(video.features)
        assert len(traces) == video.frame_count == 150
        assert traces.source["synthetic"] is True
    assert sum(len(video.intervals) for video in manifest.videos) >= 16
    assert "manifest.json" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "expected"), [
    (["--clips", "0"], "at least 1"), (["--test-v1"], "--media"), (["--size", "255", "256"], "multiples of 4"),
    (["--traces", "--controls"], "neither"), (["--traces", "--clips", "1"], "at least 2"),
    (["--identities", "nobody", "--clips", "1"], "nobody"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, capsys, words, expected):
    assert main(["synthesize", "--out", str(tmp_path / "out"), *words]) == 2
    message = capsys.readouterr().err.strip()
    assert expected in message
    assert "\n" not in message


def test_other_pictures_than_the_frozen_ones_are_refused(tmp_path, capsys):
    assert main(["synthesize", "--out", str(tmp_path / "out"), "--test-v1", "--media", str(tmp_path)]) == 2
    assert "facerec_obama.jpg" in capsys.readouterr().err
