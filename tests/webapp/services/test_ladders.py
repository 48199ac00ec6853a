"""The blind ladder: clips that are never spotted and never trained on, and people counted as models are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from spotcore.errors import InvalidFile
from spotcore.seeded_recall import Footage, LadderPlan, LadderSettings
from spotcore.synthesis.plans import PlannedEvent
from tests.webapp.services.library_material import Desk, desk
from webapp.services import label_sets, library, spotting
from webapp.services.blindness import is_blind
from webapp.services.errors import Refused
from webapp.services.ladders import Ladder, coder_recall, list_ladders, subject_of

WEAK = PlannedEvent("micro", 30, 35, 42, 0, 1.0, {"AU4": 1.0})
STRONG = PlannedEvent("micro", 130, 135, 142, 0, 4.0, {"AU12": 1.0})
LEFT_OUT = PlannedEvent("micro", 230, 235, 242, 0, 4.0, {"AU12": 1.0})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one ladder: one pass of three events, one of which could not be rendered."""
    folder = tmp_path / "ladders" / "monday"
    folder.mkdir(parents=True)
    footage = Footage("monday.mp4", "0" * 64, 300, 30.0, 64, 48)
    LadderPlan(footage, LadderSettings(amplitudes=(1.0, 4.0), events=5), (), ((WEAK, STRONG, LEFT_OUT),)).save(
        folder / "plan.json"
    )
    for name in ("unspiked", "pass-01-spiked", "pass-01-control"):
        (folder / f"{name}.mp4").write_bytes(b"")
        (folder / f"{name}.json").write_text(json.dumps({"left_out": [2] if name == "pass-01-spiked" else []}))
    return tmp_path


@pytest.fixture
def work(sqlite_database) -> Desk:
    return desk(sqlite_database)


def registered(work: Desk, ladder: Ladder, frames: int = 300) -> dict[str, int]:
    """Name of the clip -> video; as the page registers them, imported."""
    videos = {}
    for path, title in ladder.clips.items():
        videos[Path(path).stem] = made = library.register_video(
            work.database, work.defaults.study_id, title, path, "file", None, 1, None
        )
        facts = library.ImportedVideo(
            sha256=f"{made:064x}", size_bytes=1, frame_count=frames, fps=30.0, duration=frames / 30,
            variable_rate=False, width=64, height=48, frames_path="none.npz",
        )  # fmt: skip
        library.finish_import(work.database, made, facts)
    return videos


def recall(work: Desk, data: Path, ladder: Ladder):
    return coder_recall(work.database, data, work.defaults.study_id, ladder, work.annotator_id)


def test_clips_get_names_that_tell_nothing_in_an_order_that_tells_nothing(data):
    [ladder] = list_ladders(data)
    assert len(ladder.clips) == 3
    assert all(word not in name for name in ladder.clips.values() for word in ("spiked", "control", "pass"))
    assert list(ladder.clips.values()) == sorted(ladder.clips.values())
    assert (ladder.model, ladder.model_hits) == (None, ())


def test_a_pass_counts_once_all_three_versions_are_reviewed_wholly(work, data):
    [ladder] = list_ladders(data)
    assert recall(work, data, ladder).registered == 0
    videos = registered(work, ladder)
    work.add(videos["pass-01-spiked"], type="micro", onset=131, apex=135, offset=142)
    work.reviewed(videos["pass-01-spiked"])
    work.reviewed(videos["pass-01-control"])
    work.reviewed(videos["unspiked"], 0, 298)
    found = recall(work, data, ladder)
    assert (found.registered, found.reviewed, found.passes, found.recall) == (3, 2, (), None)
    work.reviewed(videos["unspiked"])
    found = recall(work, data, ladder)
    rates = {rung.amplitude: rung.versions["spiked"] for rung in found.recall.rungs}
    assert {a: (share.hits, share.trials) for a, share in rates.items()} == {1.0: (0, 1), 4.0: (1, 1)}
    assert found.recall.left_out == 1
    other = work.colleague()
    assert recall(other, data, ladder).reviewed == 0


def test_what_a_coder_was_unsure_of_is_not_found(work, data):
    [ladder] = list_ladders(data)
    videos = registered(work, ladder)
    made = work.add(videos["pass-01-spiked"], type="micro", onset=30, apex=35, offset=42).annotation
    work.do("unsure", videos["pass-01-spiked"], interval_id=made.id, base_version=1)
    for video in videos.values():
        work.reviewed(video)
    assert [e.found["spiked"] for e in recall(work, data, ladder).recall.events] == [False, False]


def test_a_clip_of_another_length_is_refused_by_name(work, data):
    [ladder] = list_ladders(data)
    registered(work, ladder, frames=299)
    with pytest.raises(InvalidFile, match="expected 300 frames as planned, got 299"):
        recall(work, data, ladder)


def test_a_blind_clip_is_never_spotted_and_never_a_label(work, data):
    [ladder] = list_ladders(data)
    video = registered(work, ladder)["pass-01-spiked"]
    with pytest.raises(Refused, match="coded blind"):
        spotting.start_run(work.database, video, work.defaults.baseline_version_id, 6.0, {})
    work.reviewed(video)
    work.reviewed(work.video("real.mp4"))
    assert [v.title for v in label_sets.preview(work.database, work.defaults.study_id).videos] == ["real.mp4"]


def test_the_clips_belong_to_the_person_in_the_footage(work, data):
    [ladder] = list_ladders(data)
    assert subject_of(work.database, work.defaults.study_id, ladder) == ""
    work.video("original.mp4", "s7")
    known = replace(ladder.plan.footage, sha256=hashlib.sha256(b"original.mp4").hexdigest())
    assert (
        subject_of(work.database, work.defaults.study_id, replace(ladder, plan=replace(ladder.plan, footage=known)))
        == "s7"
    )


@pytest.mark.parametrize(("path", "blind"), [("ladders/a/b.mp4", True), ("uploads/ladders/b.mp4", False),
                                             ("/ladders/a/b.mp4", False)])  # fmt: skip
def test_only_the_ladders_of_the_data_folder_are_blind(path, blind):
    assert is_blind(path) is blind


def test_a_damaged_plan_is_named(data):
    (data / "ladders" / "monday" / "plan.json").write_text("{")
    with pytest.raises(InvalidFile, match="monday"):
        list_ladders(data)
