"""Where the data lies, where the page listens, what may be loaded: the one reader of GLINT_* environment variables.

Settings are a value: nothing here opens a database or creates a folder, except `prepare`, which makes the data folder.
"""

from __future__ import annotations

import ipaddress
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from spotcore.errors import InvalidSettings
from webapp.store import MediaStore

LOGINS = ("none", "local", "oidc")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Settings:
    """One installation.

    Attributes:
        data_dir: absolute folder of database, media, features, models and jobs.
        database_url: SQLAlchemy URL of Glint's own tables.
        host: address that the page listens on.
        port: TCP port of the page.
        media_roots: folders whose videos may be registered in place, resolved.
        pack_cache_mb: room for frames cut for the viewer, megabytes.
        upload_max_mb: largest upload, megabytes.
        device: "auto", "cpu" or "cuda" for networks.
        worker_name: stable name of this machine's worker; unfinished work is found again under it.
        kinds: what this machine's worker does, separated by commas; "" for everything.
        silent_seconds: a worker without a sign of life for so long counts as gone, and others take over.
        login: how people sign in: "none" (whoever reaches the page is the default annotator), "local" (accounts with
            passwords) or "oidc" (an OpenID Connect provider).
        address: what people type to reach the page, such as "https://glint.lab.example"; "" for host and port.
        store_url: shared store of media and features as fsspec takes it, "" for none: the data folder is all there is.
        store_cache_mb: room for local copies of what the store holds, megabytes.
    """

    data_dir: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8501
    media_roots: tuple[Path, ...] = ()
    pack_cache_mb: int = 2000
    upload_max_mb: int = 20_000
    device: str = "auto"
    worker_name: str = "worker-1"
    kinds: str = ""
    store_url: str = ""
    store_cache_mb: int = 100_000
    silent_seconds: float = 30.0
    login: str = "none"
    address: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read GLINT_* variables; unset ones take their defaults.

        Raises:
            InvalidSettings: all wrong values together, one sentence each.
        """
        env = os.environ if environment is None else environment
        problems: list[str] = []

        def number(name: str, default: int, lowest: int, highest: int) -> int:
            text = env.get(name, "").strip()
            if not text:
                return default
            if not text.lstrip("-").isdigit() or not lowest <= int(text) <= highest:
                problems.append(f"{name}: expected a whole number from {lowest} to {highest}, got {text!r}")
                return default
            return int(text)

        data_dir = Path(env.get("GLINT_DATA") or "glint-data").expanduser().absolute()
        url = env.get("GLINT_DATABASE_URL") or f"sqlite:///{data_dir / 'glint.db'}"
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            problems.append(f"GLINT_DATABASE_URL: expected sqlite:///... or postgresql+psycopg://..., got {url!r}")
        device = env.get("GLINT_DEVICE") or "auto"
        if device not in ("auto", "cpu", "cuda"):
            problems.append(f"GLINT_DEVICE: expected auto, cpu or cuda, got {device!r}")
        login = env.get("GLINT_LOGIN") or "none"
        if login not in LOGINS:
            problems.append(f"GLINT_LOGIN: expected none, local or oidc, got {login!r}")
        address = (env.get("GLINT_ADDRESS") or "").rstrip("/")
        if address and not _is_address(address):
            problems.append(f"GLINT_ADDRESS: expected something like https://glint.lab.example, got {address!r}")
        roots = []
        for text in filter(None, env.get("GLINT_MEDIA_ROOTS", "").split(os.pathsep)):
            root = Path(text).expanduser()
            if root.is_dir():
                roots.append(root.resolve())
            else:
                problems.append(f"GLINT_MEDIA_ROOTS: {text!r} is not a folder")
        made = cls(
            data_dir=data_dir,
            database_url=url,
            host=env.get("GLINT_HOST") or "127.0.0.1",
            port=number("GLINT_PORT", 8501, 0, 65535),
            media_roots=tuple(roots),
            pack_cache_mb=number("GLINT_PACK_CACHE_MB", 2000, 10, 10_000_000),
            upload_max_mb=number("GLINT_UPLOAD_MAX_MB", 20_000, 1, 10_000_000),
            device=device,
            worker_name=env.get("GLINT_WORKER") or default_worker(url),
            login=login,
            address=address,
            kinds=env.get("GLINT_KINDS") or "",
            store_url=(env.get("GLINT_STORE") or "").rstrip("/"),
            store_cache_mb=number("GLINT_STORE_CACHE_MB", 100_000, 10, 100_000_000),
            silent_seconds=float(number("GLINT_SILENT_SECONDS", 30, 1, 3600)),
        )
        if problems:
            raise InvalidSettings("; ".join(problems))
        return made

    def environment(self) -> dict[str, str]:
        """The variables that give a child process these same settings."""
        return {
            "GLINT_DATA": str(self.data_dir),
            "GLINT_DATABASE_URL": self.database_url,
            "GLINT_HOST": self.host,
            "GLINT_PORT": str(self.port),
            "GLINT_MEDIA_ROOTS": os.pathsep.join(map(str, self.media_roots)),
            "GLINT_PACK_CACHE_MB": str(self.pack_cache_mb),
            "GLINT_UPLOAD_MAX_MB": str(self.upload_max_mb),
            "GLINT_DEVICE": self.device,
            "GLINT_WORKER": self.worker_name,
            "GLINT_LOGIN": self.login,
            "GLINT_ADDRESS": self.address,
            "GLINT_KINDS": self.kinds,
            "GLINT_STORE": self.store_url,
            "GLINT_STORE_CACHE_MB": str(self.store_cache_mb),
            "GLINT_SILENT_SECONDS": str(round(self.silent_seconds)),
        }

    def prepare(self) -> None:
        """Create the data folder, readable by its owner only: face videos are personal data."""
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def dbos_url(self) -> str:
        """System database of the durable jobs: a file of its own, or a schema of its own in PostgreSQL."""
        if self.database_url.startswith("sqlite"):
            return f"sqlite:///{self.data_dir / 'dbos.db'}"
        return self.database_url.replace("postgresql+psycopg://", "postgresql://", 1)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the page."""
        if self.host in LOOPBACK_NAMES:
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Names that a request may be addressed to; any other is a rebound name of a foreign page."""
        named = urlsplit(self.address).hostname if self.address else None
        return frozenset({*LOOPBACK_NAMES, self.host.lower(), *([named] if named else [])})

    @property
    def single_user(self) -> bool:
        """Whether nobody signs in."""
        return self.login == "none"

    @property
    def secure(self) -> bool:
        """Whether browsers come through TLS, so that cookies may be kept to it."""
        return self.address.startswith("https://")

    @property
    def store(self) -> MediaStore | None:
        """The shared store of media and features; None where the data folder is all there is."""
        if not self.store_url:
            return None
        return MediaStore(self.store_url, self.data_dir, self.store_cache_mb * 1_000_000)

    def stored(self, path: Path) -> str:
        """How a path stands in the database: relative within the data folder, absolute outside.

        What lies within goes into the shared store, if there is one: others find it under this path from now on.
        """
        path = Path(path)
        if not path.is_relative_to(self.data_dir):
            return str(path)
        if self.store is not None and path.exists():
            self.store.keep(path)
        return str(path.relative_to(self.data_dir))

    def located(self, stored: str) -> Path:
        """The file behind a path from the database, brought from the shared store where it is not here."""
        if self.store is not None and not Path(stored).is_absolute():
            return self.store.fetch(stored)
        return self.data_dir / stored

    def newest(self, stored: str) -> Path:
        """As `located`, for what its writer changes and keeps again, such as the metrics of a training."""
        if self.store is not None:
            return self.store.newest(stored)
        return self.data_dir / stored


def default_worker(database_url: str) -> str:
    """Name of a worker that was given none: with its machine's where several machines may share the database."""
    return "worker-1" if database_url.startswith("sqlite") else f"{platform.node() or 'worker'}-1"


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.path or parts.query)
