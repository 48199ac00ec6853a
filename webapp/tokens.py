"""Short-lived signed tokens that pages hand to their scripts, so that our routes know who is asking.

Streamlit's own login does not protect routes beside it. A token carries ids only, never a name. Renewal: a page open
for hours asks for a new token with its old one, and one that expired less than RENEWABLE_SECONDS ago is enough, so that
a laptop that slept through lunch loses no decision. While nobody signs in (one user, loopback only) whoever can open
the page is given a token anyway; where people sign in, the session that the token names must still be open in that
browser.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer

from webapp.settings import Settings

TOKEN_SECONDS = 15 * 60
RENEWABLE_SECONDS = 12 * 3600
_SALT = "glint-token/1"


class TokenRefused(Exception):
    """The token cannot be accepted.

    Attributes:
        reason: "missing", "invalid" or "expired".
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Identity:
    """Who is asking: the annotator, the study they work in, their role, and the session (0 where nobody signs in)."""

    annotator_id: int
    study_id: int
    role: str
    session_id: int = 0


def make_token(
    settings: Settings,
    annotator_id: int,
    study_id: int,
    role: str = "annotator",
    seconds: float = TOKEN_SECONDS,
    session_id: int = 0,
) -> str:
    """Sign a token that is valid for `seconds` from now, and where people sign in no longer than its session."""
    claims = {"a": annotator_id, "s": study_id, "r": role, "i": session_id, "e": round(time.time() + seconds, 3)}
    return _serializer(settings).dumps(claims)


def read_token(settings: Settings, token: str | None, *, grace: float = 0.0) -> Identity:
    """Who a token speaks for.

    Args:
        grace: seconds after its end in which a token is still accepted.

    Raises:
        TokenRefused: missing, forged or expired.
    """
    if not token:
        raise TokenRefused("missing", "this address needs a token; open the page to get one")
    try:
        claims = _serializer(settings).loads(token)
        identity = Identity(int(claims["a"]), int(claims["s"]), str(claims["r"]), int(claims["i"]))
        end = float(claims["e"])
    except (BadData, KeyError, TypeError, ValueError):
        raise TokenRefused("invalid", "the token is not one of ours; reload the page") from None
    if time.time() > end + grace:
        raise TokenRefused("expired", "the token has expired; the page asks for a new one")
    return identity


_keys: dict[Path, str] = {}


def secret_key(settings: Settings) -> str:
    """The installation's signing secret, made at first use; it lies on disk so that tokens survive a restart."""
    path = settings.data_dir / "secret.key"
    known = _keys.get(path)
    if known is None:
        known = _keys[path] = _read_or_create(path)
    return known


def _read_or_create(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written apart and linked into place: two processes starting at once agree on one complete key.
        part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            pass  # the other process was first: its key counts
        except OSError:
            part.replace(path)  # a file system without hard links
        finally:
            part.unlink(missing_ok=True)
    key = path.read_text().strip()
    if len(key) < 32:
        raise RuntimeError(f"{path}: expected a signing secret of at least 32 characters; delete it to get a new one")
    return key


def _serializer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key(settings), salt=_SALT)
