"""Signals of other programs beside a video, from the videos page: a file chooser, what is there, and taking it away.

The file goes from the browser straight to POST /api/videos/{id}/imported, which streams it to disk and says what is
wrong with it: no bytes of it pass through Streamlit.
"""

from __future__ import annotations

import shutil

import streamlit as st

from webapp import state, wording
from webapp.services import imported_signals
from webapp.values.library import VideoDetails

_CSS = """
label { display: inline-block; font: 0.95rem var(--st-font); color: var(--st-text-color); cursor: pointer;
  padding: 0.3rem 0.8rem; border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 0.4rem); }
label:hover, label:focus-within { border-color: var(--st-primary-color); }
input { position: absolute; width: 1px; height: 1px; opacity: 0; }
p { font: 0.9rem var(--st-font); color: var(--st-text-color); margin: 0.5rem 0 0; min-height: 1.3em; }
p[data-problem] { color: var(--st-red-text-color, #c0392b); }
"""
_JS = """export default function ({ parentElement, data, setTriggerValue }) {
  parentElement.glint = { data, setTriggerValue };
  if (parentElement.querySelector("input")) return;
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "file", accept: ".csv,.txt,.tsv" });
  const note = Object.assign(document.createElement("p"), { role: "status" });
  label.append(data.label, input);
  parentElement.append(label, note);
  const say = (text, problem = false) => { note.textContent = text; note.toggleAttribute("data-problem", problem); };
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (!file) return;
    const { data: now, setTriggerValue: tell } = parentElement.glint;
    say(`${file.name} is read \\u2026`);
    try {
      const path = `/api/videos/${now.video}/imported?name=${encodeURIComponent(file.name)}`;
      const headers = { "X-Glint-Token": now.token };
      const answer = await fetch(new URL(path, location.origin), { method: "POST", headers, body: file });
      const body = await answer.json().catch(() => ({}));
      if (answer.ok) { say(`${file.name} is imported.`); tell("imported", file.name); }
      else say(body.error ?? `${file.name} was not imported: the server answered ${answer.status}.`, true);
    } catch {
      say(`${file.name} was not imported: the server does not answer. Try again.`, true);
    }
    input.value = "";
  });
}"""


def signals_panel(video: VideoDetails) -> None:
    """Draw the chooser and the list of what was imported."""
    st.markdown(
        f"Measurements of another program beside **{wording.escaped(video.title)}**: a CSV file with a column “frame” "
        "or “time” in seconds from the first frame, such as the output of OpenFace. A unit stands in brackets behind "
        "the name of a column. Columns are chosen on the review page (Shift M)."
    )
    mount = st.components.v2.component("glint_signal_import", css=_CSS, js=_JS)
    data = {"label": "Choose a file of signals", "video": video.id, "token": state.token()}
    mount(key=f"signal-file-{video.id}", data=data, on_imported_change=lambda: None)
    with state.door("list the signals"):
        found = imported_signals.list_signals(state.database(), video.id)
        if not found:
            st.caption("No signals are imported yet.")
        for signal in found:
            about, button = st.columns([4, 1], vertical_alignment="center")
            numbers = f"{wording.count(len(signal.columns), 'column')}, {wording.count(signal.samples, 'sample')}"
            about.markdown(f"**{wording.escaped(signal.title)}** · {numbers}")
            if signal.note:
                about.caption(wording.escaped(signal.note))
            if button.button("Delete", key=f"signal-delete-{signal.id}"):
                _delete(video.id, signal.id)


def _delete(video_id: int, signal_id: int) -> None:
    """Row first, then the numbers: a crash in between leaves files that nobody asks for, never a row without."""
    with state.door("delete the signals"):
        by = state.identity().annotator_id
        path = imported_signals.delete_signal(state.database(), video_id, signal_id, by)
        shutil.rmtree(state.settings().located(path), ignore_errors=True)
        st.rerun()
