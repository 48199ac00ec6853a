"""One store for several machines: what one keeps another fetches, whole, checked and within bounds."""

from __future__ import annotations

import os

import pytest

from webapp.settings import Settings
from webapp.store import DIGEST, BrokenCopy, MediaStore

SMALL = 10_000


@pytest.fixture
def shared(tmp_path):
    return tmp_path / "shared"


@pytest.fixture
def machines(tmp_path, shared):
    """Two data folders with one store."""
    return [MediaStore(f"file://{shared}", tmp_path / name, SMALL) for name in ("one", "two")]


def written(store, stored, content=b"pictures"):
    path = store.folder / stored
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    store.keep(path)
    return path


def test_what_one_machine_keeps_another_one_fetches(machines):
    one, two = machines
    written(one, "media/7/frames.npz")
    assert two.fetch("media/7/frames.npz").read_bytes() == b"pictures"
    assert (two.folder / "media/7/frames.npz").is_file()


def test_a_folder_travels_with_everything_in_it(machines):
    one, two = machines
    for name in ("model.json", "model.safetensors", "more/card.md"):
        written(one, f"models/job-1/{name}", name.encode())
    fetched = two.fetch("models/job-1")
    assert sorted(p.relative_to(fetched).as_posix() for p in fetched.rglob("*") if p.is_file()) == [
        "model.json", "model.safetensors", "more/card.md",
    ]  # fmt: skip


def test_a_store_in_memory_serves_too(tmp_path):
    one, two = (MediaStore("memory://glint-test", tmp_path / name, SMALL) for name in ("one", "two"))
    written(one, "runs/3/curves.npz", b"curves")
    assert two.fetch("runs/3/curves.npz").read_bytes() == b"curves"


def test_what_nobody_kept_is_not_there(machines):
    assert not machines[0].fetch("media/9/frames.npz").exists()


def test_a_damaged_copy_is_refused_and_leaves_nothing(machines, shared):
    one, two = machines
    written(one, "media/7/frames.npz")
    (shared / "media/7/frames.npz").write_bytes(b"pictureS")
    with pytest.raises(BrokenCopy, match=r"media/7/frames\.npz"):
        two.fetch("media/7/frames.npz")
    assert [path for path in two.folder.rglob("*") if path.is_file()] == []


def test_a_file_that_changed_is_kept_anew(machines):
    one, two = machines
    written(one, "jobs/1/manifest.json", b"first")
    written(one, "jobs/1/manifest.json", b"second")
    assert two.fetch("jobs/1/manifest.json").read_bytes() == b"second"


def test_the_longest_unused_copies_go_first_and_come_back_when_asked_for(machines):
    one, two = machines
    for number in range(4):
        written(one, f"uploads/{number}/source.mp4", bytes([number]) * 4_000)
    for number in range(3):
        path = two.fetch(f"uploads/{number}/source.mp4")
        os.utime(path, (number, number))
    two.fetch("uploads/3/source.mp4")
    left = sorted(path.parent.name for path in two.folder.rglob("*.mp4"))
    assert left == ["2", "3"]
    assert two.fetch("uploads/0/source.mp4").read_bytes() == bytes([0]) * 4_000


def test_what_the_store_does_not_have_is_never_evicted(machines):
    one, two = machines
    own = two.folder / "uploads" / "mine" / "data.part"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"x" * 3 * SMALL)
    os.utime(own, (1, 1))
    written(one, "media/7/frames.npz")
    two.fetch("media/7/frames.npz")
    assert own.is_file()


def test_what_is_removed_is_gone_for_everybody(machines, shared):
    one, two = machines
    written(one, "media/7/frames.npz")
    one.remove("media/7")
    assert not two.fetch("media/7/frames.npz").exists()
    assert [path for path in shared.rglob("*") if path.is_file()] == []


def test_settings_route_stored_paths_through_the_store(tmp_path, shared):
    one, two = (
        Settings.from_environment({"GLINT_DATA": str(tmp_path / name), "GLINT_STORE": f"file://{shared}"})
        for name in ("one", "two")
    )
    path = one.data_dir / "features" / "a.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"traces")
    assert one.stored(path) == "features/a.npz"
    assert (shared / f"features/a.npz{DIGEST}").is_file()
    assert two.located("features/a.npz").read_bytes() == b"traces"
    assert Settings.from_environment(two.environment()).store_url == two.store_url


def test_without_a_store_paths_are_those_of_the_data_folder(tmp_path):
    settings = Settings.from_environment({"GLINT_DATA": str(tmp_path)})
    assert (settings.store, settings.located("media/1/a")) == (None, tmp_path / "media/1/a")
