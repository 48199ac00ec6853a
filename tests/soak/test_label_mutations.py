"""Damaged tables of labels: a message and an unchanged database, or an import; never another error."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from sqlalchemy import text

from db.session import Database
from spotcore.errors import InvalidFile
from spotcore.label_csv import read_labels
from tests.databases import KINDS, drop, migrated_url
from tests.soak import trials
from tests.soak.mutations import mutate
from tests.soak.trials import Trials
from webapp.exchange.csv_labels import export_csv, import_csv
from webapp.exchange.label_rows import COLUMNS
from webapp.services import library
from webapp.services.defaults import ensure_defaults
from webapp.services.errors import Refused
from webapp.services.library import ImportedVideo

TRIALS, SHORT, FRAMES = 1000, 20, 500
TITLES = ("a clip.mp4", "s02/ünï.mp4", "third.mp4")
CELLS = (
    "", " ", "-1", "--5", "+7", "0", "1e3", "3.0", "٣", "１２", "²", "99999999999999999999", "9" * 5000, "nan", "inf",
    "-0", "\x00", "a\x00b", "\r", "\n", '"', "'", "=1+1", "\u202e", "\U0001f600" * 300, "x" * 100_000, "Macro",
    "micro ", "rejected (blink)", "rejected (nothing)", "rejected (", "accepted)", "nobody", "None", "4+12", "+", ";",
    ",", "\t", "\u2028", "\ufeff", "'=x",
)  # fmt: skip


class TableDamage:
    """Trial: a good table, damaged in cells or bytes, through the import of the pages and the reader of `score`."""

    def __init__(self, url: str, folder) -> None:
        self.database, self.folder = Database(url), folder
        self.ids = ensure_defaults(self.database)
        for number, title in enumerate(TITLES):
            video = library.register_video(self.database, self.ids.study_id, title, title, "file", None, 1, "s01")
            library.finish_import(
                self.database, video,
                ImportedVideo(f"{number:064x}", 1, FRAMES, 30.0, FRAMES / 30, False, 64, 48, "none.npz"),
            )  # fmt: skip
        self.tables = ("annotations", "operations", "reviewed_spans", "videos", "subjects", "annotators")

    def __call__(self, number: int, generator: np.random.Generator) -> dict:
        data = self.damaged(generator)
        before = self.contents()
        facts, said = self.imported(data, generator)
        if said:
            assert self.contents() == before, "a refused table changed the database"
            assert len(said) > 20
        facts["rows"] = self.read(data)
        assert export_csv(self.database, self.ids.study_id).startswith(",".join(COLUMNS))
        return facts

    def imported(self, data: bytes, generator: np.random.Generator) -> tuple[dict, str]:
        """What the import of the pages gave, and its sentence where it refused."""
        one_based, mark_reviewed = bool(generator.integers(2)), bool(generator.integers(2))
        try:
            added = import_csv(
                self.database, self.ids.study_id, data, "Annotator", one_based=one_based, mark_reviewed=mark_reviewed
            )
        except Refused as refusal:
            return {"outcome": "refused", "said": str(refusal)[:200]}, str(refusal)
        except Exception as error:
            raise AssertionError(f"import: {type(error).__name__}: {error} from {data[:300]!r}") from error
        return {"outcome": "imported", "added": added.added}, ""

    def read(self, data: bytes) -> int | str:
        """How many rows the reader of the commands found, or its sentence."""
        path = self.folder / "labels.csv"
        path.write_bytes(data)
        try:
            return len(read_labels(path).rows)
        except InvalidFile as error:
            return str(error)[:200]
        except Exception as error:
            raise AssertionError(f"score: {type(error).__name__}: {error} from {data[:300]!r}") from error

    def damaged(self, generator: np.random.Generator) -> bytes:
        rows = [list(COLUMNS)]
        for _ in range(int(generator.integers(1, 8))):
            onset = int(generator.integers(1, FRAMES - 60))
            apex, offset = onset + int(generator.integers(0, 20)), onset + int(generator.integers(20, 59))
            kind, title = ("macro", "micro")[generator.integers(2)], TITLES[generator.integers(len(TITLES))]
            rows.append([title, kind, str(onset), str(apex), str(offset), "0.5", "", "added", "4+12", "a note"])
        if generator.integers(3):
            for _ in range(int(generator.integers(1, 4))):
                row = rows[int(generator.integers(len(rows)))]
                if row:
                    row[int(generator.integers(len(row)))] = CELLS[int(generator.integers(len(CELLS)))]
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=",;\t"[generator.integers(3)]).writerows(rows)
        data = out.getvalue().encode()
        return mutate(data, generator, most=2)[0] if generator.integers(2) else data

    def contents(self) -> list[int]:
        with self.database.read() as session:
            return [session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in self.tables]


@pytest.fixture(params=KINDS)
def damage(request, tmp_path):
    url = migrated_url(request.param)
    made = TableDamage(url, tmp_path)
    made.kind = request.param
    yield made
    made.database.dispose()
    drop(url)


@pytest.mark.soak
def test_a_thousand_damaged_tables_are_imported_or_refused_whole(damage):
    assert Trials(f"label-mutations-{damage.kind}", TRIALS).run(damage) == []


def test_a_few_damaged_tables_are_imported_or_refused_whole(damage, tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "RESULTS", tmp_path / "results")
    found = Trials("label-mutations-short", SHORT, seed=5)
    assert found.run(damage) == []
    assert {record["outcome"] for record in found.results.values()} == {"imported", "refused"}
