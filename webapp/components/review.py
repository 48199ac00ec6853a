"""The reviewing surface: mounts the JavaScript under assets/review, which fetches frames and saves decisions itself.

Streamlit carries ids and a token to it and a "something changed" back; no decision ever travels on a trigger, because
triggers get lost (bursts arrive as one, a cut connection drops them).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from spotcore.decoding import score_floor
from spotcore.intervals import EXPRESSION_TYPES
from spotcore.probabilities import Curves

ASSETS = Path(__file__).parent / "assets"

# The inline part stays a stub: Streamlit sends it again at every rerun. Modules that main.js imports are checked by
# their ETag at every load, so that an update never mixes old and new ones.
_STUB = """export default function (component) {
  let leave = null;
  let gone = false;
  import(new URL(component.data.script, location.origin).href).then((module) => {
    if (!gone) leave = module.mount(component);
  });
  return () => {
    gone = true;
    leave?.();
  };
}"""


def asset_url(name: str) -> str:
    """Address of an asset with its content hash, so that browsers may keep it for ever."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:16]
    return f"/api/assets/{name}?v={digest}"


def review_surface(
    token: str,
    annotator_id: int,
    video_id: int,
    run_id: int | None = None,
    set_id: int | None = None,
    model_version_id: int | None = None,
    thresholds: Mapping[str, float] | None = None,
    key: str = "review",
    adjudicate: tuple[int, int] | None = None,
) -> None:
    """Draw the surface; it fills the window below its upper edge.

    Args:
        token: for the routes, fresh at every rerun.
        run_id, set_id: whose curves and proposals; None before the first spotting run.
        thresholds: expression type -> value drawn across its apex curve.
        adjudicate: two coders between whom is decided, instead of coding.
    """
    # Registered at every run: what is registered at import exists only in the first session of a test process.
    mount = st.components.v2.component("glint_review", js=_STUB)
    data: dict[str, Any] = {
        "token": token,
        "annotator": annotator_id,
        "video": video_id,
        "run": run_id,
        "set": set_id,
        "model_version": model_version_id,
        "thresholds": dict(thresholds or {}),
        "adjudicate": adjudicate and list(adjudicate),
        "script": asset_url("review/main.js"),
        "style": asset_url("review/review.css"),
    }
    mount(key=key, data=data, on_changed_change=_ignore, on_renew_change=_ignore)


def curve_thresholds(curves: Curves, false_alarms: float) -> dict[str, float]:
    """Expression type -> where its apex curve is cut; the training-free detector's score is its apex curve itself."""
    if curves.decoder == "bumps":
        floors = {kind: score_floor(curves, kind, false_alarms) for kind in EXPRESSION_TYPES}
        return {kind: floor for kind, floor in floors.items() if 0 < floor <= 1}
    return dict.fromkeys(EXPRESSION_TYPES, float(curves.settings.get("apex_threshold", 0.5)))


def _ignore() -> None:
    """The rerun itself is what is wanted: it hands out a fresh token and lets the page catch up."""
