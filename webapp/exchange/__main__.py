"""`python -m webapp.exchange`: labels and whole studies, out and in, at the server's command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from db.schema import migrate
from db.session import Database
from spotcore.errors import SpotcoreError
from webapp import wording
from webapp.exchange import formats
from webapp.exchange.previews import Preview, preview
from webapp.exchange.recognise import recognised
from webapp.exchange.study_files import attach_footage, read_archive, write_archive
from webapp.services import label_access, studies
from webapp.services.defaults import DEFAULT_ANNOTATOR, ensure_defaults
from webapp.services.errors import NotFound, Refused, ServiceError
from webapp.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status; 2 with a sentence where something is refused."""
    options = _parser().parse_args(arguments)
    settings = Settings.from_environment()
    try:
        migrate(settings.database_url)
        database = Database(settings.database_url)
        try:
            options.run(database, settings, options)
        finally:
            database.dispose()
    except (ServiceError, SpotcoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m webapp.exchange", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Callable, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about)
        made.set_defaults(run=run)
        return made

    writing = command("export", _export, "write the labels of a study into a file")
    writing.add_argument("file", type=Path)
    writing.add_argument("--annotator", default="", help="only the labels of this person")
    writing.add_argument("--expressions", action="store_true", help="leave out rejections and what is unsure")
    reading = command("import", _import, "read labels from a file into a study, all or none")
    reading.add_argument("file", type=Path)
    reading.add_argument("--annotator", default=DEFAULT_ANNOTATOR, help="who made labels that name nobody")
    reading.add_argument("--one-based", action="store_true", help="frames of a CSV or Excel table count from 1")
    reading.add_argument("--complete", action="store_true", help="the videos named are labelled completely")
    reading.add_argument("--look", action="store_true", help="only say what would be imported")
    keeping = command("archive", _archive, "write a whole study into a .zip: everything but the footage")
    keeping.add_argument("file", type=Path)
    making = command("restore", _restore, "make the study of an archive; footage is looked for in GLINT_MEDIA_ROOTS")
    making.add_argument("file", type=Path)
    making.add_argument("--without-footage", action="store_true", help="what is not found can be looked for later")
    looking = command("find-footage", _find_footage, "look again for the footage of videos that came without")
    for one in (writing, reading):
        one.add_argument("--format", choices=tuple(formats.FORMATS), help="guessed from the file where left out")
    for one in (writing, reading, keeping, looking):
        one.add_argument("--study", default="", help="name of the study, where there are several")
    return parser


def _export(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    study_id, study = study_named(database, options.study)
    name = options.format or _by_suffix(options.file)
    label_access.note_export(database, study_id, None, name, options.annotator, expressions=options.expressions)
    data = formats.export_labels(database, settings, study_id, study, name, options.annotator, options.expressions)
    options.file.write_bytes(data)
    print(f"{options.file}: {formats.FORMATS[name].title}, lost: {formats.FORMATS[name].lost}")


def _by_suffix(file: Path) -> str:
    fitting = [one.name for one in formats.FORMATS.values() if one.suffix == file.suffix.lower()]
    if not fitting:
        raise Refused(f"No format is written as {file.suffix or file.name}; name one with --format.")
    return fitting[0]


def _import(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    study_id, _ = study_named(database, options.study)
    data = options.file.read_bytes()
    name = options.format or recognised(options.file.name, data)
    if not name:
        raise Refused(f"{options.file.name} is of no known format; name one with --format.")
    asked = (database, settings, study_id, name, options.file.name, data, options.annotator, options.one_based)
    _tell(preview(*asked))
    if not options.look:
        added = formats.import_file(*asked, mark_reviewed=options.complete)
        print(f"{wording.count(added.added, 'label')} imported.")


def _tell(found: Preview) -> None:
    print(f"{found.format}: {wording.count(found.new, 'new label')}, {found.known:,} here already")
    for title, group in (("video", found.per_video), ("annotator", found.per_annotator)):
        for one in group:
            print(f"  {title} {one.name}: {one.new} new, {one.known} known ({one.macro} macro, {one.micro} micro)")
    for note in found.notes:
        print(f"  note: {note}")


def _archive(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    study_id, study = study_named(database, options.study)
    made = write_archive(database, settings, study_id, options.file)
    print(f"{options.file}: the study {study}, {sum(made.rows.values()):,} rows, {made.files:,} files")
    for sentence in made.left_out:
        print(f"  left out: {sentence}")


def _restore(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    ensure_defaults(database)
    made = read_archive(database, settings, options.file, without_footage=options.without_footage)
    print(f"{sum(made.rows.values()):,} rows imported: " + ", ".join(f"{n:,} {name}" for name, n in made.rows.items()))
    for note in made.notes:
        print(f"  note: {note}")


def _find_footage(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    found, missing = attach_footage(database, settings, study_named(database, options.study)[0])
    print(f"{wording.count(found, 'video')} found, {missing:,} still without footage")


def study_named(database: Database, name: str) -> tuple[int, str]:
    """Id and name of the study of that name, or of the only one.

    Raises:
        NotFound: there is none of that name.
        Refused: there are several and none was named.
    """
    ensure_defaults(database)
    found = {study.name: study.id for study in studies.all_studies(database)}
    if name and name not in found:
        raise NotFound(f"There is no study {name!r}; there are {', '.join(found)}.")
    if not name and len(found) > 1:
        raise Refused(f"There are several studies; name one with --study: {', '.join(found)}.")
    return (found[name], name) if name else next((id_, title) for title, id_ in found.items())


if __name__ == "__main__":
    sys.exit(main())
