"""`corpus-score` on a miniature corpus of our own faces: renders, spots, scores, and goes on where it was stopped."""

from __future__ import annotations

import json

import pytest

from spotcore.__main__ import main
from spotcore.synthesis.corpus import Corpus
from spotcore.synthesis.planning import PlanSettings, plan_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Two short clips and one control clip."""
    path = tmp_path_factory.mktemp("plans") / "tiny.json"
    shape = {"seconds": 4.0, "width": 256, "height": 256, "inter_ocular": (60.0, 66.0)}
    calm = PlanSettings(**shape, micro=(0, 0), macro=(1, 1), speech_share=0, turn_share=0, noise=(0.5, 0.6))
    quiet = PlanSettings(**shape, micro=(0, 0), macro=(0, 0), control_shifts=1)
    clips = plan_corpus(2, ["astronaut", "variant:1"], 3, calm)
    controls = plan_corpus(1, ["astronaut"], 4, quiet, prefix="control")
    Corpus("tiny", tuple(clips), tuple(controls)).save(path)
    return path


@pytest.fixture(scope="module")
def scored(corpus, tmp_path_factory):
    """Folder of a finished run with its words."""
    out = tmp_path_factory.mktemp("scored")
    words = ["corpus-score", "--corpus", str(corpus), "--out", str(out), "--model", "baseline"]
    assert main([*words]) == 0
    return out, words


def test_every_event_and_shift_is_counted_for_each_setting(scored, capsys):
    assert main([*scored[1], "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["corpus"] == "tiny"
    assert [(row["model"], row["false_alarms"]) for row in report["results"]] == [("baseline", 6.0), ("baseline", 1.0)]
    for row in report["results"]:
        assert row["scores"]["overall"]["tp"] + row["scores"]["overall"]["fn"] == 2
        assert sum(entry["true"] for entry in row["recall_by_amplitude"]) == 2
        assert row["controls"]["shifts"] == 1
    review, strict = (row["scores"]["overall"] for row in report["results"])
    assert strict["tp"] + strict["fp"] <= review["tp"] + review["fp"]


def test_a_second_call_renders_and_measures_nothing_again(scored, capsys):
    out, words = scored
    files = sorted([*out.glob("*.mp4"), *out.glob("traces/*.npz")])
    before = [path.stat().st_mtime_ns for path in files]
    assert len(files) == 6
    assert main(words) == 0
    assert [path.stat().st_mtime_ns for path in files] == before
    assert "F1 at IoU 0.5, overall" in capsys.readouterr().out


def test_a_folder_of_another_corpus_is_refused(scored, tmp_path, capsys):
    other = tmp_path / "other.json"
    Corpus("other", Corpus.load(scored[0] / "corpus.json").clips).save(other)
    assert main(["corpus-score", "--corpus", str(other), "--out", str(scored[0])]) == 2
    assert "another corpus than other" in capsys.readouterr().err


def test_the_frozen_corpus_asks_for_its_pictures(tmp_path, capsys):
    assert main(["corpus-score", "--out", str(tmp_path)]) == 2
    assert "--media DIR" in capsys.readouterr().err


def test_a_folder_with_other_pictures_is_refused(tmp_path, capsys):
    assert main(["corpus-score", "--out", str(tmp_path / "out"), "--media", str(tmp_path)]) == 2
    assert "not the pictures of" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
