"""`python -m spotcore synthesize`: files, messages, exit codes."""

from __future__ import annotations

import pytest

from spotcore.__main__ import main
from spotcore.label_csv import read_labels
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


@pytest.mark.parametrize(("words", "expected"), [
    (["--clips", "0"], "at least 1"), (["--test-v1"], "--media"), (["--size", "255", "256"], "multiples of 4"),
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
