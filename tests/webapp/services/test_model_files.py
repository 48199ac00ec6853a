"""Versions leave and come as files; what comes is checked before anything of it is used."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from spotcore.shipped_model import SHIPPED_FOLDER
from webapp.services import audit, model_files, registry
from webapp.services.defaults import ensure_defaults, ensure_shipped_model
from webapp.services.errors import Refused
from webapp.services.model_card import model_card
from webapp.settings import Settings


@pytest.fixture
def settings(tmp_path):
    made = Settings.from_environment({"GLINT_DATA": str(tmp_path / "data")})
    made.prepare()
    return made


@pytest.fixture
def ids(database):
    return ensure_defaults(database)


def zipped(*entries: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def shipped(**changes) -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """The two files of the shipped model, with changes of its description."""
    description = json.loads((SHIPPED_FOLDER / "model.json").read_text()) | changes
    return (
        ("model.safetensors", (SHIPPED_FOLDER / "model.safetensors").read_bytes()),
        ("model.json", json.dumps(description).encode()),
    )


def leftovers(settings) -> list[str]:
    return sorted(path.name for path in (settings.data_dir / "models").glob("*.part"))


def test_an_exported_version_is_known_by_its_weights(database, ids, settings):
    version = ensure_shipped_model(database)
    packed = model_files.export_version(database, settings, version)
    assert set(zipfile.ZipFile(io.BytesIO(packed)).namelist()) == {"model.safetensors", "model.json", "MODEL_CARD.md"}
    with pytest.raises(Refused, match="registered already, as default-1"):
        model_files.import_version(database, settings, packed)


def test_the_codes_of_people_stay_here_and_the_card_tells_how_to_make_the_version_again(database, ids, settings):
    parent = ensure_shipped_model(database)
    folder = settings.data_dir / "models" / "job-1"
    folder.mkdir(parents=True)
    for name, content in shipped(training={"roles": {"person 7": "train"}, "seconds": 3.0}):
        (folder / name).write_bytes(content)
    version = registry.register_version(
        database, architecture="ensemble", settings={}, checkpoint_path="models/job-1", checkpoint_sha256="5" * 64,
        scores={}, parent_id=parent, lineage={"origin": "trained", "preset": "tune", "hardware": "two cores"},
    )  # fmt: skip
    archive = zipfile.ZipFile(io.BytesIO(model_files.export_version(database, settings, version)))
    assert b"person 7" not in archive.read("model.json")
    assert json.loads(archive.read("model.json"))["training"] == {"seconds": 3.0}
    card = archive.read("MODEL_CARD.md").decode()
    assert "Hardware: two cores" in card
    assert "Goes back to the model that comes with Glint: synthetic-trained" in card


def test_what_was_checked_is_kept_registered_and_noted(database, ids, settings):
    made = model_files.import_version(database, settings, zipped(*shipped()), "from Oulu", ids.annotator_id)
    kept = registry.get_version(database, made)
    assert (kept.name, kept.architecture, kept.lineage["origin"]) == ("from Oulu", "ensemble", "imported")
    folder = settings.located(kept.checkpoint_path)
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]
    assert leftovers(settings) == []
    assert [row.action for row in audit.entries(database, None).rows] == ["import version"]
    card = model_card(database, settings, made)
    assert "Origin: imported" in card
    assert "Not measured on footage of this installation" in card


@pytest.mark.parametrize(("entries", "words"), [
    ([("../model.json", b"{}")], "leads out of it"),
    ([("/etc/model.json", b"{}")], "leads out of it"),
    ([("C:/model.json", b"{}")], "leads out of it"),
    ([("model.json", b"{}")], "lacks model.safetensors"),
    ([("a/model.json", b"{}"), ("b/model.json", b"{}")], "model.json twice"),
])  # fmt: skip
def test_a_zip_with_wrong_entries_is_refused_before_anything_is_unpacked(database, ids, settings, entries, words):
    with pytest.raises(Refused, match=words):
        model_files.import_version(database, settings, zipped(*entries))
    assert leftovers(settings) == []


def test_oversized_and_truncated_files_are_refused(database, ids, settings, monkeypatch):
    whole = zipped(*shipped())
    for broken in (b"not a zip", whole[: len(whole) // 2]):
        with pytest.raises(Refused, match="no whole zip file"):
            model_files.import_version(database, settings, broken)
    monkeypatch.setitem(model_files.MOST_BYTES, "model.json", 100)
    with pytest.raises(Refused, match="larger than"):
        model_files.import_version(database, settings, whole)
    assert len(registry.list_versions(database)) == 1


def test_what_the_check_refuses_is_said_and_not_registered(database, ids, settings):
    weights, description = shipped()[0], shipped(architecture="spot_gcn", settings={})[1]
    with pytest.raises(Refused, match="do not fit the architecture spot_gcn"):
        model_files.import_version(database, settings, zipped(weights, description))
    assert len(registry.list_versions(database)) == 1


def test_a_folder_is_imported_as_a_zip_is_and_one_that_lacks_a_file_is_refused(database, ids, settings, tmp_path):
    folder = tmp_path / "given"
    shutil.copytree(SHIPPED_FOLDER, folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(Refused, match=r"model\.safetensors is missing"):
        model_files.import_version(database, settings, Path(folder))
    with pytest.raises(Refused, match="no file or folder"):
        model_files.import_version(database, settings, tmp_path / "nowhere.zip")


def test_the_baseline_has_no_files_and_the_card_of_the_shipped_model_is_its_own(database, ids, settings):
    with pytest.raises(Refused, match="learned nothing"):
        model_files.export_version(database, settings, ids.baseline_version_id)
    assert "synthetic-trained" in model_card(database, settings, ensure_shipped_model(database))
