"""Which videos people code blind: no model may look at them here, so that nothing can be shown of what it would say."""

from __future__ import annotations

from pathlib import PurePosixPath

LADDERS = "ladders"  # folder below the data folder, written by `python -m spotcore seeded-recall`


def is_blind(stored_path: str) -> bool:
    """Whether the video at this stored path is a clip of a ladder.

    >>> is_blind("ladders/monday/pass-01-spiked.mp4"), is_blind("uploads/ladders/a.mp4")
    (True, False)
    """
    return PurePosixPath(stored_path).parts[:1] == (LADDERS,)
