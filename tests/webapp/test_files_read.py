"""The memory of files: read once, again when changed, and never more than a few kept."""

import pytest

from webapp.files_read import FilesRead


@pytest.fixture
def counted():
    """A memory of two files that counts what it reads."""
    made = FilesRead(lambda path: made.reads.append(path.name) or path.read_text(), keep=2)
    made.reads = []
    return made


def test_a_file_is_read_once(counted, tmp_path):
    (tmp_path / "a").write_text("one")
    assert [counted.read(tmp_path / "a") for _ in range(3)] == ["one"] * 3
    assert counted.reads == ["a"]


def test_a_file_that_changed_is_read_again(counted, tmp_path):
    (tmp_path / "a").write_text("one")
    counted.read(tmp_path / "a")
    (tmp_path / "a").write_text("longer")
    assert counted.read(tmp_path / "a") == "longer"


def test_what_was_not_asked_for_lately_is_forgotten(counted, tmp_path):
    for name in "abc":
        (tmp_path / name).write_text(name)
    for name in "abacab":
        counted.read(tmp_path / name)
    assert counted.reads == ["a", "b", "c", "b"]


def test_a_file_that_is_gone_is_an_error_even_when_it_was_known(counted, tmp_path):
    (tmp_path / "a").write_text("one")
    counted.read(tmp_path / "a")
    (tmp_path / "a").unlink()
    with pytest.raises(FileNotFoundError):
        counted.read(tmp_path / "a")
