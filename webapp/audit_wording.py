"""How entries of the audit and the browsers of a session are written for people. Pure functions of values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from webapp import wording
from webapp.values.jobs import KIND_NAMES

# Beginning of a value's name -> what the number stands for; others are said as they are called.
_IDS = {"job_id": "job", "version_id": "version", "label_set_id": "label set", "annotator_id": "person",
        "video_id": "video", "training_id": "training"}  # fmt: skip
# The first one found is the browser: Edge and Opera call themselves Chrome, too, and Chrome Safari.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Version", "Safari"))
_SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def details(about: Mapping[str, Any], versions: Mapping[int, str], people: Mapping[int, str]) -> str:
    """What an entry is about, as short text.

    Args:
        versions: names of model versions by id; people: names of annotators by id. An id without a name is a number.

    >>> details({"job_id": 4, "kind": "loso"}, {}, {})
    'job 4, kind: Leave one subject out'
    >>> details({"version_id": 3, "alias": "champion"}, {3: "dilated-1"}, {})
    'version dilated-1, alias: champion'
    >>> details({"assignments": 26, "double_share": 0.3}, {}, {})
    'assignments: 26, double share: 30 %'
    """
    known = {"version_id": versions, "annotator_id": people}
    parts = []
    for name, value in about.items():
        if name in _IDS:
            parts.append(f"{_IDS[name]} {known.get(name, {}).get(value, value)}")
        else:
            parts.append(f"{name.replace('_', ' ')}: {_value(name, value)}")
    return ", ".join(parts)


def _value(name: str, value: Any) -> str:
    if name == "kind":
        return KIND_NAMES.get(value, str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("share") and isinstance(value, int | float):
        return wording.share(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def browser(agent: str) -> str:
    """A browser in two words instead of its whole User-Agent; one that is not known as it calls itself.

    >>> browser("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36")
    'Chrome 141 on Linux'
    >>> browser("curl/8.1"), browser("")
    ('curl/8.1', 'unknown browser')
    """
    for token, name in _BROWSERS:
        found = re.search(rf"{token}[a-zA-Z]*/(\d+)", agent)
        if found:
            system = next((said for part, said in _SYSTEMS if part in agent), "")
            return f"{name} {found.group(1)}" + (f" on {system}" if system else "")
    return agent or "unknown browser"
