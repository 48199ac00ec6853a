"""`loso --corpus ... --root ...` from pictures and sheets to the report, for the layouts beside CAS(ME)^2."""

from __future__ import annotations

import json

import pytest

from spotcore.__main__ import main
from tests.spotcore.face_corpus import make_casme3, make_samm

QUICK = ["--preset", "quick", "--device", "cpu", "--architecture", "dilated", "--set", "epochs=2",
         "--set", "minimum_segments=8", "--set", "minimum_events=1", "--set", "threads=1"]  # fmt: skip


def report_of(corpus, root, out):
    assert main(["loso", "--corpus", corpus, "--root", str(root), "--out", str(out), *QUICK]) == 0
    assert (out / "report.html").exists()
    return json.loads((out / "report.json").read_text())


@pytest.fixture(scope="module")
def samm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samm")
    return report_of("samm_long", make_samm(folder / "root"), folder / "out"), folder / "out"


def test_samm_runs_end_to_end_at_every_seventh_frame(samm):
    report, _ = samm
    assert (report["subjects"], report["videos"], report["events"]) == (3, 3, {"macro": 3, "micro": 3})
    overall = report["results"]["nested"]["scores"]["overall"]
    assert overall["tp"] + overall["fn"] == 6


def test_samm_says_how_many_apexes_nobody_annotated(samm):
    assert "3 apexes are not annotated (stored as unknown)" in samm[0]["notes"]


def test_durations_of_samm_are_counted_at_its_own_rate(samm):
    by_duration = {
        e["up_to"]: sum(e[k] for k in ("macro", "micro", "missed")) for e in samm[0]["confusion_by_duration"]
    }
    assert by_duration == {0.3: 0, 0.5: 3, 0.7: 0, 1.0: 3, None: 0}


def test_casme3_runs_end_to_end_with_pictures_that_start_anywhere_and_have_gaps(tmp_path):
    report = report_of("casme3", make_casme3(tmp_path / "root"), tmp_path / "out")
    assert (report["subjects"], report["events"]) == (3, {"macro": 3, "micro": 3})
    overall = report["results"]["nested"]["scores"]["overall"]
    assert overall["tp"] + overall["fn"] == 6
