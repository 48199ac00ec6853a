"""The trained model that comes with Glint: registered once, champion where nobody chose another."""

from __future__ import annotations

from pathlib import Path

import pytest

from spotcore.shipped_model import STATEMENT, ShippedModel, shipped_model
from webapp import wording
from webapp.services import registry
from webapp.services.defaults import ensure_defaults, ensure_shipped_model
from webapp.services.errors import Refused
from webapp.values.registry import SHIPPED_PATH

FIRST = ShippedModel(Path("unused"), "ensemble", {"members": []}, "1" * 64)
LATER = ShippedModel(Path("unused"), "ensemble", {"members": []}, "2" * 64)


@pytest.fixture
def ids(database):
    return ensure_defaults(database)


def names(database) -> list[str]:
    return sorted(version.name for version in registry.list_versions(database))


def test_a_new_installation_has_the_shipped_model_as_champion_and_the_baseline_beside_it(database, ids):
    made = ensure_shipped_model(database, FIRST)
    assert registry.champion(database).id == made
    assert names(database) == ["baseline", "default-1"]
    version = registry.get_version(database, made)
    assert (version.checkpoint_path, version.checkpoint_sha256) == (SHIPPED_PATH, FIRST.sha256)


def test_every_start_after_the_first_changes_nothing(database, ids):
    made = ensure_shipped_model(database, FIRST)
    history = registry.alias_history(database)
    assert ensure_shipped_model(database, FIRST) == made
    assert ensure_defaults(database) == ids
    assert registry.alias_history(database) == history
    assert len(names(database)) == 2


def test_the_baseline_can_be_made_champion_again_and_stays_it(database, ids):
    ensure_shipped_model(database, FIRST)
    registry.roll_back(database, ids.annotator_id)
    ensure_shipped_model(database, FIRST)
    assert registry.champion(database).id == ids.baseline_version_id


def test_a_later_model_is_champion_where_nobody_ever_chose(database, ids):
    ensure_shipped_model(database, FIRST)
    later = ensure_shipped_model(database, LATER)
    assert registry.champion(database).id == later
    assert names(database) == ["baseline", "default-1", "default-2"]


def test_a_champion_that_a_person_chose_stays(database, ids):
    ensure_shipped_model(database, FIRST)
    registry.promote(database, ids.baseline_version_id, ids.annotator_id)
    ensure_shipped_model(database, LATER)
    assert registry.champion(database).id == ids.baseline_version_id
    assert "default-2" in names(database)


def test_choosing_the_shipped_model_is_a_choice_too(database, ids):
    made = ensure_shipped_model(database, FIRST)
    registry.roll_back(database, ids.annotator_id)
    registry.promote(database, made, ids.annotator_id)
    ensure_shipped_model(database, LATER)
    assert registry.champion(database).id == made
    with pytest.raises(Refused):
        registry.promote(database, made, ids.annotator_id)


def test_its_name_says_that_it_is_trained_on_synthetic_data_alone(database, ids):
    made = ensure_shipped_model(database, FIRST)
    assert STATEMENT in wording.version_name(registry.get_version(database, made))


def test_the_package_ships_one(database, ids):
    shipped = shipped_model()
    version = registry.get_version(database, ensure_shipped_model(database))
    assert (version.architecture, version.checkpoint_sha256) == (shipped.architecture, shipped.sha256)


def test_a_folder_that_is_not_there_is_no_model(tmp_path):
    assert shipped_model(tmp_path / "nothing") is None
