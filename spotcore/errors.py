"""What can go wrong on files and settings, as one family that the doors (command line, job, route, page) catch.

Every message is written for the person who reads it: what was expected, what came, and which file or setting it was.
"""


class SpotcoreError(Exception):
    """Base of all errors that spotcore raises on purpose; `str()` of it can be shown as it is."""


class UnreadableVideo(SpotcoreError):
    """The file or folder cannot be read as a video: empty, not a video, no picture track, no decodable frame."""


class InvalidSettings(SpotcoreError):
    """A setting is unknown, out of range, or contradicts another; all problems are reported together."""


class InvalidInterval(SpotcoreError):
    """An interval breaks onset <= apex <= offset, starts before frame 0 or has an unknown expression type."""


class InvalidFile(SpotcoreError):
    """A CSV, JSON or feature file does not hold what its format promises; the message names file and line."""


class IncompatibleFeatures(SpotcoreError):
    """A checkpoint was made for features of another kind (extractor, regions or unit) than the ones given."""


class NothingToTrain(SpotcoreError):
    """A manifest cannot be trained on: a side of the split is empty or no usable event remains."""


class Cancelled(SpotcoreError):
    """The caller's progress function asked to stop."""
