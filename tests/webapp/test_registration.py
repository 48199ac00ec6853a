"""Registering what lies on the server: only inside the allowed folders, links included, and once."""

import pytest

from tests import barcode
from tests.webapp.api_client import make_api
from tests.webapp.worker_process import write_noise
from webapp import queueing
from webapp.registration import candidates, register_in_place
from webapp.services import library
from webapp.services.errors import Refused
from webapp.settings import Settings


@pytest.fixture
def root(tmp_path):
    """A media root with a video, a folder of pictures, and things that are neither."""
    made = tmp_path / "media"
    (made / "deep").mkdir(parents=True)
    write_noise(made / "deep" / "one.MP4", 10)
    barcode.write_folder(made / "pictures", range(5))
    (made / "notes.txt").write_text("no video")
    (made / ".hidden").mkdir()
    write_noise(made / ".hidden" / "hidden.mp4", 5)
    return made


@pytest.fixture
def api(tmp_path, root):
    made = make_api(tmp_path / "data")
    made.settings = Settings(tmp_path / "data", made.settings.database_url, media_roots=(root.resolve(),))
    queueing.prepare(made.settings)
    return made


def register(api, path, **options):
    return register_in_place(api.settings, api.database, path, study_id=api.defaults.study_id, **options)


def test_videos_and_picture_folders_below_the_roots_are_offered(api):
    found = [(candidate.title, candidate.kind) for candidate in candidates(api.settings)]
    assert found == [("deep/one.MP4", "file"), ("pictures", "images")]


def test_a_file_is_registered_where_it_lies(api, root):
    video = library.get_video(api.database, register(api, root / "deep" / "one.MP4", subject="s3"))
    assert (video.path, video.title, video.subject) == (str(root / "deep" / "one.MP4"), "deep/one.MP4", "s3")
    assert len(queueing.unfinished(queueing.IMPORTING, video.id, api.settings)) == 1


def test_a_picture_folder_needs_a_rate_and_a_file_takes_none(api, root):
    with pytest.raises(Refused, match="how many frames a second"):
        register(api, root / "pictures")
    with pytest.raises(Refused, match="leave the rate empty"):
        register(api, root / "deep" / "one.MP4", rate=30.0)
    assert library.get_video(api.database, register(api, root / "pictures", rate=200.0)).rate == 200.0


@pytest.mark.parametrize("name", ["../outside.mp4", "deep/../../outside.mp4", "nowhere.mp4"])
def test_what_lies_outside_or_nowhere_is_refused(api, root, name):
    write_noise(root.parent / "outside.mp4", 5)
    with pytest.raises(Refused):
        register(api, root / name)


def test_a_link_that_leads_out_of_the_root_is_neither_offered_nor_registered(api, root):
    write_noise(root.parent / "outside.mp4", 5)
    (root / "link.mp4").symlink_to(root.parent / "outside.mp4")
    (root / "folder").symlink_to(root.parent)
    assert len(candidates(api.settings)) == 2
    for path in (root / "link.mp4", root / "folder" / "outside.mp4"):
        with pytest.raises(Refused, match="not inside the folders"):
            register(api, path)


def test_the_same_place_twice_is_one_video_and_the_same_content_elsewhere_is_refused_by_name(api, root):
    first = register(api, root / "deep" / "one.MP4")
    assert register(api, root / "deep" / "one.MP4") == first
    (root / "copy.mp4").write_bytes((root / "deep" / "one.MP4").read_bytes())
    with pytest.raises(Refused, match=r"one\.MP4"):
        register(api, root / "copy.mp4")


def test_without_roots_nothing_can_be_registered(api, root):
    api.settings = Settings(api.settings.data_dir, api.settings.database_url)
    assert candidates(api.settings) == []
    with pytest.raises(Refused):
        register(api, root / "deep" / "one.MP4")
