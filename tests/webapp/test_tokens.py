"""Tokens: signed, short-lived, bound to one installation; the secret is made once and closed to others."""

import threading

import pytest

from webapp import tokens
from webapp.settings import Settings
from webapp.tokens import Identity, TokenRefused, make_token, read_token


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path, f"sqlite:///{tmp_path}/glint.db")


def reason(settings, token, **options):
    with pytest.raises(TokenRefused) as caught:
        read_token(settings, token, **options)
    return caught.value.reason


def test_a_token_gives_back_who_it_was_made_for(settings):
    assert read_token(settings, make_token(settings, 3, 7, "admin")) == Identity(3, 7, "admin")


def test_an_expired_token_is_told_apart_from_a_forged_one(settings):
    assert reason(settings, make_token(settings, 1, 1, seconds=-1)) == "expired"
    assert reason(settings, "made.up") == "invalid"
    assert reason(settings, None) == "missing"


def test_every_changed_character_makes_a_token_invalid(settings):
    token = make_token(settings, 1, 1)
    for place in range(len(token) - 1):  # the last character of base64 carries spare bits
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert reason(settings, changed) == "invalid"


def test_a_token_of_another_installation_is_invalid(settings, tmp_path):
    other = Settings(tmp_path / "other", "sqlite:///x")
    assert reason(settings, make_token(other, 1, 1)) == "invalid"


def test_grace_accepts_what_expired_lately_and_no_more(settings):
    token = make_token(settings, 1, 1, seconds=-100)
    assert read_token(settings, token, grace=200).annotator_id == 1
    assert reason(settings, token, grace=50) == "expired"


def test_the_secret_is_readable_by_its_owner_only_and_survives_a_restart(settings):
    token = make_token(settings, 1, 1)
    assert (settings.data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    tokens._keys.clear()  # what a new process starts with
    assert read_token(settings, token).annotator_id == 1


def test_processes_that_start_together_agree_on_one_secret(tmp_path):
    path = tmp_path / "secret.key"
    found, start = [], threading.Barrier(8)

    def create():
        start.wait()
        found.append(tokens._read_or_create(path))

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret.key"]
