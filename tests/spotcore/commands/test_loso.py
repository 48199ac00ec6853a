"""`loso` from picture folders and a workbook to the report, on a corpus made in the layout of CAS(ME)^2."""

from __future__ import annotations

import json

import altair
import pytest

from spotcore.__main__ import main
from spotcore.label_csv import read_labels
from spotcore.report_charts import charts
from tests.spotcore.face_corpus import make_casme2

QUICK = ["--preset", "quick", "--device", "cpu", "--set", "epochs=6", "--set", "minimum_segments=24",
         "--set", "minimum_events=2", "--set", "threads=1"]  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_casme2(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def run(root, tmp_path_factory):
    """Folder of a finished run of the dilated network."""
    out = tmp_path_factory.mktemp("run")
    words = ["loso", "--corpus", "casme2_sq", "--root", str(root), "--out", str(out), "--architecture", "dilated"]
    assert main([*words, *QUICK]) == 0
    return out, words


def test_every_subject_is_held_out_once_and_all_events_are_counted(run):
    report = json.loads((run[0] / "report.json").read_text())
    assert (report["subjects"], report["videos"], report["events"]) == (4, 4, {"macro": 8, "micro": 4})
    for name in ("nested", "nested_pooled", "last_epoch", "paper_style", "baseline"):
        overall = report["results"][name]["scores"]["overall"]
        assert overall["tp"] + overall["fn"] == 12
        assert set(report["results"][name]["epochs"]) == {"15", "16", "17", "18"}
    assert list(report["iou_sweep"]) == ["0.3", "0.4", "0.5", "0.6", "0.7"]
    assert report["results"]["nested"]["cost"]["parameters"] == 59_290


def test_movements_as_clear_as_these_are_found_in_people_never_seen(run):
    report = json.loads((run[0] / "report.json").read_text())
    assert report["results"]["nested"]["scores"]["macro"]["tp"] >= 2


def test_the_table_shows_costs_and_the_page_needs_no_network(run):
    out, _ = run
    assert "59,290" in (out / "report.txt").read_text()
    page = (out / "report.html").read_text()
    assert "<svg" in page
    assert "src=" not in page
    assert "paper_style" in page


def test_every_row_carries_its_cost_and_every_error_its_cause(run):
    report = json.loads((run[0] / "report.json").read_text())
    for row in report["results"].values():
        assert {"parameters", "mflop_per_frame", "ms_per_frame"} <= set(row["cost"])
    overall = report["results"]["nested"]["scores"]["overall"]
    causes = report["error_causes"]
    assert sum(causes["false"].values()) == overall["fp"]
    assert sum(causes["missed"].values()) == overall["fn"]
    assert sum(causes["hits"].values()) == overall["tp"]
    assert causes["hits"]["not measured"] == 0
    assert sum(sum(e[k] for k in ("macro", "micro", "missed")) for e in report["confusion_by_duration"]) == 12


def test_altair_opens_the_charts_of_the_page(run):
    report = json.loads((run[0] / "report.json").read_text())
    for spec in charts(report).values():
        assert altair.Chart.from_dict(spec).to_dict()["data"]


def test_proposals_are_written_in_both_formats(run):
    out, _ = run
    report = json.loads((out / "report.json").read_text())
    overall = report["results"]["nested"]["scores"]["overall"]
    assert len(read_labels(out / "proposals.csv").rows) == overall["tp"] + overall["fp"]
    assert len((out / "submission.csv").read_text().splitlines()) == 1 + overall["tp"] + overall["fp"]


def test_finished_features_and_folds_are_taken_over(run, capsys):
    out, words = run
    before = (out / "report.json").read_text()
    assert main([*words, *QUICK]) == 0
    assert "epoch" not in capsys.readouterr().err
    first, again = json.loads(before), json.loads((out / "report.json").read_text())
    for name, row in first["results"].items():  # times differ
        assert row | {"cost": None} == again["results"][name] | {"cost": None}


def test_spot_gcn_runs_on_the_same_features(run, root):
    out, _ = run
    words = ["loso", "--corpus", "casme2_sq", "--root", str(root), "--out", str(out), *QUICK,
             "--set", "window=5", "--set", 'network={"channels": 8}', "--set", "epochs=2"]  # fmt: skip
    assert main(words) == 0
    assert json.loads((out / "report.json").read_text())["architecture"] == "spot_gcn"


def test_an_unknown_corpus_is_one_line(capsys):
    assert main(["loso", "--corpus", "other", "--root", "."]) == 2
    assert "casme2_sq" in capsys.readouterr().err


def test_fesnet_reads_face_pictures_of_the_same_corpus(root, tmp_path):
    small = '{"side": 32, "frames": 24, "channels": [4, 8, 8, 8], "heads": 2, "temporal_channels": 8, "stages": 1}'
    words = ["loso", "--corpus", "casme2_sq", "--root", str(root), "--out", str(tmp_path), *QUICK,
             "--architecture", "fesnet", "--set", f"network={small}", "--set", "epochs=2",
             "--set", "minimum_segments=4"]  # fmt: skip
    assert main(words) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    overall = report["results"]["nested"]["scores"]["overall"]
    assert overall["tp"] + overall["fn"] == 12
    assert len(list((tmp_path / "features").glob("*-32.npz"))) == 4
