"""The score command, from files to numbers: the published LGSNet rows, notes, and the empty edges."""

from __future__ import annotations

import json

import pytest

from spotcore.__main__ import main

HEADER = "video,type,onset,apex,offset,score\n"


@pytest.fixture
def score(tmp_path, capsys):
    def run(truth, proposals, *options):
        (tmp_path / "truth.csv").write_text(truth)
        (tmp_path / "proposals.csv").write_text(proposals)
        code = main(["score", str(tmp_path / "truth.csv"), str(tmp_path / "proposals.csv"), *options])
        return code, capsys.readouterr()

    return run


@pytest.mark.shared
@pytest.mark.parametrize(
    ("matching", "lengths", "expected"),
    [
        ("any-proposal", "inclusive", (131, 77, 226, 0.463717)),
        ("any-proposal", "exclusive", (130, 78, 227, 0.460177)),
        ("one-to-one", "inclusive", (126, 82, 231, 0.446018)),
        ("one-to-one", "exclusive", (125, 83, 232, 0.442478)),
    ],
)
def test_lgsnet_on_casme2_comes_out_as_published(shared_benchmarks, capsys, matching, lengths, expected):
    folder = shared_benchmarks / "lgsnet"
    files = [str(folder / name) for name in ("casme2_gt_357.csv", "casme2_pred_epoch23_thr0.485.csv")]
    assert main(["score", *files, "--ignore-type", "--matching", matching, "--lengths", lengths, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)["overall"]
    assert (answer["tp"], answer["fp"], answer["fn"], round(answer["f1"], 6)) == expected


def test_json_holds_every_count_for_macro_micro_and_overall(score):
    code, printed = score(HEADER + "a,macro,0,5,9,\n", HEADER + "a,macro,0,5,9,0.5\na,micro,20,,25,0.4\n", "--json")
    answer = json.loads(printed.out)
    assert code == 0
    assert answer["macro"] == {"tp": 1, "fp": 0, "fn": 0, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert answer["micro"] == {"tp": 0, "fp": 1, "fn": 0, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert answer["overall"]["f1"] == pytest.approx(2 / 3)


def test_videos_that_only_one_file_knows_are_named_and_counted(score):
    code, printed = score(HEADER + "a,macro,0,5,9,\n", HEADER + "b,macro,0,5,9,0.5\n", "--json")
    answer = json.loads(printed.out)
    assert (code, answer["overall"]["fp"], answer["overall"]["fn"]) == (0, 1, 1)
    assert (answer["videos_without_proposals"], answer["videos_without_truth"]) == (["a"], ["b"])
    assert "all missed: a" in printed.err
    assert "all false: b" in printed.err


def test_a_file_without_types_is_scored_without_types_and_says_so(score):
    _, printed = score(HEADER + "a,macro,0,5,9,\n", "video,onset,offset\na,0,9\n", "--json")
    answer = json.loads(printed.out)
    assert (answer["overall"]["tp"], answer["macro"]["fp"]) == (1, None)
    assert "no type column in the proposals" in printed.err


def test_two_empty_tables_score_zero(score):
    code, printed = score(HEADER, HEADER, "--json")
    assert (code, json.loads(printed.out)["overall"]["f1"]) == (0, 0.0)


def test_the_table_for_people_shows_the_same_numbers(score):
    _, printed = score(HEADER + "a,macro,0,5,9,\n", HEADER + "a,macro,0,5,9,0.5\n")
    assert printed.out.splitlines()[-1].split() == ["overall", "1", "0", "0", *["1.000000"] * 3]


@pytest.mark.parametrize(
    ("truth", "options", "message"),
    [(HEADER + "a,macro,9,,1,\n", [], "line 2"), ("", [], "expected a header"), (HEADER, ["--iou", "0"], "--iou")],
)
def test_bad_input_is_one_line_and_a_failure(score, truth, options, message):
    code, printed = score(truth, HEADER, *options)
    assert code != 0
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_the_report_shows_everything_beside_f1_with_causes_from_trace_files(tmp_path, capsys):
    from dataclasses import replace

    from spotcore.feature_files import save_traces
    from spotcore.intervals import Interval
    from tests.spotcore.trace_examples import make_traces

    traces = make_traces((Interval(40, 60, "macro", 50),), 150)
    openness = traces.eye_openness.copy()
    openness[100:104] = 0.1
    save_traces(replace(traces, eye_openness=openness), tmp_path / "clip.npz")
    (tmp_path / "t.csv").write_text("video,type,onset,apex,offset,subject\nclip.mp4,macro,40,50,60,s1\n")
    (tmp_path / "p.csv").write_text(HEADER + "clip.mp4,macro,41,50,60,0.9\nclip.mp4,micro,98,101,106,0.5\n")
    words = ["score", str(tmp_path / "t.csv"), str(tmp_path / "p.csv"), "--report", str(tmp_path / "out")]
    assert main([*words, "--features", str(tmp_path)]) == 0
    capsys.readouterr()
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["error_causes"]["false"]["blink"] == 1
    assert report["confusion_by_duration"][2]["macro"] == 1  # 20 frames at 30 fps
    assert report["notes"] == []
    assert "errors by cause" in (tmp_path / "out" / "report.txt").read_text()
    assert "<svg" in (tmp_path / "out" / "report.html").read_text()


def test_a_report_of_untyped_files_is_refused(score, tmp_path):
    text = "video,onset,offset\na,0,9\n"
    code, printed = score(text, text, "--report", str(tmp_path / "out"))
    assert code == 2
    assert "needs types" in printed.err
    assert not (tmp_path / "out").exists()


def test_trace_files_that_are_not_there_are_said(score, tmp_path):
    code, _ = score(HEADER + "a,macro,0,5,9,\n", HEADER, "--report", str(tmp_path / "out"), "--features", str(tmp_path))
    assert code == 0
    notes = json.loads((tmp_path / "out" / "report.json").read_text())["notes"]
    assert any("1 videos have no trace file" in note for note in notes)
    assert any("no column subject" in note for note in notes)


def test_a_megc_submission_is_scored_as_it_is_and_counts_from_one(score):
    truth = HEADER + "v,micro,9,,19,\nv,macro,40,,80,\n"
    code, printed = score(truth, "vid,pred_onset,pred_offset,type\nv,10,20,me\nv,41,81,mae\n", "--iou", "1", "--json")
    assert (code, json.loads(printed.out)["overall"]["tp"]) == (0, 2)
