"""The frozen test corpus and corpora in general: numbers promised, nothing eased, files as described."""

from __future__ import annotations

import json
from dataclasses import replace

import av
import numpy as np
import pytest

from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.intervals import type_by_duration
from spotcore.label_csv import read_labels
from spotcore.synthesis.corpus import TEST_V1, Corpus, changed_sources, render_corpus
from spotcore.synthesis.mixes import moves_mouth
from spotcore.synthesis.planning import PlanSettings, plan_corpus

FROZEN_HASH = "10e1215ddf2908ca1b49d9a219fd9ff96146ec72f49524448844ad353788011a"


@pytest.fixture(scope="module")
def frozen() -> Corpus:
    return Corpus.load()


def _share(plans, name) -> float:
    return sum(item[1] - item[0] + 1 for p in plans for item in getattr(p, name)) / sum(p.frames for p in plans)


def test_the_frozen_corpus_is_the_one_that_was_committed_before_any_training(frozen):
    assert frozen.hash == FROZEN_HASH
    # Loading compares the hash with the content: `test_easing_a_frozen_corpus_is_refused` shows that it does.


def test_the_frozen_corpus_keeps_its_promises(frozen):
    plans = frozen.clips
    assert len(plans) == 40
    assert all(p.frames == 450 and p.fps == 30 for p in plans)
    assert len({p.identity for p in plans}) >= 8
    assert all(p.identity.startswith("media:") for p in frozen.plans), "identities that never train a shipped model"
    events = [e for p in plans for e in p.events]
    micro = [e.amplitude for e in events if e.type == "micro"]
    macro = [e.amplitude for e in events if e.type == "macro"]
    assert len(micro) >= 60
    assert len(macro) >= 60
    assert 0.3 <= min(micro) < 0.5
    assert 2.8 < max(micro) <= 3.0
    assert 1.5 <= min(macro) < 2.0
    assert 30 < max(macro) <= 60
    assert 12 <= sum(len(p.blinks) for p in plans) / 10 <= 20
    assert _share(plans, "speech") == pytest.approx(0.3, abs=0.03)
    assert _share(plans, "turns") == pytest.approx(0.3, abs=0.03)
    assert min(p.noise for p in plans) < 0.7
    assert max(p.noise for p in plans) > 3.3
    assert {min(p.crf for p in plans), max(p.crf for p in plans)} == {17, 30}


def test_types_of_the_frozen_corpus_follow_from_durations_as_published(frozen):
    times = np.arange(450) / 30
    events = [e for p in frozen.clips for e in p.events]
    assert all(type_by_duration(e.onset, e.offset, times) == e.type for e in events)
    lengths = {kind: [e.offset - e.onset for e in events if e.type == kind] for kind in ("micro", "macro")}
    micro, macro = (np.median(values) / 30 for values in lengths.values())
    assert 0.4 <= micro <= 0.47
    assert 1.1 <= macro <= 1.2


def test_no_expression_of_the_mouth_overlaps_speech_and_none_overlap_each_other(frozen):
    for plan in frozen.clips:
        for a, b in zip(plan.events, plan.events[1:], strict=False):
            assert a.offset < b.onset
        for event in plan.events:
            if moves_mouth({tuple(key.split("/")): 1.0 for key in event.units}):
                assert all(event.offset < first or event.onset > last for first, last in plan.speech)


def test_controls_of_the_frozen_corpus_hold_shifts_and_no_expression(frozen):
    assert len(frozen.controls) == 10
    assert all(not p.events and len(p.shifts) >= 3 for p in frozen.controls)
    assert {s.pixels for p in frozen.controls for s in p.shifts} == {0.5}


def test_easing_a_frozen_corpus_is_refused(frozen, tmp_path):
    easier = replace(frozen, clips=(replace(frozen.clips[0], noise=0.0), *frozen.clips[1:]))
    easier.save(tmp_path / "easier.json")
    with pytest.raises(InvalidFile, match="no longer has its hash"):
        Corpus.load(tmp_path / "easier.json")


def test_a_corpus_file_comes_back_as_it_was(frozen, tmp_path):
    part = replace(frozen, clips=frozen.clips[:2], controls=frozen.controls[:1], hash="")
    part.save(tmp_path / "part.json")
    assert Corpus.load(tmp_path / "part.json") == part


def test_a_file_that_is_no_corpus_is_named(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps({"format": "other"}), encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"x\.json"):
        Corpus.load(tmp_path / "x.json")


def test_the_same_seed_plans_the_same_clips_and_another_seed_others():
    one, two, other = (plan_corpus(3, ["astronaut"], seed, PlanSettings()) for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_contradicting_settings_are_refused_together():
    with pytest.raises(InvalidSettings, match=r"multiples of 4.*60 frames"):
        PlanSettings(width=511, fps=200)


@pytest.mark.shared
def test_the_pictures_of_the_frozen_corpus_are_the_ones_it_was_frozen_with(frozen, shared_media):
    assert changed_sources(frozen, shared_media) == []


def test_a_small_corpus_is_rendered_with_truth_and_goes_on_where_it_was_stopped(tmp_path):
    settings = PlanSettings(seconds=3, width=256, height=256, inter_ocular=(50, 60), micro=(1, 1), macro=(1, 1))
    corpus = Corpus("small", tuple(plan_corpus(2, ["astronaut"], 4, settings)))
    render_corpus(corpus, tmp_path)
    assert Corpus.load(tmp_path / "corpus.json") == corpus
    truth = read_labels(tmp_path / "truth.csv")
    assert truth.by_video() == {f"{p.name}.mp4": [e.interval for e in p.events] for p in corpus.clips if p.events}
    assert float(truth.rows[0].extra["amplitude"]) == corpus.clips[0].events[0].amplitude
    with av.open(str(tmp_path / "clip_000.mp4")) as container:
        assert "Synthetic" in container.metadata["comment"]
        assert sum(1 for _ in container.decode(video=0)) == 90
    (tmp_path / "clip_001.mp4").unlink()
    before = (tmp_path / "clip_000.mp4").stat().st_mtime_ns
    render_corpus(corpus, tmp_path)
    assert (tmp_path / "clip_000.mp4").stat().st_mtime_ns == before
    assert (tmp_path / "clip_001.mp4").exists()
    assert TEST_V1.exists()
