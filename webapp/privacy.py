"""`python -m webapp.privacy`: what is known of a subject, handing it out, and withdrawing it, without a browser.

Whoever may run commands here may read the files anyway, so no role is asked for; the audit names nobody.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from db.schema import migrate
from db.session import Database
from spotcore.errors import SpotcoreError
from webapp import queueing, withdrawing, wording
from webapp.services import studies, subject_export, withdrawal
from webapp.services.defaults import ensure_defaults
from webapp.services.errors import NotFound, ServiceError
from webapp.settings import Settings
from webapp.values.withdrawals import STEPS, Outlook

PAUSE = 2.0


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status; 2 with a sentence where something is refused."""
    options = read_arguments(arguments)
    settings = Settings.from_environment()
    settings.prepare()
    migrate(settings.database_url)
    queueing.prepare(settings)
    database = Database(settings.database_url)
    try:
        study_id = study_named(database, options.study)
        if options.command == "show":
            print(told(withdrawal.outlook(database, study_id, options.code, options.also)))
        elif options.command == "export":
            located = settings.located if options.footage else None
            made = subject_export.archive(database, study_id, options.code, None, located)
            options.file.write_bytes(made)
            print(f"{options.file}: {wording.size(len(made))}")
        else:
            return withdraw(settings, database, study_id, options)
    except (ServiceError, SpotcoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        database.dispose()
    return 0


def read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(prog="python -m webapp.privacy", description="What is known of one person.")
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="what a withdrawal would take")
    export = commands.add_parser("export", help="everything known of a person, as a zip")
    take = commands.add_parser("withdraw", help="remove the person from everything, for good")
    for command in (show, export, take):
        command.add_argument("code", help="of the subject")
        command.add_argument("--study", default="", help="name of the study (default: the first)")
    for command in (show, take):
        command.add_argument("--also", action="append", default=[], help="another name of the person; repeat for more")
    export.add_argument("file", type=Path)
    export.add_argument("--footage", action="store_true", help="with the videos")
    take.add_argument("--yes", action="store_true", help="do it; without, only tell what would be done")
    return parser.parse_args(arguments)


def study_named(database: Database, name: str) -> int:
    """Raises NotFound for a name that no study has."""
    if not name:
        return ensure_defaults(database).study_id
    for study in studies.all_studies(database):
        if study.name == name:
            return study.id
    raise NotFound(f"There is no study “{name}”.")


def told(found: Outlook) -> str:
    """What a withdrawal would take, in lines."""
    lines = [
        f"{found.code}: {wording.count(len(found.videos), 'video')}, {wording.duration(found.hours * 3600)}, "
        f"{wording.count(found.decisions, 'decision')}",
        *(f"video: {title}" for title, _ in found.videos),
        *(f"label set, keeps its hash and is marked: {name}" for name in found.label_sets),
        *(f"model version, is marked: {name}" for name in found.versions),
        *(f"work, is stopped: {kind} {number}" for kind, number in found.work),
        *(f"named in {wording.count(rows, 'row')} of others: {table}" for table, rows in found.mentions.items()),
        *(f"too common to be looked for: {word}" for word in found.common),
        *(f"NOT removed, lies outside of the data folder: {path}" for path in found.outside),
        *(f"NOT removed, backup of {wording.moment(made)}: {folder}" for folder, made in found.backups),
    ]
    return "\n".join(lines)


def withdraw(settings: Settings, database: Database, study_id: int, options: argparse.Namespace) -> int:
    """Ask for it and carry it out here, beside the workers if there are any."""
    print(told(withdrawal.outlook(database, study_id, options.code, options.also)))
    if not options.yes:
        print("Nothing was done. Add --yes to withdraw for good.")
        return 0
    number = withdrawing.start(settings, database, study_id, options.code, None, tuple(options.also))
    said = ""
    while not withdrawing.carry_on(settings, database):
        step = STEPS[withdrawal.get(database, number).state]
        if step != said:
            print(f"{step} ...", flush=True)
        said = step
        time.sleep(PAUSE)
    print(f"Withdrawal {number} is done.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
