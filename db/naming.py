"""Words that name a person, in any text: finding them as whole words, and blanking them. Knows no tables."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from typing import Any

BLANK = "(withdrawn)"


def pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Any of the words as a whole, in any case, also as JSON and HTML write it.

    A number is meant where it is the whole text, stands in quotes, or after "subject": elsewhere it counts something.

    >>> [bool(pattern(["s1"]).search(text)) for text in ("s10", "S1_smile.mp4", "(s1)")]
    [False, True, True]
    >>> [bool(pattern(["7"]).search(text)) for text in ("7", '{"7": 1}', "as subject 7 does", "0.7", "[7]")]
    [True, True, True, False, False]
    """
    wanted = {word.strip() for word in words if word.strip()}
    forms = wanted | {json.dumps(word)[1:-1] for word in wanted} | {html.escape(word) for word in wanted}
    listed = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True) if not form.isdigit())
    parts = [rf"(?<![^\W_])(?:{listed})(?![^\W_])"] if listed else []
    parts += [
        rf"\A{number}\Z|(?<=[\"'“]){number}(?=[\"'”])|(?<=subject ){number}(?!\w)"
        for number in wanted
        if number.isdigit()
    ]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def blanked(value: Any, named: re.Pattern[str]) -> Any:
    """A text or JSON value with every name in it replaced, keys of objects included.

    >>> blanked({"S1": ["as S1 did", 7]}, pattern(["s1"]))
    {'(withdrawn)': ['as (withdrawn) did', 7]}
    """
    if isinstance(value, str):
        return named.sub(BLANK, value)
    if isinstance(value, list):
        return [blanked(part, named) for part in value]
    if isinstance(value, dict):
        return {blanked(key, named): blanked(part, named) for key, part in value.items()}
    return value
