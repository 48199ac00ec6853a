"""The recipe of the default model: a tiny build runs through, goes on where it was stopped, and joins its parts."""

from __future__ import annotations

from spotcore.manifest import Manifest
from spotcore.synthesis.rendered_corpus import joined
from spotcore.synthesis.trace_corpus import write_trace_corpus
from spotcore.training.default_model import Member, Recipe, build_ensemble

TINY = Recipe(members=(Member(1, True), Member(2, False)), traces=(14, 14), rendered=(), epochs=(2, 2), seconds=10.0)


def build(folder, recipe=TINY):
    steps = []

    def progress(name):
        steps.append(name)
        return lambda done, total: None

    return build_ensemble(folder, recipe, progress), steps


def test_a_tiny_build_gives_an_ensemble_of_its_members_and_resumes(tmp_path):
    made, steps = build(tmp_path)
    assert made.info.architecture == "ensemble"
    assert [member["settings"]["seed"] for member in made.info.training["members"]] == [1, 2]
    assert "traces, seed 101" in steps
    again, steps = build(tmp_path)
    assert not [step for step in steps if step.startswith("traces")]
    for name, value in made.network.state_dict().items():
        assert (value == again.network.state_dict()[name]).all()


def test_repeated_videos_stay_one_subjects(tmp_path):
    one = write_trace_corpus(tmp_path, 3, 5)
    both = joined([(one, 1), (one, 0)])
    assert len(both.videos) == 3
    twice = joined([(one, 2)])
    assert len({video.id for video in twice.videos}) == 6
    assert twice.roles() == one.roles()
    assert isinstance(twice, Manifest)
