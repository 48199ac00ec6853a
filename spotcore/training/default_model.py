"""The recipe of the default model: which data, which members, which seeds, and how they become one checkpoint.

Everything is drawn from the repository alone (an astronaut of scikit-image, variants of it, numbers). The calibrated
joint model is made by `commands.build_default`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spotcore.manifest import Manifest
from spotcore.models.ensemble import Ensemble, EnsembleSettings
from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.rendered_corpus import joined, write_rendered_corpus
from spotcore.synthesis.trace_corpus import write_trace_corpus
from spotcore.training import checkpoint
from spotcore.training.loop import train
from spotcore.training.settings import TrainingSettings

Progress = Callable[[str], Callable[[int, int], None]]  # name of a step -> what to call with (done, in all)


@dataclass(frozen=True)
class Member:
    """One network: seed of its traces, weights and order; whether it sees eyes and head beside the regions."""

    seed: int
    signals: bool


SECOND = 100  # added to a member's seed for the traces of its second stage
MEMBERS = (Member(71, True), Member(72, False), Member(73, True), Member(74, False))


@dataclass(frozen=True)
class Recipe:
    """All sizes of a build.

    Attributes:
        members: networks, trained one after the other.
        traces: trace clips of each member in the first stage, of its own seed, and in the second, of SECOND + seed.
        rendered: (seed, clips) of each set of rendered clips, shared by all members.
        repeats: how often a rendered clip counts in the second stage.
        epochs: of the first stage (traces) and of the second (other traces, with micros on plateaus, and rendered
            clips).
        seconds: length of every clip.
    """

    members: tuple[Member, ...] = MEMBERS
    traces: tuple[int, int] = (1300, 900)
    rendered: tuple[tuple[int, int], ...] = ((81, 80), (82, 80))
    repeats: int = 2
    epochs: tuple[int, int] = (7, 3)
    seconds: float = 15.0


def build_ensemble(out: Path, recipe: Recipe, progress: Progress) -> checkpoint.Checkpoint:
    """Draw the data, train every member in two stages, and put them together; what is there already is kept.

    Args:
        out: folder of everything.
        recipe: sizes and seeds.
        progress: shown for every step.
    """
    sets = [
        write_rendered_corpus(out / f"rendered_{seed}", clips, seed, settings=_clips(recipe),
                              progress=progress(f"rendered clips, seed {seed}"))
        for seed, clips in recipe.rendered
    ]  # fmt: skip
    members = [_member(out, member, recipe, sets, progress) for member in recipe.members]
    return ensemble_of([checkpoint.load(folder) for folder in members])


def _clips(recipe: Recipe) -> PlanSettings:
    return PlanSettings(seconds=recipe.seconds, micro=(2, 4), macro=(1, 3))


def _member(out: Path, member: Member, recipe: Recipe, sets: Sequence[Manifest], progress: Progress) -> Path:
    """Folder of the checkpoint of one member."""
    folder = out / f"member_{member.seed}"
    clips = PlanSettings(seconds=recipe.seconds, micro=(1, 4), macro=(1, 4), strong_micro=0.2)
    traces = _traces(folder / "traces", recipe.traces[0], member.seed, clips, progress)
    first = train(traces, _settings(member, recipe.epochs[0], 0.004, 0.68), folder / "first",
                  progress=_epochs(progress(f"network {member.seed}, traces")))  # fmt: skip
    nested = replace(clips, micro_inside=0.6)
    others = _traces(folder / "traces_second", recipe.traces[1], SECOND + member.seed, nested, progress)
    both = joined([(others, 1), *((manifest, recipe.repeats) for manifest in sets)])
    second = _settings(member, recipe.epochs[1], 0.003, 0.5, warm_start=str(first.folder))
    return Path(
        train(both, second, folder / "second",
              progress=_epochs(progress(f"network {member.seed}, traces and rendered clips"))).folder
    )  # fmt: skip


def _traces(folder: Path, count: int, seed: int, clips: PlanSettings, progress: Progress) -> Manifest:
    path = folder / "manifest.json"
    if path.exists():
        return Manifest.load(path)
    return write_trace_corpus(folder, count, seed, clips, progress(f"traces, seed {seed}"), rough_share=0.35,
                              series_share=0.4)  # fmt: skip


def _settings(member: Member, epochs: int, rate: float, decay: float, warm_start: str = "") -> TrainingSettings:
    return TrainingSettings.from_preset(
        "quick", architecture="dilated", seed=member.seed, threads=1, batch_segments=32, weight_decay=0.02,
        validate_every=1, network={"channels": 64, "signals": member.signals}, epochs=epochs, learning_rate=rate,
        decay_per_epoch=decay, noise=0.03, warm_start=warm_start, device="cpu",
    )  # fmt: skip


def _epochs(show: Callable[[int, int], None]) -> Callable[[Any], None]:
    """Progress of training as steps done of steps in all."""
    return lambda state: show(state.epoch * max(state.batches, 1) + state.batch, state.epochs * max(state.batches, 1))


def ensemble_of(members: Sequence[checkpoint.Checkpoint]) -> checkpoint.Checkpoint:
    """Trained members as one checkpoint; features and decoder are those of the first, provenance is kept short."""
    settings = {"members": [{"architecture": m.info.architecture, "settings": dict(m.info.settings)} for m in members]}
    network = Ensemble(EnsembleSettings.from_dict(settings), [m.network for m in members]).eval()
    first = members[0].info
    for member in members[1:]:
        first.kind.require(member.info.kind, "a member of the ensemble")
    training = {"members": [_provenance(m.info.training) for m in members]}
    return checkpoint.Checkpoint(
        network,
        checkpoint.CheckpointInfo("ensemble", settings, first.kind, first.decoder, first.decoder_settings,
                                  training=training),
    )  # fmt: skip


def _provenance(training: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth keeping of a member: thousands of synthetic subjects need no list, paths mean nothing elsewhere."""
    kept = {name: training[name] for name in ("label_set", "best_epoch", "scores") if name in training}
    settings = {name: value for name, value in training.get("settings", {}).items() if name != "warm_start"}
    return kept | {"settings": settings}
