"""The command beside the page of privacy: showing, handing out and withdrawing one subject."""

from __future__ import annotations

import zipfile

from tests.webapp.world import World
from webapp import privacy
from webapp.services import library


def test_a_subject_is_shown_handed_out_and_withdrawn(world: World, tmp_path, capsys) -> None:
    world.video("anna-7 smiles.mp4", "anna-7")
    assert privacy.main(["show", "anna-7"]) == 0
    assert "video: anna-7 smiles.mp4" in capsys.readouterr().out
    assert privacy.main(["export", "anna-7", str(tmp_path / "anna.zip")]) == 0
    assert "subject.json" in zipfile.ZipFile(tmp_path / "anna.zip").namelist()
    assert privacy.main(["withdraw", "anna-7"]) == 0
    assert "Nothing was done" in capsys.readouterr().out
    assert privacy.main(["withdraw", "anna-7", "--yes"]) == 0
    assert "Withdrawal 1 is done." in capsys.readouterr().out
    assert library.list_subjects(world.database, world.ids.study_id) == ()


def test_what_is_not_there_is_said(world: World, capsys) -> None:
    assert privacy.main(["show", "nobody"]) == 2
    assert privacy.main(["show", "nobody", "--study", "None such"]) == 2
    assert "There is no study “None such”." in capsys.readouterr().err
