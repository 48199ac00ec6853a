"""How numbers and names are written for people, always with their unit. Pure functions of values."""

from __future__ import annotations

from datetime import datetime, timedelta

from spotcore.shipped_model import STATEMENT
from webapp.values.registry import ModelVersion


def duration(seconds: float | None) -> str:
    """"7.2 s", "3:05 min" or "1:02:11 h"; "unknown length" for None."""
    if seconds is None:
        return "unknown length"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h" if hours else f"{minutes}:{rest:02d} min"


def remaining(left: timedelta | None) -> str:
    """"about 3 min", "about 2 h 10 min"; "no estimate yet" for None."""
    if left is None:
        return "no estimate yet"
    seconds = left.total_seconds()
    if seconds < 60:
        return "under a minute"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"about {hours} h {minutes} min" if hours else f"about {minutes} min"


def ago(when: datetime, at: datetime) -> str:
    """How long a moment lies back: "just now", "4 min ago", "3 h ago", "2 days ago"."""
    seconds = (at - when).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    return f"{seconds // 3600:.0f} h ago" if seconds < 48 * 3600 else f"{seconds // 86400:.0f} days ago"


def rate(fps: float | None, variable: bool = False) -> str:
    """"30 fps", "23.98 fps", with the remark "variable"."""
    if not fps:
        return "unknown rate"
    return f"{fps:.2f}".rstrip("0").rstrip(".") + " fps" + (", variable" if variable else "")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """"1 proposal", "1,204 proposals"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(count_bytes: int | None) -> str:
    """Bytes in decimal units."""
    if count_bytes is None:
        return "unknown size"
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count_bytes >= limit:
            return f"{count_bytes / limit:.1f} {unit}"
    return f"{count_bytes} bytes"


def share(value: float | None) -> str:
    """0.4 as "40 %"; a little is never 0 % and almost all is never 100 %."""
    if value is None:
        return "0 %"
    percent = round(100 * value)
    if value > 0 and percent == 0:
        return "under 1 %"
    return "over 99 %" if value < 1 and percent == 100 else f"{percent} %"


def score(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """An F1 with its interval: "0.62 (0.41 to 0.78)"; "not defined" where nothing could be scored."""
    if value is None:
        return "not defined"
    return f"{value:.2f}" + (f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else "")


def escaped(text: str) -> str:
    """Text from people (titles, subjects) as literal Markdown."""
    return "".join("\\" + letter if letter in r"\`*_{}[]()<>#+-.!|~$:" else letter for letter in text)


def sentence(text: str) -> str:
    """A message as a sentence of its own, literal: "the file is empty" becomes "The file is empty."."""
    text = " ".join(text.split())
    return escaped(text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else "."))


def moment(when: datetime | None) -> str:
    """A time in UTC, named as such: "2026-11-20 23:50 UTC"."""
    return "never" if when is None else f"{when:%Y-%m-%d %H:%M} UTC"


def version_name(version: ModelVersion) -> str:
    """A model version as people read it; a baseline or synthetic-trained one says so wherever its name appears."""
    remarks = list(version.aliases)
    if version.architecture == "baseline":
        remarks.append("training-free")
    if STATEMENT.lower() in version.note.lower():
        remarks.append(STATEMENT)
    return f"{version.name} ({', '.join(remarks)})" if remarks else version.name
