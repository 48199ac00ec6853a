"""The manifest survives its file and refuses what contradicts itself."""

from __future__ import annotations

import json

import pytest

from spotcore.errors import InvalidFile
from spotcore.intervals import Interval
from spotcore.manifest import Manifest, ManifestVideo, Rejected


def video(tmp_path, **changes):
    values = {
        "id": "7", "title": "Clip ä", "subject": "s1", "role": "train", "features": tmp_path / "t.npz",
        "frame_count": 100, "fps": 30.0, "reviewed": ((0, 99),), "unsure": ((5, 9),),
        "intervals": (Interval(10, 30, "macro", 20), Interval(40, 49, "micro")),
        "rejected": (Rejected(Interval(60, 80, "macro", 70), "blink"),),
    }  # fmt: skip
    return ManifestVideo(**values | changes)


def test_what_was_saved_is_loaded(tmp_path):
    manifest = Manifest("set ä", (video(tmp_path),), "abc")
    manifest.save(tmp_path / "manifest.json")
    assert Manifest.load(tmp_path / "manifest.json") == manifest


def test_relative_feature_paths_start_at_the_manifest(tmp_path):
    data = Manifest("set", (video(tmp_path),)).as_dict()
    data["videos"][0]["features"] = "traces/t.npz"
    (tmp_path / "manifest.json").write_text(json.dumps(data))
    assert Manifest.load(tmp_path / "manifest.json").videos[0].features == tmp_path / "traces" / "t.npz"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"role": "exam"}, "the role is 'exam'"),
        ({"subject": ""}, "no subject"),
        ({"reviewed": ((90, 100),)}, "reviewed span 90-100 is not inside frames 0-99"),
        ({"unsure": ((9, 5),)}, "unsure span 9-5"),
        ({"intervals": (Interval(90, 100, "macro"),)}, "interval macro 90-100"),
        ({"fps": 0.0}, "expected frames and a rate"),
    ],
)
def test_a_wrong_video_is_named_with_its_title(tmp_path, changes, message):
    with pytest.raises(InvalidFile) as caught:
        Manifest("set", (video(tmp_path, **changes),))
    assert "Clip ä" in str(caught.value)
    assert message in str(caught.value)


def test_a_subject_on_two_sides_is_refused(tmp_path):
    with pytest.raises(InvalidFile, match="subject s1 has the roles test, train"):
        Manifest("set", (video(tmp_path), video(tmp_path, id="8", role="test")))


def test_two_videos_with_one_id_are_refused(tmp_path):
    with pytest.raises(InvalidFile, match="the id 7 belongs to 2 videos"):
        Manifest("set", (video(tmp_path), video(tmp_path)))


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"format": "other"}', '{"format": "glint-manifest/1", "videos": [{"id": 1}]}',
     '{"format": "glint-manifest/1", "videos": [4]}'],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(tmp_path, text):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(InvalidFile, match=r"m\.json"):
        Manifest.load(tmp_path / "m.json")
