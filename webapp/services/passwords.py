"""Passwords: what is good enough, argon2id hashes, and answers that take equally long for names that do not exist."""

from __future__ import annotations

import functools
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.services.errors import Refused

SHORTEST, LONGEST = 12, 256
# A hash takes 64 MB: many tries at once must not take the server's memory.
_turns = threading.BoundedSemaphore(4)
_hasher = PasswordHasher()


def check(password: str, name: str) -> None:
    """Length counts, not kinds of characters: what is long and not obvious is good.

    Raises:
        Refused: too short, too long, the name itself, or one character or word over and over.
    """
    if len(password) < SHORTEST:
        raise Refused(f"A password needs at least {SHORTEST} characters; a sentence is good.")
    if len(password) > LONGEST:
        raise Refused(f"A password has at most {LONGEST} characters.")
    plain = password.casefold()
    rest = plain.replace(name.casefold(), "") if len(name) > 2 else plain
    for word in ("password", "passwort", "glint", "qwertyuiop", "1234567890", "123456789", "12345678", "123456"):
        rest = rest.replace(word, "")
    if len(set(rest)) < 4:
        raise Refused("This password is easy to guess; choose a longer sentence of your own.")


def hashed(password: str) -> str:
    with _turns:
        return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether the password is the one hashed; without a hash it works as long and says no."""
    with _turns:
        try:
            good = _hasher.verify(kept or _nobodys(), password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
    return good and kept is not None


def outdated(kept: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(kept)


@functools.cache
def _nobodys() -> str:
    return _hasher.hash("a password that nobody has")
