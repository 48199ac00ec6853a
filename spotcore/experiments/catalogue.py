"""All experiments by name."""

from __future__ import annotations

from spotcore.errors import InvalidSettings
from spotcore.experiments import coding_order, measurement, networks, pictures
from spotcore.experiments.experiment import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for family in (networks, measurement, pictures, coding_order)
    for experiment in family.EXPERIMENTS
}


def experiment_named(name: str) -> Experiment:
    """The experiment of that name.

    Raises:
        InvalidSettings: no such name.
    """
    if name not in EXPERIMENTS:
        raise InvalidSettings(f"expected an experiment among {', '.join(EXPERIMENTS)}, got {name!r}")
    return EXPERIMENTS[name]
