"""What is read before the first person comes; that it is quicker is measured, not tested."""

from __future__ import annotations

import pytest

from spotcore.probabilities import save_curves
from tests.browser.review_world import bump_curves
from tests.webapp.api_client import make_api
from webapp.doors import ServerParts
from webapp.routes import signals
from webapp.routes.warming import start_warming
from webapp.services import spotting


@pytest.fixture
def api(tmp_path):
    return make_api(tmp_path)


def warm(api) -> None:
    start_warming(ServerParts(api.settings, api.database, {})).join()


def test_the_newest_curves_are_in_memory_before_anybody_asks(api):
    run = spotting.start_run(api.database, api.add_video(), api.defaults.baseline_version_id, 6.0, {})
    path = api.settings.data_dir / f"runs/{run}/curves.npz"
    save_curves(bump_curves(300), path)
    spotting.finish_run(api.database, run, f"runs/{run}/curves.npz", None, [])
    warm(api)
    assert str(path) in {key[0] for key in signals._curves._known}


def test_an_empty_or_broken_installation_starts_all_the_same(api):
    warm(api)
    run = spotting.start_run(api.database, api.add_video(), api.defaults.baseline_version_id, 6.0, {})
    spotting.finish_run(api.database, run, "runs/gone.npz", "features/gone.npz", [])
    warm(api)
    assert api.get("/api/pace").status_code == 200
