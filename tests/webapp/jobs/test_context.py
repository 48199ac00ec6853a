"""What goes wrong in a job becomes the sentence of its row."""

import errno
import os

import pytest

from spotcore.errors import UnreadableVideo
from webapp.jobs.context import outcome


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UnreadableVideo("clip.mp4: the file is empty (0 bytes)"), "clip.mp4: the file is empty (0 bytes)"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "The server's disk is full: make room"),
        (KeyError("frames"), "The import of video 7 failed unexpectedly (KeyError: 'frames')"),
    ],
)
def test_every_error_is_told_and_goes_no_further(error, sentence):
    told = []
    with outcome("import of video 7", told.append):
        raise error
    assert len(told) == 1
    assert told[0].startswith(sentence)
