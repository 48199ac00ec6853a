"""The page of seeded recall: empty, with a ladder nobody has coded, and with one coded to the end."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from spotcore.seeded_recall import Footage, LadderPlan, LadderSettings
from spotcore.synthesis.plans import PlannedEvent
from tests.barcode import write_video
from tests.webapp.world import World, texts
from webapp.services import blindness, library, reviewing
from webapp.services.reviewing import OperationRequest

EVENT = PlannedEvent("micro", 30, 35, 42, 0, 4.0, {"AU12": 1.0})


@pytest.fixture
def ladder(world: World) -> Path:
    """One pass with one event, which the model missed; the clips are barcodes."""
    folder = world.settings.data_dir / "ladders" / "monday"
    folder.mkdir(parents=True)
    footage = Footage("monday.mp4", "0" * 64, 100, 30.0, 320, 192)
    LadderPlan(footage, LadderSettings(amplitudes=(4.0,), events=5), (), ((EVENT,),)).save(folder / "plan.json")
    for number, name in enumerate(("unspiked", "pass-01-spiked", "pass-01-control")):
        write_video(folder / f"{name}.mp4", range(1000 * number, 1000 * number + 8))
        (folder / f"{name}.json").write_text(json.dumps({"left_out": []}))
    found = {"spiked": False, "unspiked": False, "control": True}
    hit = {"pass": 0, "onset": 30, "offset": 42, "amplitude": 4.0, "found": found}
    (folder / "result.json").write_text(json.dumps({"model": {"name": "baseline"}, "hits": [hit]}))
    return folder


def test_without_a_ladder_the_page_says_how_to_make_one(world: World) -> None:
    page = world.open("seeded")
    assert not page.exception
    assert "python -m spotcore seeded-recall" in page.code[0].value


def test_the_model_is_shown_and_the_clips_are_given_to_the_coders_under_other_names(world: World, ladder: Path) -> None:
    page = world.open("seeded")
    assert not page.exception
    assert page.table[0].value.to_dict("records") == [
        {"Amplitude": "4 %", "Model": "0 of 1 (0–79 %)", "You": "not measured yet"},
        {"Amplitude": "nothing put in", "Model": "0 of 1 (0–79 %)", "You": "not measured yet"},
        {"Amplitude": "control: shift only", "Model": "1 of 1 (21–100 %)", "You": "not measured yet"},
    ]
    page.button(key="give-monday").click().run()
    assert not page.exception
    titles = [row.title for row in library.list_videos(world.database, world.ids.study_id).rows]
    assert len(titles) == 3
    assert all(title.startswith("monday ") and "spiked" not in title for title in titles)
    assert "You have reviewed 0 of 3 clips" in texts(page)
    assert "give-monday" not in {button.key for button in page.button}


def test_what_coder_and_model_missed_in_a_blind_video_is_told(world: World) -> None:
    assert "0 % of the videos" in texts(world.open("seeded"))
    blindness.set_blind_share(world.database, world.ids.study_id, 1.0, world.ids.annotator_id)
    video = world.video("blind.mp4")
    world.run(video)
    blindness.open_video(world.database, video, world.ids.annotator_id)
    for verb, more in (
        ("add", {"interval_id": str(uuid.uuid4()), "after": {"type": "macro", "onset": 11, "apex": 18, "offset": 30}}),
        ("review_span", {"after": {"first": 0, "last": 99}}),
    ):
        request = OperationRequest(str(uuid.uuid4()), verb, video, world.ids.annotator_id, **more)
        assert reviewing.apply_operation(world.database, request).status == "applied"
    page = world.open("seeded")
    assert not page.exception
    [row] = page.dataframe[0].value.to_dict("records")
    assert (row["video"], row["found by both"], row["model missed"], row["to be judged"]) == ("blind.mp4", 1, 0, 1)
    [blind, other] = page.table[0].value.to_dict("records")
    assert (blind["Onset on the model's frame"], other["Videos"]) == ("0 of 1 (0–79 %)", "0")
