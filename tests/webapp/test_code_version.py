"""The name of the code that made a model."""

import re

from webapp import code_version


def test_a_checkout_is_named_by_version_and_commit():
    assert re.fullmatch(r"\d+\.\d+\.\d+( \([0-9a-f]{7,}\+?\))?", code_version.code_version())


def test_without_a_checkout_the_version_stands_alone(monkeypatch):
    monkeypatch.setattr(code_version, "_git", lambda *arguments: "")
    code_version.code_version.cache_clear()
    try:
        assert re.fullmatch(r"\d+\.\d+\.\d+", code_version.code_version())
    finally:
        code_version.code_version.cache_clear()
