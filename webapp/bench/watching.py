"""What happens in a review page, and when: a log kept by the page itself, and the times read out of it.

One clock only, the page's `performance.now()`; a key press counts from its own time stamp, which is earlier than any
script sees it. Needs a page of playwright, but not playwright itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

# Before any script of the page: the surface lets no other listener see the keys it takes.
KEYS = """() => {
  window.glintLog = [];
  window.addEventListener("keydown", (event) => window.glintLog.push([event.timeStamp, "key", event.key]), true);
}"""
# Every change of what the surface says of itself. A frame counts as presented when the first animation frame after
# drawing it is over.
WATCH = """(root) => {
  const log = window.glintLog;
  window.glintRoot = root;
  const names = ["data-frame", "data-selected", "data-unconfirmed", "data-loading"];
  new MutationObserver((changes) => {
    const now = performance.now();
    const changed = new Set(changes.map((change) => change.attributeName));
    for (const name of changed) log.push([now, name, root.getAttribute(name)]);
    if (!changed.has("data-frame")) return;
    const frame = root.getAttribute("data-frame");
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => log.push([performance.now(), "presented", frame]);
      channel.port2.postMessage(0);
    });
  }).observe(root, { attributes: true, attributeFilter: names });
}"""

Log = Sequence[tuple[float, str, str]]
DECIDING = ("a", "b")  # the last key of a decision


def log_of(page: Any) -> Log:
    """(milliseconds, what, value) in the order they were noted, sorted by time."""
    return sorted(((at, what, value) for at, what, value in page.evaluate("() => window.glintLog")), key=lambda e: e[0])


def drawn(page: Any) -> int:
    return int(page.evaluate("() => window.glintRoot.dataset.frame"))


def selected(page: Any) -> str:
    return page.evaluate("() => window.glintRoot.dataset.selected")


def wait_drawn(page: Any, frame: int) -> None:
    page.wait_for_function("(frame) => window.glintRoot.dataset.frame === String(frame)", arg=frame, timeout=60_000)


def wait_selected(page: Any, before: str) -> None:
    """Until another interval is selected and its picture stands."""
    page.wait_for_function(
        "(before) => window.glintRoot.dataset.selected !== before && window.glintRoot.dataset.loading === 'false'",
        arg=before, timeout=60_000,
    )  # fmt: skip


def wait_saved(page: Any) -> None:
    page.wait_for_function("() => window.glintRoot.dataset.unconfirmed === '0'", timeout=60_000)


def key_to_drawn(log: Log, key: str) -> list[float]:
    """Milliseconds from each press of a key to the next frame drawn, before any other key."""
    return _after(log, key, lambda what, value: what == "data-frame")


def key_to_presented(log: Log, key: str) -> list[float]:
    return _after(log, key, lambda what, value: what == "presented")


def key_to_placeholder(log: Log, key: str) -> list[float]:
    """To the mark that the picture on screen is not yet the wanted one."""
    return _after(log, key, lambda what, value: what == "data-loading" and value == "true")


def decision_to_next(log: Log) -> list[float]:
    """From the key that decides to the first picture of the next interval: selected, drawn and not loading."""
    return [took for key in DECIDING for took in _after(log, key, _arrived())]


def decision_to_confirmed(log: Log) -> list[float]:
    """From the key that decides until nothing is unconfirmed."""
    times = []
    for place, (at, what, value) in enumerate(log):
        if what != "key" or value not in DECIDING:
            continue
        later = [(then, count) for then, name, count in log[place:] if name == "data-unconfirmed"]
        # A correction is saved while the hand goes on: its confirmation may come before this key.
        done = next((then for then, count in later if count == "0"), None)
        if later and done is not None:
            times.append(done - at)
    return times


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and the worst, milliseconds; empty without any value."""
    if not values:
        return {}
    named = {f"p{share}": round(float(np.percentile(values, share)), 2) for share in (50, 95)}
    return named | {"worst": round(max(values), 2), "count": len(values)}


def _arrived() -> Any:
    seen: dict[str, bool] = {}

    def arrived(what: str, value: str) -> bool:
        # A new key starts anew: `_after` asks with "key" first.
        if what == "key":
            seen.clear()
        seen[what] = value == "true" if what == "data-loading" else True
        return "data-selected" in seen and "data-frame" in seen and not seen.get("data-loading", False)

    return arrived


def _after(log: Log, key: str, wanted: Any) -> list[float]:
    times = []
    for place, (at, what, value) in enumerate(log):
        if what != "key" or value != key:
            continue
        wanted("key", value)
        for then, name, said in log[place + 1 :]:
            if name == "key":
                break
            if wanted(name, said):
                times.append(then - at)
                break
    return times
