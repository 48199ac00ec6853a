"""What decoding cannot return even of perfect curves, measured on the benchmarks' own sheets (METHODS section 3)."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from spotcore.boundary_apex import BoundaryApexSettings, decode_boundary_apex, release_settings
from spotcore.corpora import casme2_sq, samm_long
from spotcore.probabilities import Curves
from spotcore.targets import make_targets, target_channels, to_samples

pytestmark = pytest.mark.shared
READERS = {"casme2": (casme2_sq.read, 1), "samm": (samm_long.read, 7)}  # every k-th frame is analysed
RELEASE = release_settings(plateau=True)


@pytest.fixture(scope="module")
def corpora(shared_benchmarks):
    folder = shared_benchmarks / "annotations"
    return {name: (read(folder), step) for name, (read, step) in READERS.items()}


def returned(corpus, step, settings, together):
    """Type -> per cent of the events that come back with exactly their onset and offset sample."""
    found, total = Counter(), Counter()
    for video in corpus.videos:
        events = [event.interval for event in video.events]
        frames = np.arange(0, max((e.offset for e in events), default=0) + 200, step)
        samples = to_samples(events, frames)
        for group in [samples] if together else [[sample] for sample in samples]:
            channels = target_channels(make_targets(group, len(frames)))
            curves = Curves(frames, frames / (30.0 * step), channels, "boundary_apex", settings.as_dict())
            decoded = {(p.type, p.onset, p.offset) for p in decode_boundary_apex(curves)}
            for e in group:
                total[e.type] += 1
                found[e.type] += (e.type, int(frames[e.onset]), int(frames[e.offset])) in decoded
    return {kind: round(100 * found[kind] / total[kind]) for kind in ("macro", "micro")}


@pytest.mark.parametrize(("name", "macro", "micro"), [("casme2", 52, 72), ("samm", 44, 76)])
def test_the_ranges_of_the_releases_lose_as_much_as_stated(corpora, name, macro, micro):
    corpus, step = corpora[name]
    assert returned(corpus, step, RELEASE, together=False) == {"macro": macro, "micro": micro}


@pytest.mark.parametrize(("name", "macro", "micro"), [("casme2", 90, 68), ("samm", 78, 75)])
def test_our_ranges_return_most_macros_with_all_neighbours_in_place(corpora, name, macro, micro):
    corpus, step = corpora[name]
    assert returned(corpus, step, BoundaryApexSettings(), together=True) == {"macro": macro, "micro": micro}
