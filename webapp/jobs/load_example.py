"""The example: a clip rendered on this machine at first use, declared synthetic, then a video like any other."""

from __future__ import annotations

import logging

from dbos import DBOS

from spotcore.synthesis.example import render_example
from webapp import registration
from webapp.jobs.context import MOST_RECOVERIES, Progress, current, outcome, step
from webapp.services.defaults import ensure_defaults, ensure_shipped_model
from webapp.services.errors import Refused

log = logging.getLogger(__name__)

TITLE = "Example (synthetic).mp4"
SUBJECT = "synthetic"


@DBOS.workflow(name="load_example", max_recovery_attempts=MOST_RECOVERIES)
def load_example(_: str) -> None:
    """Render and register the example clip."""
    with outcome("the example", lambda message: log.error("%s", message)):
        render()
        register()


@step(name="load_example.render")
def render() -> None:
    """Write the clip unless it is there."""
    path = current().settings.data_dir / "example" / "example.mp4"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        render_example(path, progress=Progress(lambda share: None))


@step(name="load_example.register")
def register() -> None:
    """Make it a video; nothing happens when it is one already."""
    context = current()
    ids = ensure_defaults(context.database)
    ensure_shipped_model(context.database)
    try:
        registration.register(
            context.settings,
            context.database,
            context.settings.data_dir / "example" / "example.mp4",
            title=TITLE,
            study_id=ids.study_id,
            subject=SUBJECT,
            synthetic=True,
            added_by=ids.annotator_id,
        )
    except Refused as error:
        log.info("the example was not added again: %s", error)
