"""Settings: read from the environment, all mistakes at once, and handed on to child processes unchanged."""

from pathlib import Path

import pytest

from spotcore.errors import InvalidSettings
from webapp.settings import Settings


def test_an_empty_environment_gives_a_local_installation(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Settings.from_environment({})
    assert made.loopback
    assert made.data_dir == tmp_path / "glint-data"
    assert made.database_url == f"sqlite:///{tmp_path}/glint-data/glint.db"
    assert made.dbos_url == f"sqlite:///{tmp_path}/glint-data/dbos.db"


def test_all_wrong_values_are_named_in_one_message():
    wrong = {
        "GLINT_PORT": "eighty", "GLINT_UPLOAD_MAX_MB": "-1", "GLINT_DEVICE": "tpu",
        "GLINT_DATABASE_URL": "mysql://x", "GLINT_MEDIA_ROOTS": "/nowhere/at/all",
    }  # fmt: skip
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_environment(wrong)
    for name in wrong:
        assert name in str(caught.value)


def test_a_child_process_gets_the_same_settings(tmp_path):
    roots = tmp_path / "a", tmp_path / "b"
    for root in roots:
        root.mkdir()
    made = Settings.from_environment(
        {"GLINT_DATA": str(tmp_path), "GLINT_MEDIA_ROOTS": f"{roots[0]}:{roots[1]}", "GLINT_PORT": "9000"}
    )
    assert Settings.from_environment(made.environment()) == made


def test_the_team_database_also_keeps_the_durable_jobs(tmp_path):
    made = Settings(tmp_path, "postgresql+psycopg://glint@db/glint")
    assert made.dbos_url == "postgresql://glint@db/glint"


@pytest.mark.parametrize(("host", "local"), [
    ("127.0.0.1", True), ("127.0.0.5", True), ("localhost", True), ("::1", True),
    ("0.0.0.0", False), ("192.168.1.5", False), ("lab.example", False),
])  # fmt: skip
def test_only_loopback_addresses_count_as_this_machine_alone(tmp_path, host, local):
    assert Settings(tmp_path, "sqlite:///x", host=host).loopback is local


def test_paths_in_the_data_folder_are_stored_relative_and_others_absolute(tmp_path):
    made = Settings(tmp_path, "sqlite:///x")
    assert made.stored(tmp_path / "media" / "1" / "a.mp4") == "media/1/a.mp4"
    assert made.located("media/1/a.mp4") == tmp_path / "media/1/a.mp4"
    assert made.stored(Path("/elsewhere/b.mp4")) == "/elsewhere/b.mp4"
    assert made.located("/elsewhere/b.mp4") == Path("/elsewhere/b.mp4")


def test_a_new_data_folder_is_closed_to_other_accounts(tmp_path):
    made = Settings(tmp_path / "fresh", "sqlite:///x")
    made.prepare()
    assert made.data_dir.stat().st_mode & 0o077 == 0
