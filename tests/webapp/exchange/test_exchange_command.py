"""`python -m webapp.exchange`, and who may take out whose labels."""

from __future__ import annotations

import pytest

from tests.webapp.services.library_material import desk
from webapp.exchange.__main__ import main
from webapp.services import audit, label_access, studies
from webapp.services.errors import Refused


@pytest.fixture
def work(database, tmp_path, monkeypatch):
    monkeypatch.setenv("GLINT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GLINT_DATABASE_URL", database.url)
    made = desk(database)
    made.video("a.mp4")
    return made


def test_labels_go_out_and_in_again(work, tmp_path, capsys):  # MEGC knows no apex, so they are others
    work.add(1, type="macro", onset=5, apex=7, offset=30)
    assert main(["export", str(tmp_path / "out.csv"), "--format", "megc"]) == 0
    assert main(["import", str(tmp_path / "out.csv"), "--look"]) == 0
    assert "video a.mp4: 1 new, 0 known" in capsys.readouterr().out
    assert main(["import", str(tmp_path / "out.csv")]) == 0
    assert "1 label imported" in capsys.readouterr().out
    assert main(["import", str(tmp_path / "out.csv")]) == 0
    assert "0 labels imported" in capsys.readouterr().out
    said = [row.action for row in audit.entries(work.database, [work.defaults.study_id]).rows]
    assert said == ["import labels", "import labels", "export labels"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["import", "{}/none.csv"], "No such file"), (["import", "{}/odd.png"], "no known format"),
     (["import", "{}/bad.csv"], "line 2"), (["export", "{}/x.doc"], "No format is written as .doc"),
     (["export", "{}/x.csv", "--study", "Nowhere"], "no study")],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_a_sentence(work, tmp_path, capsys, arguments, words):
    (tmp_path / "odd.png").write_bytes(b"x")
    (tmp_path / "bad.csv").write_text("video,type,onset,offset\nzz,macro,1,2\n")
    assert main([one.format(tmp_path) for one in arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_coder_takes_out_own_labels_and_a_lead_everybodys(work):
    study, lead = work.defaults.study_id, work.annotator_id
    coder = work.colleague("Coder").annotator_id
    label_access.note_export(work.database, study, coder, "csv", "Coder")
    for whose in ("", "Annotator"):
        with pytest.raises(Refused, match="leads of the study"):
            label_access.note_export(work.database, study, coder, "csv", whose)
    label_access.note_export(work.database, study, lead, "csv", "")
    studies.set_role(work.database, study, coder, "viewer", lead)
    with pytest.raises(Refused, match="annotator"):
        label_access.note_export(work.database, study, coder, "csv", "Coder")
    assert len(audit.entries(work.database, [study], action="export labels").rows) == 2
