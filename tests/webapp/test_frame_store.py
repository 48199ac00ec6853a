"""The cache of packs: bounded, oldest use first out, never half a file."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest

from spotcore.packs import read_pack
from spotcore.video import open_video
from tests import barcode
from webapp.frame_store import FrameStore, pack_name, stored_width
from webapp.settings import Settings

HASH = "a" * 64
OTHER = "b" * 64


@dataclass
class Known:
    sha256: str


def fill(store: FrameStore, names: str, size: int = 1000) -> None:
    """One file for each letter, each used later than the one before."""
    for age, name in enumerate(names):
        assert store.write(HASH, name, name.encode() * size)
        os.utime(store.path(HASH, name), (1_000_000 + age, 1_000_000 + age))


def test_what_was_written_is_read_back(tmp_path):
    store = FrameStore.at(tmp_path, 10_000)
    assert store.read(HASH, "x") is None
    assert store.write(HASH, "x", b"content")
    assert (store.read(HASH, "x"), store.read(OTHER, "x"), store.has(HASH, "x")) == (b"content", None, True)


def test_the_longest_unused_files_make_room(tmp_path):
    store = FrameStore.at(tmp_path, 10_000)
    fill(store, "abcdefgh")
    store.read(HASH, "a")  # used now
    store.sweep(3000)
    left = [name for name in "abcdefgh" if store.has(HASH, name)]
    assert left == ["a", "d", "e", "f", "g", "h"]


def test_the_store_stays_within_its_capacity_while_it_is_written(tmp_path):
    store = FrameStore.at(tmp_path, 20_000)
    for number in range(200):
        store.write(HASH, f"{number}", bytes(500))
        assert store.size() <= 20_000
    assert store.size() > 15_000


def test_a_store_that_a_former_process_left_too_full_is_swept_at_the_first_write(tmp_path):
    fill(FrameStore.at(tmp_path, 1_000_000), "abcdefgh")
    store = FrameStore.at(tmp_path, 5000)
    store.write(HASH, "new", bytes(1000))
    assert store.size() <= 5000
    assert store.has(HASH, "new")
    assert store.has(HASH, "h")


def test_files_being_written_are_not_seen_and_abandoned_ones_are_removed(tmp_path):
    store = FrameStore.at(tmp_path, 10_000)
    store.write(HASH, "x", b"whole")
    folder = store.path(HASH, "x").parent
    for name, age in (("fresh.part", None), ("old.part", 1000)):
        (folder / name).write_bytes(bytes(9999))
        if age:
            os.utime(folder / name, (age, age))
    store.sweep()
    assert sorted(path.name for path in folder.iterdir()) == ["fresh.part", "x"]
    assert store.size() == 5


def test_a_disk_that_refuses_is_no_error(tmp_path):
    (tmp_path / "packs").write_bytes(b"a file where the folder should be")
    store = FrameStore.at(tmp_path / "packs", 10_000)
    assert not store.write(HASH, "x", b"content")
    assert store.read(HASH, "x") is None


def test_a_deleted_video_leaves_nothing(tmp_path):
    store = FrameStore.at(tmp_path, 10_000)
    fill(store, "abc")
    store.write(OTHER, "x", b"stays")
    store.remove(HASH)
    assert (store.has(HASH, "a"), store.has(OTHER, "x"), store.size()) == (False, True, 5)


@pytest.mark.parametrize(("sha256", "name"), [("../../etc", "x"), ("", "x"), (HASH, "../x")])
def test_names_that_lead_elsewhere_are_refused(tmp_path, sha256, name):
    with pytest.raises(ValueError, match="content hash"):
        FrameStore.at(tmp_path, 1000).path(sha256, name)


def test_a_narrow_video_has_one_pack_for_every_width():
    assert stored_width(960, 640) is stored_width(None, 640) is stored_width(960, 960) is None
    assert stored_width(960, 1280) == 960
    assert len({pack_name(1, None), pack_name(1, 960), pack_name(2, None)}) == 3


def test_packs_cut_ahead_are_the_ones_a_viewer_asks_for(tmp_path):
    made = barcode.make("constant rate", tmp_path)
    store = FrameStore(Settings(tmp_path / "data", "sqlite:///x.db", pack_cache_mb=10))
    with open_video(made.path) as video:
        store.cut(Known(HASH), video, 1)
        first = store.path(HASH, pack_name(1, None)).stat().st_mtime_ns
        store.cut(Known(HASH), video, 1)
    assert store.path(HASH, pack_name(1, None)).stat().st_mtime_ns == first
    assert barcode.read_number(read_pack(store.read(HASH, pack_name(1, None))).decode(0)) == 32
