"""Damaged files of every format of labels: a message and an unchanged database, or an import; never another error."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from sqlalchemy import text

from db.models import Annotator, Assignment
from db.session import Database
from spotcore.frame_table import FrameTable
from tests.databases import KINDS, drop, migrated_url
from tests.soak import trials
from tests.soak.file_damage import damaged
from tests.soak.trials import Trials
from tests.webapp.exchange.label_material import FRAMES, PEOPLE, TITLES, clock_of, labels, material
from webapp.exchange.formats import FORMATS, export_labels, import_file
from webapp.exchange.label_rows import BadTable
from webapp.exchange.previews import preview
from webapp.exchange.recognise import recognised
from webapp.services import library
from webapp.services.defaults import ensure_defaults
from webapp.services.library import ImportedVideo

TRIALS, SHORT = 1000, 50
LONGEST = 60.0
TABLES = ("annotations", "operations", "reviewed_spans", "videos", "subjects", "annotators", "audit_entries")


class FileDamage:
    """Trial: a good file of some format, damaged, shown and imported as the page Exchange does it."""

    def __init__(self, url: str, folder) -> None:
        self.database = Database(url)
        self.settings = SimpleNamespace(located=lambda path: folder / path)
        self.study = ensure_defaults(self.database).study_id
        with self.database.begin() as session:
            other = Annotator(name=PEOPLE[1])
            session.add(other)
            session.flush()
            session.add(Assignment(study_id=self.study, annotator_id=other.id))
        for number, (title, subject) in enumerate(TITLES.items()):
            stamps = clock_of(title).timestamps
            FrameTable(stamps, np.arange(FRAMES), np.ones(FRAMES, bool)).save(folder / f"{number}.npz")
            video = library.register_video(self.database, self.study, title, title, "file", None, 1, subject)
            facts = ImportedVideo(f"{number:064x}", 1, FRAMES, 30.0, 13.3, False, 64, 48, f"{number}.npz")
            library.finish_import(self.database, video, facts)

    def __call__(self, number: int, generator: np.random.Generator) -> dict:
        name = list(FORMATS)[number % len(FORMATS)]
        whole = FORMATS[name].write(material(labels(int(generator.integers(1000)), 12)))
        if name == "elan" and generator.integers(2):  # one of its files as it is
            with zipfile.ZipFile(io.BytesIO(whole)) as archive:
                whole = archive.read(archive.namelist()[0])
        data, done = damaged(whole, generator)
        return {"format": name, "damage": done} | self.brought(name, data, generator)

    def brought(self, name: str, data: bytes, generator: np.random.Generator) -> dict:
        """Shown and imported; both say the same, and a refusal leaves everything as it was."""
        file = f"file{FORMATS[name].accepts[0]}"
        asked = (self.database, self.settings, self.study, name, file, data, PEOPLE[0], bool(generator.integers(2)))
        began, before = time.monotonic(), self.contents()
        try:
            assert recognised(file, data) in ("", *FORMATS)
            found = preview(*asked)
            assert self.contents() == before, "a preview changed the database"
            added = import_file(*asked, mark_reviewed=bool(generator.integers(2)))
            assert (added.added, added.known) == (found.new, found.known), "the import did not do what was shown"
            facts = {"outcome": "imported", "added": added.added}
        except BadTable as refusal:
            assert self.contents() == before, "a refused file changed the database"
            facts = {"outcome": "refused", "said": str(refusal)[:200], "shortest": min(map(len, refusal.problems))}
        except AssertionError:
            raise
        except Exception as error:
            kept = trials.RESULTS / "format-failures" / f"{hashlib.sha256(data).hexdigest()[:12]}-{name}"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)
            raise AssertionError(f"{type(error).__name__}: {error}; kept as {kept}") from error
        assert facts.get("shortest", 99) > 10, "a refusal says nothing"
        assert time.monotonic() - began < LONGEST
        return facts

    def contents(self) -> list[int]:
        with self.database.read() as session:
            return [session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES]


@pytest.fixture
def damage(request, tmp_path):
    url = migrated_url(request.param)
    made = FileDamage(url, tmp_path)
    made.kind = request.param
    yield made
    made.database.dispose()
    drop(url)


@pytest.mark.soak
@pytest.mark.parametrize("damage", KINDS, indirect=True)
def test_a_thousand_damaged_files_of_labels_are_imported_or_refused_whole(damage):
    assert Trials(f"format-mutations-{damage.kind}", TRIALS).run(damage) == []
    everything = export_labels(damage.database, damage.settings, damage.study, "Study", "label_studio")
    assert len(everything) > 100_000


@pytest.mark.parametrize("damage", ["sqlite"], indirect=True)
def test_fifty_damaged_files_of_labels_are_imported_or_refused_whole(damage, tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "RESULTS", tmp_path / "results")
    found = Trials("format-mutations-short", SHORT, seed=5)
    assert found.run(damage) == []
    assert {record["outcome"] for record in found.results.values()} == {"imported", "refused"}
    assert {record["format"] for record in found.results.values()} == set(FORMATS)
