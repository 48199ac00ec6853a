"""`python -m webapp.accounts`: the first admin, and the way back in for one who forgot the password.

Everything else about people happens on the page People. Passwords are asked for, or read from the standard input;
never taken from the command line, which other users of the machine can see.
"""

from __future__ import annotations

import argparse
import getpass
import sys

from db.schema import migrate
from db.session import Database
from spotcore.errors import SpotcoreError
from webapp.services import accounts, invitations
from webapp.services.errors import Refused, ServiceError
from webapp.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status; 2 with a sentence where something is refused."""
    parser = argparse.ArgumentParser(prog="python -m webapp.accounts", description="Accounts of this installation.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("create-admin", "make an admin of the installation and of its first study"),
        ("reset-password", "give somebody a new password and sign them out everywhere"),
    ):
        commands.add_parser(name, help=about).add_argument("name", help="who, as shown to others")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_environment()
        settings.prepare()
        migrate(settings.database_url)
        print(run(options.command, options.name, settings))
    except (ServiceError, SpotcoreError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def run(command: str, name: str, settings: Settings) -> str:
    """Do it; returns what to tell."""
    database = Database(settings.database_url)
    if settings.login == "oidc":
        if command != "create-admin":
            raise Refused("Passwords are the provider's; there is none here to reset.")
        annotator_id = accounts.create_admin(database, name, None)
        code = invitations.renew(database, annotator_id, annotator_id)
        address = settings.address or f"http://{settings.host}:{settings.port}"
        return f"{name} is an admin now. Open this link within a week and sign in: {address}/invite/{code}"
    password = asked_password()
    if command == "create-admin":
        accounts.create_admin(database, name, password)
        return f"{name} is an admin now and can sign in."
    accounts.reset_password(database, name, password)
    return f"{name} has a new password and is signed out everywhere."


def asked_password() -> str:
    """Typed twice at a terminal, else the first line of the standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise Refused("The two passwords differ.")
    return password


if __name__ == "__main__":
    sys.exit(main())
