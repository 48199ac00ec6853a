"""Uploads on disk: resumable by offset, never lost on a full disk, names from outside are titles and nothing else."""

import errno
import os

import pytest

from webapp.settings import Settings
from webapp.uploads import STALE_SECONDS, UploadRefused, Uploads, title_of


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path, f"sqlite:///{tmp_path}/glint.db", upload_max_mb=1)


@pytest.fixture
def uploads(settings):
    return Uploads(settings)


def refusal(action, *arguments):
    with pytest.raises(UploadRefused) as caught:
        action(*arguments)
    return caught.value


def test_pieces_in_order_become_the_file(uploads):
    upload = uploads.create("clip.MP4", 7, 1, 1)
    assert uploads.append(upload, 0, b"abc") == 3
    assert uploads.append(upload, 3, b"defg") == 7
    path = uploads.complete(upload)
    assert path.read_bytes() == b"abcdefg"
    assert path.name == "source.mp4"


def test_a_piece_at_the_wrong_place_is_refused_with_the_true_offset(uploads):
    upload = uploads.create("clip.mp4", 7, 1, 1)
    uploads.append(upload, 0, b"abc")
    for offset in (0, 2, 5):
        error = refusal(uploads.append, upload, offset, b"x")
        assert (error.reason, error.offset) == ("offset", 3)


def test_more_than_announced_is_refused_and_nothing_of_it_kept(uploads):
    upload = uploads.create("clip.mp4", 4, 1, 1)
    assert refusal(uploads.append, upload, 0, b"abcde").reason == "size"
    assert uploads.offset(upload) == 0


def test_an_upload_goes_on_after_the_server_restarted(uploads, settings):
    upload = uploads.create("clip.mp4", 6, 1, 1, subject="s01")
    uploads.append(upload, 0, b"abc")
    again = Uploads(settings)
    found = again.get(upload.id, annotator_id=1)
    assert (found, again.offset(found)) == (upload, 3)
    again.append(found, 3, b"def")
    assert again.complete(found).read_bytes() == b"abcdef"


def test_finishing_early_says_how_much_is_missing(uploads):
    upload = uploads.create("clip.mp4", 6, 1, 1)
    uploads.append(upload, 0, b"abc")
    error = refusal(uploads.complete, upload)
    assert (error.reason, error.offset) == ("incomplete", 3)
    assert "3 of 6 bytes" in str(error)


def test_finishing_twice_gives_the_same_file(uploads):
    upload = uploads.create("clip.mp4", 3, 1, 1)
    uploads.append(upload, 0, b"abc")
    assert uploads.complete(upload) == uploads.complete(upload)


def test_a_full_disk_keeps_what_fitted_and_lets_the_upload_go_on(settings):
    room = 5

    def write(handle, data):
        nonlocal room
        if room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = os.write(handle, data[:room])
        room -= count
        return count

    uploads = Uploads(settings, write=write)
    upload = uploads.create("clip.mp4", 8, 1, 1)
    error = refusal(uploads.append, upload, 0, b"abcdefgh")
    assert (error.reason, error.offset) == ("disk", 5)
    assert "disk is full" in str(error)
    room = 100
    assert uploads.append(upload, 5, b"fgh") == 8
    assert uploads.complete(upload).read_bytes() == b"abcdefgh"


def test_an_upload_that_would_not_fit_is_refused_before_a_byte_is_sent(settings):
    uploads = Uploads(settings, free_bytes=lambda _: 100_000)
    error = refusal(uploads.create, "clip.mp4", 500_000, 1, 1)
    assert error.reason == "disk"
    assert "clip.mp4 needs 500.0 kB" in str(error)


@pytest.mark.parametrize("size", [0, -5, 1024 * 1024 + 1])
def test_empty_and_oversized_files_are_refused(uploads, size):
    assert refusal(uploads.create, "clip.mp4", size, 1, 1).reason == "size"


@pytest.mark.parametrize(("name", "title"), [
    ("../../etc/passwd.mp4", "passwd.mp4"), ("..\\..\\windows\\x.avi", "x.avi"), ("/abs/path.mov", "path.mov"),
    ("Ünï cödé 微表情.mp4", "Ünï cödé 微表情.mp4"), ("a\x00b\n.mp4", "ab.mp4"), ("..", "video"), ("", "video"),
])  # fmt: skip
def test_a_name_from_outside_is_a_title_and_never_a_path(uploads, tmp_path, name, title):
    assert title_of(name) == title
    upload = uploads.create(name, 3, 1, 1)
    uploads.append(upload, 0, b"abc")
    path = uploads.complete(upload)
    assert path.parent == tmp_path / "uploads" / upload.id
    assert path.stem == "source"


@pytest.mark.parametrize("wrong", ["", "..", "../1", "g" * 32, "0" * 31, "0" * 32, "0" * 32 + "/x"])
def test_an_id_that_is_none_of_ours_is_unknown(uploads, wrong):
    assert refusal(uploads.get, wrong).reason == "unknown"


def test_somebody_elses_upload_is_unknown(uploads):
    upload = uploads.create("clip.mp4", 3, 1, 1)
    assert refusal(uploads.get, upload.id, 2).reason == "unknown"


def test_uploads_that_nobody_continued_for_a_week_are_removed_and_finished_ones_stay(uploads):
    left, done = uploads.create("a.mp4", 3, 1, 1), uploads.create("b.mp4", 3, 1, 1)
    uploads.append(done, 0, b"abc")
    kept = uploads.complete(done)
    newest = uploads.folder(left.id).stat().st_mtime
    assert uploads.discard_stale(now=newest + STALE_SECONDS - 10) == 0
    assert uploads.discard_stale(now=newest + STALE_SECONDS + 10) == 1
    assert kept.exists()
    assert refusal(uploads.get, left.id).reason == "unknown"
