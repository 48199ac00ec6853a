"""What the first person after a start would wait for, done before they come: statements compiled, newest curves read.

A thread of its own, once; whatever fails here is said by the route that really needs it.
"""

from __future__ import annotations

import logging
import threading

from webapp.doors import ServerParts
from webapp.routes import signals
from webapp.services import ladders, library, reviewing, spotting

log = logging.getLogger(__name__)


def start_warming(parts: ServerParts) -> threading.Thread:
    """Begin, without waiting for it."""
    thread = threading.Thread(target=_warm, args=(parts,), name="warming", daemon=True)
    thread.start()
    return thread


def _warm(parts: ServerParts) -> None:
    try:
        run = spotting.newest_finished(parts.database)
        if run is None:
            return
        study = library.get_video(parts.database, run.video_id).study_id
        for annotator in list(ladders.coders(parts.database, study).values())[:1]:
            reviewing.review_state(parts.database, run.video_id, annotator)
        signals.read_ahead(parts.settings, run)
    except Exception:
        log.debug("nothing was read ahead", exc_info=True)
