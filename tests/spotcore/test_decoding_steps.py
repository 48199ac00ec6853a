"""On published score curves of real videos, decoding chosen on other subjects reaches what the table says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from spotcore.__main__ import main
from spotcore.decoding_steps import RULE, candidates, published, read_sl_swin, steps
from spotcore.evaluation import Score, score_videos
from spotcore.nested_decoding import held_out
from spotcore.paired import paired_difference

HEADER = "subject,video,n_frames,onset,offset\n"


@pytest.fixture
def small_benchmark(tmp_path):
    """Three subjects with one clear macro each and micro curves without any peak, in the files of the release."""
    macro, micro = {}, {}
    rows = {"mae": HEADER, "me": HEADER}
    for number, subject in enumerate(("s1", "s2", "s3")):
        video, onset = f"{subject}_0101", 100 + 30 * number
        centre = onset + 20 - 9  # a macro score describes frames t and t + 18
        macro[video] = np.exp(-(((np.arange(482) - centre) / 12.0) ** 2)).astype(np.float32)
        micro[video] = np.zeros(494, np.float32)
        rows["mae"] += f"{subject},{video},500,{onset},{onset + 40}\n"
        rows["me"] += f"{subject},{video},500,300,310\n"
    for name, curves in (("mae", macro), ("me", micro)):
        np.savez(tmp_path / f"casme2_{name}_scores.npz", **curves)
        (tmp_path / f"casme2_{name}_gt.csv").write_text(rows[name])
    return tmp_path


@pytest.mark.shared
def test_the_published_recipe_starts_the_table_at_the_published_figure(shared_benchmarks):
    curves = read_sl_swin(shared_benchmarks / "sl_swin")
    score = score_videos(curves.truth, published(curves).proposals, RULE).overall
    assert (score, round(score.f1, 4)) == (Score(82, 462, 273), 0.1824)


@pytest.mark.shared
def test_nested_decoding_reaches_its_bar_on_real_scores(shared_benchmarks):
    curves = read_sl_swin(shared_benchmarks / "sl_swin")
    step = next(step for step in steps() if step.name == "pair")
    tried = candidates(curves, step.grid, {kind: {} for kind in curves.scores})
    nested = held_out(tried, curves.subjects, step.choose)
    assert score_videos(curves.truth, nested.proposals, RULE).overall.f1 >= 0.31
    against = paired_difference(
        curves.truth, published(curves).proposals, nested.proposals, curves.subjects, RULE, repeats=500
    )
    assert against.overall.gain.low > 0


def test_the_command_prints_every_step_and_writes_the_same_as_json(small_benchmark, capsys):
    out = small_benchmark / "table.json"
    assert main(["decoding-table", "--benchmark", str(small_benchmark), "--out", str(out)]) == 0
    shown, report = capsys.readouterr().out, json.loads(out.read_text())
    names = ["published", "published, pair", *(step.name for step in steps())]
    assert [row["name"] for row in report["steps"]] == names
    assert all(f"| {name} |" in shown for name in names)
    assert report["steps"][0]["against_published"] is None
    assert report["steps"][-1]["scores"]["macro"]["f1"] == 1.0
    assert all(row["settings_tried_per_type"] >= 1 for row in report["steps"])


def test_a_folder_without_the_files_is_one_sentence(tmp_path, capsys):
    assert main(["decoding-table", "--benchmark", str(tmp_path)]) == 2
    assert "casme2_mae_gt.csv: expected the published file" in capsys.readouterr().err


def test_truth_of_other_videos_than_the_curves_is_refused(small_benchmark, capsys):
    with (small_benchmark / "casme2_me_gt.csv").open("a") as file:
        file.write("s9,s9_0101,500,1,9\n")
    assert main(["decoding-table", "--benchmark", str(small_benchmark)]) == 2
    assert "names other videos" in capsys.readouterr().err
