"""The example: a clip rendered on this machine at first use, declared synthetic, then a video like any other."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

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
def load_example(row: str) -> None:
    """Render the example clip and register it.

    Args:
        row: as `queueing.example_row` writes it; without numbers (asked for by an older Glint), for the first study.
    """
    study_id, annotator_id = (int(part) for part in row.split(".")[1:]) if "." in row else (None, None)
    with outcome("the example", lambda message: log.error("%s", message)):
        render()
        register(study_id, annotator_id)


@step(name="load_example.render")
def render() -> None:
    """Write the clip unless it is there."""
    path = current().settings.data_dir / "example" / "example.mp4"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        render_example(path, progress=Progress(lambda share: None))


@step(name="load_example.register")
def register(study_id: int | None = None, annotator_id: int | None = None) -> None:
    """Make it a video of the study (None: of the first); nothing happens when it is one already."""
    context = current()
    ids = ensure_defaults(context.database)
    study_id, annotator_id = study_id or ids.study_id, annotator_id or ids.annotator_id
    ensure_shipped_model(context.database)
    try:
        registration.register(
            context.settings,
            context.database,
            file_of(study_id, ids.study_id),
            title=TITLE,
            study_id=study_id,
            subject=SUBJECT,
            synthetic=True,
            added_by=annotator_id,
        )
    except Refused as error:
        log.info("the example was not added again: %s", error)


def file_of(study_id: int, first_study: int) -> Path:
    """The clip as a file of this study alone: deleting the video of one study must not take the other's away."""
    rendered = current().settings.data_dir / "example" / "example.mp4"
    if study_id == first_study:
        return rendered
    own = rendered.with_name(f"study-{study_id}") / rendered.name
    if not own.exists():
        own.parent.mkdir(exist_ok=True)
        shutil.copyfile(rendered, own.with_suffix(".part"))
        own.with_suffix(".part").replace(own)
    return own
