"""Keys and clicks per decision: counted as a person presses them, sent with the operation."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright")

from tests.browser.test_review_rules import Run, run

__all__ = ["run"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MAKE = """
  const { Effort } = await import("/effort.js");
  const root = document.createElement("div");
  document.body.append(root);
  const effort = new Effort({ view: { root } });
  const press = (key, more = {}) => window.dispatchEvent(new KeyboardEvent("keydown", { key, ...more }));
"""


def test_what_is_pressed_since_the_decision_before_goes_with_the_next(run: Run) -> None:
    seen = run(f"""{MAKE}
      const sent = [{{}}, {{}}];
      press("ArrowRight"); press("Shift"); press("A", {{ shiftKey: true }}); press("]"); press("]", {{ repeat: true }});
      root.dispatchEvent(new PointerEvent("pointerdown"));
      effort.submitting(sent[0]);
      press("a");
      effort.submitting(sent[1]);
      return sent.map((operation) => operation.keys);
    """)
    assert seen == [4, 1]


def test_a_closed_surface_counts_no_more(run: Run) -> None:
    seen = run(f"""{MAKE}
      effort.closed();
      press("a");
      const operation = {{}};
      effort.submitting(operation);
      return operation.keys;
    """)
    assert seen == 0
