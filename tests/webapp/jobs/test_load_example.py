"""The example belongs to the study of whoever asked for it."""

from __future__ import annotations

import pytest

from tests.webapp.world import make_world
from webapp.jobs import context, load_example
from webapp.services import library, studies


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A worker's installation with the clip rendered already and a second study; gives (world, second study)."""
    monkeypatch.setenv("GLINT_DATA", str(tmp_path / "data"))
    world = make_world(tmp_path / "data")
    monkeypatch.setattr(context, "_current", None)
    context.serve(world.settings, world.database)
    clip = world.settings.data_dir / "example" / "example.mp4"
    clip.parent.mkdir()
    clip.write_bytes(b"a clip")
    return world, studies.create_study(world.database, "Second", world.ids.annotator_id)


def test_it_comes_into_the_study_that_asked_and_no_other(lab):
    world, second = lab
    load_example.register(second, world.ids.annotator_id)
    assert library.count_videos(world.database, second) == 1
    assert library.count_videos(world.database, world.ids.study_id) == 0


def test_each_study_has_a_file_of_its_own_so_that_erasing_one_leaves_the_other(lab):
    world, second = lab
    load_example.register(second, world.ids.annotator_id)
    load_example.register(world.ids.study_id, world.ids.annotator_id)
    paths = {library.get_video(world.database, number).path for number in (1, 2)}
    assert len(paths) == 2
    assert all(world.settings.located(path).read_bytes() == b"a clip" for path in paths)


def test_asking_again_adds_no_second_one(lab):
    world, second = lab
    for _ in range(2):
        load_example.register(second, world.ids.annotator_id)
    assert library.count_videos(world.database, second) == 1
