"""Running, interrupting and going on with experiments; every question at its tiny preset."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from spotcore.__main__ import main
from spotcore.errors import InvalidSettings, NothingToTrain
from spotcore.experiments.catalogue import EXPERIMENTS
from spotcore.experiments.pages import as_html, as_table, chart
from spotcore.experiments.running import RealCorpus, run_experiment
from spotcore.experiments.videos import folds, synthetic_videos
from spotcore.synthesis.trace_corpus import write_trace_corpus

# Question of METHODS section 9 -> experiments that ask it.
QUESTIONS = {
    "window 5/11/17/25": ["window"],
    "single scale against FLGP": ["scales"],
    "weight, temperature, batch size, imbalance of the contrastive loss": ["contrastive"],
    "component ablations of all three networks": ["spot-gcn-parts", "spotformer-parts", "fesnet-parts"],
    "IoU 0.3-0.7": ["iou"],
    "misaligned landmarks and severe head motion": ["landmarks", "head-motion"],
    "nose mean against rigid fit when the nose itself moves": ["nose"],
    "occlusion": ["occlusion"],
    "frame rate": ["frame-rate"],
    "number of regions": ["regions"],
    "low intensity": ["low-intensity"],
    "blinks": ["blinks"],
}
OURS = ["active-learning"]  # asked by nobody's paper: the loop's own


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One for all experiments of this module, which share clips and networks as they do for a user."""
    return tmp_path_factory.mktemp("experiments")


def run(name: str, out, **more):
    return run_experiment(EXPERIMENTS[name], "tiny", out, say=lambda line: None, **more)


def test_every_question_has_its_experiment_and_every_experiment_its_question():
    assert sorted([*OURS, *(name for names in QUESTIONS.values() for name in names)]) == sorted(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_measures_every_condition(name, folder):
    experiment = EXPERIMENTS[name]
    report = run(name, folder / name)
    assert [row["name"] for row in report["rows"]] == [level.name for level in experiment.levels]
    counted = [json.loads(path.read_text())["sums"] for path in (folder / name / "cells").iterdir()]
    assert len(counted) == len(experiment.levels)
    assert all(sums for sums in counted)
    for level in experiment.levels:
        assert level.name in as_table(report)
    assert len(chart(report, experiment.figures[0].name)["data"]["values"]) == len(experiment.levels)
    assert as_html(report).count("<svg") == len(experiment.figures)


def test_an_interrupted_run_goes_on_with_what_is_missing(folder, monkeypatch):
    import spotcore.experiments.spotting as spotting

    whole = run("iou", folder / "iou")
    calls = []

    def measure(level, seed, workplace, real=spotting.measure):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(level)
        return real(level, seed, workplace)

    monkeypatch.setattr(spotting, "measure", measure)
    with pytest.raises(KeyboardInterrupt):
        run("iou", folder / "iou-again")
    monkeypatch.undo()
    said: list[str] = []
    report = run_experiment(EXPERIMENTS["iou"], "tiny", folder / "iou-again", say=said.append)
    assert len(said) == len(EXPERIMENTS["iou"].levels) - 3
    assert report["rows"] == whole["rows"]


def test_cells_of_other_sizes_are_not_taken_over(folder):
    run("iou", folder / "iou")
    experiment = EXPERIMENTS["iou"]
    larger = replace(experiment, presets={**experiment.presets, "tiny": {**experiment.presets["tiny"], "test": 5}})
    assert run_experiment(larger, "tiny", folder / "iou", say=lambda line: None)["subjects"] == 5


def test_a_damaged_cell_is_measured_again(folder):
    before = run("iou", folder / "iou-damaged")
    path = next((folder / "iou-damaged" / "cells").iterdir())
    path.write_text("{")
    assert run("iou", folder / "iou-damaged")["rows"] == before["rows"]


def test_on_a_real_corpus_everybody_is_scored_once_by_networks_that_never_saw_them(tmp_path):
    videos = write_trace_corpus(tmp_path / "features", 5, 3).videos
    report = run("scales", tmp_path / "scales", real=RealCorpus("made", videos, ("a note of the reader",)))
    cell = json.loads(next((tmp_path / "scales" / "cells").iterdir()).read_text())
    assert sorted(cell["sums"]) == sorted(video.subject for video in videos)
    true = sum(len(video.intervals) for video in videos)
    assert true == sum(own[f"{kind}_{side}"] for own in cell["sums"].values()
                       for kind in ("macro", "micro") for side in ("tp", "fn"))  # fmt: skip
    assert report["corpus"] == "real: made"
    assert "a note of the reader" in report["notes"]


def test_folds_keep_subjects_apart():
    videos = synthetic_videos(1, 7, 0, {})
    made = folds(videos, 3, seed=1)
    for split in made:
        roles = [{video.entry.subject for video in role} for role in (split.train, split.validation, split.test)]
        assert sum(map(len, roles)) == len(set.union(*roles)) == 7
    assert sorted(v.entry.subject for split in made for v in split.test) == sorted(v.entry.subject for v in videos)


def test_with_three_subjects_every_fold_still_has_somebody_to_train_on():
    videos = synthetic_videos(1, 3, 0, {})
    assert [[len(role) for role in (s.train, s.validation, s.test)] for s in folds(videos, 2, seed=0)] == [
        [1, 1, 1]
    ] * 3


def test_two_subjects_are_too_few():
    with pytest.raises(NothingToTrain, match="three subjects"):
        folds(synthetic_videos(1, 2, 0, {}), 2, seed=0)


def test_without_an_expression_nobody_trains(tmp_path):
    videos = [replace(video, intervals=()) for video in write_trace_corpus(tmp_path / "f", 4, 3).videos]
    with pytest.raises(NothingToTrain, match="no usable expression"):
        run("scales", tmp_path / "scales", real=RealCorpus("made", videos))


def test_a_question_about_known_movement_refuses_a_real_corpus(tmp_path):
    with pytest.raises(InvalidSettings, match="synthetic data only"):
        run("low-intensity", tmp_path, real=RealCorpus("casme2_sq", ()))


def test_the_command_lists_all_names(capsys):
    assert main(["experiment", "--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(EXPERIMENTS)


def test_the_command_writes_table_numbers_and_page(folder, capsys):
    out = folder / "command"
    assert main(["experiment", "iou", "--preset", "tiny", "--set", "test=3", "--out", str(out)]) == 0
    assert "3 subjects" in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {"cells", "result.json", "result.txt", "result.md", "result.html"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nonsense"], "expected an experiment among window"),
        ([], "expected the name of an experiment"),
        (["iou", "--set", "tests=3"], "expected a size among"),
        (["iou", "--set", "test=-1"], "a whole number above 0"),
        (["iou", "--corpus", "casme2_sq"], "--corpus and --root go together"),
    ],
)
def test_the_command_says_what_it_expected(words, sentence, capsys):
    assert main(["experiment", *words]) == 2
    assert sentence in capsys.readouterr().err
