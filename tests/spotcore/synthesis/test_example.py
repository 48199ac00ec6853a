"""The example clip: what it promises about itself."""

from __future__ import annotations

import av
import numpy as np
import pytest

from spotcore.errors import Cancelled
from spotcore.label_csv import read_labels
from spotcore.synthesis.example import EXAMPLE_FPS, EXAMPLE_NOTE, example_script, render_example


def _decode(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)], dict(container.metadata)


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    events = render_example(folder / "clip.mp4", seconds=3.0, truth=folder / "truth.csv")
    return folder, events


def test_a_short_version_has_the_expected_frames_and_declares_itself_synthetic(short_clip):
    folder, events = short_clip
    frames, metadata = _decode(folder / "clip.mp4")
    assert len(frames) == round(3.0 * EXAMPLE_FPS)
    assert frames[0].shape == (480 * 3 // 2, 640)
    assert metadata["comment"] == EXAMPLE_NOTE
    assert EXAMPLE_NOTE.startswith("Synthetic")
    assert len(events) == 1


def test_the_truth_beside_it_is_what_was_returned(short_clip):
    folder, events = short_clip
    assert read_labels(folder / "truth.csv").by_video() == {"clip.mp4": events}


def test_rendering_twice_gives_the_same_pictures_and_another_seed_others(tmp_path):
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        render_example(tmp_path / f"{name}.mp4", seed=seed, seconds=0.5)
    one, two, other = (np.stack(_decode(tmp_path / f"{name}.mp4")[0]) for name in ("one", "two", "other"))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_the_whole_example_holds_brow_smile_jaw_a_micro_and_blinks():
    from spotcore.synthesis.astronaut import astronaut_identity

    script = example_script(astronaut_identity(640, 480, 95).face)
    assert [event.type for event in script.events] == ["macro", "micro", "macro", "macro"]
    assert script.labels == ["AU1+AU2", "AU4", "AU12+AU6", "AU26"]
    assert 12 <= script.frame_count / script.fps <= 20
    blinks = [d for d in script.distractors if d.kind == "blink"]
    assert len(blinks) == 5
    apart = all(b.last < e.onset or b.first > e.offset for b in blinks for e in script.events)
    assert apart, "the example shows blinks beside the expressions, not on top of them"


def test_cancelling_leaves_no_file_behind(tmp_path):
    def stop(done: int, total: int) -> None:
        if done == 5:
            raise Cancelled("asked to stop")

    with pytest.raises(Cancelled):
        render_example(tmp_path / "clip.mp4", progress=stop, seconds=1.0)
    assert list(tmp_path.iterdir()) == []
