"""`python -m webapp`: migrate the database, start the page and the worker beside it, print the address, stop cleanly.

Why not `streamlit run`: its sockets lack TCP_NODELAY and every answer on a kept connection costs 44 ms; one bound
TCP socket of our own, given to uvicorn, does not. No routes and no rules here.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import logging
import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO

from spotcore.errors import SpotcoreError
from webapp.settings import Settings

log = logging.getLogger("webapp")

PORTS_TRIED = 20


class CannotStart(Exception):
    """The reason is a sentence for the person at the terminal."""


def main(arguments: list[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="web: %(levelname)s %(name)s: %(message)s")
    logging.getLogger("dbos").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # One handler for the whole life: uvicorn puts its own over it and raises the signal again when it has stopped.
    stopping = Stopping()
    try:
        settings, port_given = read_arguments(arguments)
        claimed = claim(settings)
        prepare(settings)
        require_accounts(settings)
        listening = bind(settings, port_given)
    except (CannotStart, SpotcoreError) as error:
        print(f"Glint did not start: {error}", file=sys.stderr)
        return 2
    settings = replace(settings, port=listening.getsockname()[1])
    claimed.write(address_of(settings))
    claimed.flush()
    os.environ.update(settings.environment())
    from webapp.supervisor import Supervisor

    worker = Supervisor([sys.executable, "-m", "webapp.worker", "--with-parent"], Path(__file__).parents[1])
    worker.start()
    try:
        serve(settings, listening, stopping)
    finally:
        worker.stop()
    print("Glint has stopped.", flush=True)
    return 0


def read_arguments(arguments: list[str] | None) -> tuple[Settings, bool]:
    """Settings of the environment, with what was typed over them; and whether the port was asked for.

    Raises:
        CannotStart, InvalidSettings: with a sentence.
    """
    parser = argparse.ArgumentParser(prog="python -m webapp", description="Start Glint's page and its worker.")
    parser.add_argument("--host", help="address to listen on (default: GLINT_HOST or 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: GLINT_PORT, or the next free from 8501)")
    parser.add_argument("--data", help="data folder (default: GLINT_DATA or ./glint-data)")
    options = parser.parse_args(arguments)
    environment = dict(os.environ)
    for variable, value in (("GLINT_HOST", options.host), ("GLINT_PORT", options.port), ("GLINT_DATA", options.data)):
        if value is not None:
            environment[variable] = str(value)
    settings = Settings.from_environment(environment)
    refuse_open_doors(settings)
    return settings, bool(environment.get("GLINT_PORT"))


def refuse_open_doors(settings: Settings) -> None:
    """Whoever can reach the page must sign in, and must be able to name it.

    Raises:
        CannotStart: otherwise.
    """
    if settings.loopback:
        return
    if settings.single_user:
        raise CannotStart(
            f"{settings.host} can be reached from other machines, so people must sign in, or anybody could see the "
            "videos. Set GLINT_LOGIN=local or GLINT_LOGIN=oidc, or listen on 127.0.0.1 and use an SSH tunnel "
            "(ssh -L 8501:127.0.0.1:8501 this-machine)."
        )
    if settings.host in ("0.0.0.0", "::") and not settings.address:
        raise CannotStart(
            f"{settings.host} stands for every address of this machine; set GLINT_ADDRESS to the one that people type, "
            "such as https://glint.lab.example"
        )


def require_accounts(settings: Settings) -> None:
    """Where people sign in, somebody must be able to.

    Raises:
        CannotStart: there is no account yet.
    """
    from db.session import Database
    from webapp.services.accounts import has_accounts

    if settings.single_user:
        return
    if not has_accounts(Database(settings.database_url)):
        raise CannotStart("nobody can sign in yet. Make the first admin: python -m webapp.accounts create-admin NAME")
    if not settings.secure and not settings.loopback:
        log.warning("passwords travel unencrypted: put a proxy with TLS in front and set GLINT_ADDRESS=https://...")


def claim(settings: Settings) -> IO[str]:
    """Hold the data folder for this process, for as long as the answer is open.

    Raises:
        CannotStart: another Glint holds it (two would send the same uploads to disk and cut the same frames), or the
            folder cannot be written.
    """
    try:
        settings.prepare()
        file = (settings.data_dir / "web.lock").open("a+")
    except OSError as error:
        raise CannotStart(f"the data folder {settings.data_dir} cannot be used: {error.strerror}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        where = file.read().strip()
        raise CannotStart(
            f"Glint is already running on the data folder {settings.data_dir}" + (f", at {where}" if where else "")
        ) from None
    file.truncate(0)
    return file


def address_of(settings: Settings) -> str:
    """What to type into a browser."""
    if settings.address:
        return settings.address
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def prepare(settings: Settings) -> None:
    """Create the signing secret and both databases, or bring them up to date."""
    from db.schema import migrate
    from webapp import queueing
    from webapp.tokens import secret_key

    try:
        secret_key(settings)
        migrate(settings.database_url)
        queueing.prepare(settings)
    except Exception as error:
        log.debug("preparing the databases failed", exc_info=True)
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CannotStart(f"the database could not be prepared: {reason}") from error


def bind(settings: Settings, port_given: bool) -> socket.socket:
    """A listening-to-be TCP socket without Nagle's delay; the next free port where none was asked for.

    Raises:
        CannotStart: the port asked for is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    ports = [settings.port] if port_given else [*range(settings.port, settings.port + PORTS_TRIED), 0]
    for port in ports:
        # The protocol is spelt out: asyncio sets TCP_NODELAY on accepted sockets only then.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((settings.host, port))
            listening.listen(128)
        except PermissionError:
            listening.close()
            raise CannotStart(f"port {port} needs rights that this account lacks; choose one above 1023") from None
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                raise CannotStart(f"cannot listen on {settings.host}: {error.strerror or error}") from None
            continue
        return listening
    raise CannotStart(f"port {settings.port} is taken by another program; choose another with --port")


class Stopping:
    """Turns SIGTERM and SIGINT into a clean end, before, while and after uvicorn has its own handlers in place."""

    def __init__(self) -> None:
        self.serving = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heard)

    def _heard(self, number: int, _frame: object) -> None:
        if not self.serving:
            raise SystemExit(128 + number)
        # Raised again by uvicorn after its clean end, or a second Ctrl-C while the worker stops: already on the way.


def serve(settings: Settings, listening: socket.socket, stopping: Stopping) -> None:
    """Serve until told to stop."""
    import uvicorn

    from db.session import Database
    from webapp.asgi import build_app, configure_streamlit

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                print(f"\n  Glint is ready: {address_of(settings)}\n  Stop it with Ctrl-C.\n", flush=True)

    configure_streamlit(settings)
    app = build_app(settings, Database(settings.database_url))
    server = Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # addresses carry tokens
            lifespan="on",
            ws="websockets-sansio",  # what Streamlit chooses for this uvicorn
            ws_ping_interval=30,
            ws_ping_timeout=30,
            ws_max_size=64 * 1024 * 1024,
            ws_per_message_deflate=False,  # a loopback is faster than any compression
            timeout_graceful_shutdown=3,
            timeout_keep_alive=30,
            server_header=False,
        )
    )
    stopping.serving = True
    server.run(sockets=[listening])
    if not server.started:
        raise SystemExit("Glint did not start: the page could not be served; the reason stands above")


if __name__ == "__main__":
    sys.exit(main())
