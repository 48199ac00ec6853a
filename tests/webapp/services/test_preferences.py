"""Keys of an annotator's own: kept with the person, checked before they are kept."""

from __future__ import annotations

import pytest

from tests.webapp.services.library_material import desk
from webapp.services.errors import NotFound, Refused
from webapp.services.preferences import own_keys, set_own_keys


@pytest.fixture
def work(database):
    return desk(database)


def test_nobody_has_keys_of_their_own_at_first(work):
    assert own_keys(work.database, work.annotator_id) == {}


def test_own_keys_are_kept_for_this_person_only(work):
    set_own_keys(work.database, work.annotator_id, {"accept": ["F8", "F2"]})
    assert own_keys(work.database, work.annotator_id) == {"accept": ["F8", "F2"]}
    assert own_keys(work.database, work.colleague().annotator_id) == {}


def test_an_empty_mapping_goes_back_to_the_delivered_keys(work):
    set_own_keys(work.database, work.annotator_id, {"accept": ["F8"]})
    set_own_keys(work.database, work.annotator_id, {})
    assert own_keys(work.database, work.annotator_id) == {}


def test_a_conflict_is_refused_by_name_and_changes_nothing(work):
    with pytest.raises(Refused, match="r cannot mean accept and reject"):
        set_own_keys(work.database, work.annotator_id, {"accept": ["r"]})
    assert own_keys(work.database, work.annotator_id) == {}


def test_an_unknown_annotator_has_no_keys(work):
    with pytest.raises(NotFound):
        own_keys(work.database, 99)
