"""The page of seeded recall: empty, with a ladder nobody has coded, and with one coded to the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spotcore.seeded_recall import Footage, LadderPlan, LadderSettings
from spotcore.synthesis.plans import PlannedEvent
from tests.barcode import write_video
from tests.webapp.world import World, make_world, texts
from webapp.services import library

EVENT = PlannedEvent("micro", 30, 35, 42, 0, 4.0, {"AU12": 1.0})


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.delenv("GLINT_DATABASE_URL", raising=False)
    monkeypatch.setenv("GLINT_DATA", str(tmp_path / "data"))
    return make_world(tmp_path / "data")


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
    hit = {"pass": 0, "onset": 30, "offset": 42, "amplitude": 4.0, "found": {"spiked": False}}
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
        {"Amplitude": "4 %", "Model": "0 of 1 (0–79 %)", "You": "not measured yet"}
    ]
    page.button(key="give-monday").click().run()
    assert not page.exception
    titles = [row.title for row in library.list_videos(world.database, world.ids.study_id).rows]
    assert len(titles) == 3
    assert all(title.startswith("monday ") and "spiked" not in title for title in titles)
    assert "You have reviewed 0 of 3 clips" in texts(page)
    assert "give-monday" not in {button.key for button in page.button}
