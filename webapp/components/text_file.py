"""A small text file (a CSV) from the person's own disk, or pasted: read in the browser, limited to 4 MB.

Not for videos: those go through `uploader`.
"""

from __future__ import annotations

import streamlit as st

_LIMIT = 4_000_000
_CSS = """
label { display: inline-block; font: 0.95rem var(--st-font); color: var(--st-text-color); cursor: pointer;
  padding: 0.3rem 0.8rem; border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 0.4rem); }
label:hover, label:focus-within { border-color: var(--st-primary-color); }
input { position: absolute; width: 1px; height: 1px; opacity: 0; }
span { font: 0.9rem var(--st-font); color: var(--st-text-color); opacity: 0.85; margin-left: 0.6rem; }
"""
_JS = """export default function ({ parentElement, data, setStateValue }) {
  if (parentElement.querySelector("input")) return;
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "file", accept: ".csv,.txt,text/csv" });
  const note = document.createElement("span");
  label.append(data.label, input);
  parentElement.append(label, note);
  input.addEventListener("change", async () => {
    const file = input.files[0];
    input.value = "";
    if (!file) return;
    if (file.size > data.limit) {
      note.textContent = `${file.name} has ${(file.size / 1e6).toFixed(1)} MB; the limit is ${data.limit / 1e6} MB.`;
      return;
    }
    note.textContent = file.name;
    setStateValue("file", { name: file.name, text: await file.text() });
  });
}"""


def text_file(label: str, key: str) -> tuple[str, str] | None:
    """Button for choosing a file, and a field for pasting its text.

    Returns:
        Name and text, or None while nothing was given.
    """
    mount = st.components.v2.component("glint_text_file", css=_CSS, js=_JS)
    result = mount(key=f"{key}-file", data={"label": label, "limit": _LIMIT}, on_file_change=lambda: None)
    pasted = st.text_area("Or paste its text", key=f"{key}-text", height=90)
    if pasted.strip():
        return "pasted text", pasted
    chosen = result.get("file") if result else None
    return (str(chosen["name"]), str(chosen["text"])) if chosen else None
