"""Outside data sets as their owners ship them, one reader each; conversion to our conventions happens here.

Every reader gives a `Corpus`: videos as folders of numbered pictures, intervals 0-based with both ends included, and
notes that count what had to be decided. Reading the pictures themselves is the business of `spotcore.video`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from spotcore.corpora.corpus import Corpus, CorpusEvent, CorpusVideo
from spotcore.errors import InvalidSettings

__all__ = ["READERS", "Corpus", "CorpusEvent", "CorpusVideo", "read_corpus"]

READERS = {
    "casme2_sq": "spotcore.corpora.casme2_sq",
    "samm_long": "spotcore.corpora.samm_long",
    "casme3": "spotcore.corpora.casme3",
}


def read_corpus(name: str, root: Path | str, **options: Any) -> Corpus:
    """Read the corpus `name` from its root folder; the options are those of its reader.

    Raises:
        InvalidSettings: unknown corpus.
        InvalidFile: no sheet under the root, or a sheet of another layout.
    """
    if name not in READERS:
        raise InvalidSettings(f"expected a corpus among {', '.join(READERS)}, got {name!r}")
    return import_module(READERS[name]).read(Path(root), **options)
