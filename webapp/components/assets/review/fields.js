// What is said about an interval besides its frames: action units, emotion, confidence, note, as the study's scheme asks.
// Decided intervals save at once; what is written about an undecided one waits for its decision.

import { warningsOf } from "./checks.js";
import { h } from "./elements.js";
import { keyText } from "./keymap.js";
import { choices, parseUnits, shortUnit, unitProblem, unitText } from "./scheme.js";
import { statusOf } from "./state.js";

/**
 * @param {object|null} item the selected one
 * @param {{timestamps: Float64Array, bounds: object|null, scheme: object, items: object[], own: object, onedge: (edge: string) => void,
 *   onchange: (fields: object) => void, say: (text: string) => void, leave: () => void}} options leave: back to the picture
 */
export function renderFields(element, item, options) {
  // Text that is being written is never replaced under the writer's hands; it is saved when the field is left. While it
  // is saved the focus is on its way to the next field, which must still be there.
  const active = element.getRootNode().activeElement;
  const writing = element.saving || (active && element.contains(active));
  if (writing && element.dataset.id === (item?.id ?? "")) return renderFrames(element, item, options);
  element.dataset.id = item?.id ?? "";
  const { own } = options;
  if (!item) return element.replaceChildren(h("p", { class: "empty" }, `Nothing selected. ${keyText("next", own)} goes to the first item, ${keyText("add", own)} adds an interval at the playhead.`));
  element.replaceChildren(h("div", { class: "frames" }), h("ul", { class: "warnings", "aria-label": "Warnings", "data-testid": "warnings" }), h("p", { class: "empty standing" }), ...asked(item, { ...options, onchange: (fields) => save(element, () => options.onchange(fields)) }));
  return renderFrames(element, item, options);
}

function save(element, act) {
  element.saving = true;
  try {
    act();
  } finally {
    element.saving = false;
  }
}

/** What changes while somebody writes: frames, warnings, and where the decision stands. */
function renderFrames(element, item, options) {
  const { bounds, timestamps, items, onedge } = options;
  const line = element.querySelector(".frames");
  if (!line || !bounds) return;
  element.querySelector(".standing").textContent = standing(item, options);
  const seconds = timestamps[bounds.offset] - timestamps[bounds.onset];
  const cell = (edge) => h("button", { type: "button", class: "edge", tabindex: "-1", title: `Go to the ${edge} frame`, onclick: () => onedge(edge) }, h("small", {}, edge), String(bounds[edge] ?? "–"));
  line.replaceChildren(cell("onset"), cell("apex"), cell("offset"), h("span", { class: "span" }, h("b", { class: bounds.type }, bounds.type), ` ${seconds.toFixed(3)} s`));
  const warnings = item.annotation?.verdict === "rejected" ? [] : warningsOf(bounds, item.id, items, timestamps);
  element.querySelector(".warnings").replaceChildren(...warnings.map((text) => h("li", {}, text)));
}

/** One line about where the decision stands; empty when the queue says enough. */
function standing(item, { own, scheme }) {
  const status = statusOf(item);
  const keys = (action) => keyText(action, own).split(" or ")[0];
  if (status === "already") return "An earlier decision covers this proposal; it can still be decided anew.";
  if (status === "undecided") return `Undecided: ${keys("accept")} accept · ${keys("reject")} reject · ${keys("unsure")} unsure · ${keys("set-onset")} ${keys("set-apex")} ${keys("set-offset")} correct · ${keys("code")} code`;
  if (status !== "rejected") return "";
  const { reason } = item.annotation;
  const known = scheme.reasons.some(({ name }) => name === reason);
  return `Rejected: ${reason}${known ? "" : " (not in the scheme)"}`;
}

/** The fields in the order of Tab: units, emotion, confidence, note. What stands is shown even where the scheme no longer asks. */
function asked(item, options) {
  const { scheme } = options;
  const said = item.annotation ?? item.pending ?? {};
  const units = said.action_units ?? [];
  const fields = [];
  if (scheme.action_units.length || units.length) fields.push(unitsField(units, options));
  const pair = [];
  if (scheme.ask_emotion || said.emotion) pair.push(emotionField(said.emotion ?? "", options));
  if (scheme.ask_confidence || said.confidence) pair.push(confidenceField(said.confidence ?? null, options));
  if (pair.length) fields.push(h("div", { class: "pair" }, ...pair));
  if (scheme.ask_note || said.note) fields.push(noteField(said.note ?? "", options));
  return fields;
}

function unitsField(standing, { scheme, onchange, say, leave }) {
  const input = h("input", { type: "text", placeholder: `action units: 4 12${scheme.sides ? " R14" : ""}${scheme.intensities ? " 6B" : ""}`, "aria-label": "Action units", "aria-describedby": "units-read",
    "data-testid": "units", "data-field": "units", autocomplete: "off", spellcheck: "false", value: standing.map(shortUnit).join(" ") });
  const read = h("p", { class: "read", id: "units-read" });
  const look = () => {
    const { units, wrong } = parseUnits(input.value);
    const problem = wrong ? `${wrong} is not an action unit; write numbers such as 4 or R12B.` : unitProblem(units, scheme, standing);
    read.textContent = problem ?? units.map((unit) => unitText(unit, scheme)).join(" · ");
    input.setAttribute("aria-invalid", String(Boolean(problem)));
    return problem ? { problem } : { units };
  };
  input.oninput = look;
  input.onkeydown = (event) => leaving(event, leave, () => !look().problem);
  input.onchange = () => {
    const { units, problem } = look();
    if (problem) return say(problem);
    input.value = units.map(shortUnit).join(" ");
    return onchange({ action_units: units });
  };
  look();
  return h("div", { class: "units" }, input, read);
}

function emotionField(standing, options) {
  const names = choices(["", ...options.scheme.emotions], standing);
  return list("Emotion", "emotion", names.map(({ name, text }) => [name, text || "emotion –"]), standing, (value) => ({ emotion: value }), options);
}

function confidenceField(standing, options) {
  const steps = [1, 2, 3, 4, 5].map((value) => [String(value), `sure: ${value} of 5`]);
  const value = standing ? String(Math.round(standing * 5)) : "";
  return list("Confidence, 5 of 5 is sure", "confidence", [["", "sure: –"], ...steps], value, (chosen) => ({ confidence: chosen ? Number(chosen) / 5 : null }), options);
}

/** A list is saved once: when it is left by a key, or at once when the mouse chose. */
function list(label, name, pairs, standing, fields, { onchange, leave }) {
  let byMouse = false;
  let value = standing;
  const save = () => {
    if (select.value !== value) onchange(fields((value = select.value)));
  };
  const select = h("select", { title: label, "aria-label": label, "data-testid": name, "data-field": name, onblur: save,
    onpointerdown: () => (byMouse = true),
    onkeydown: (event) => { byMouse = false; leaving(event, leave); },
    onchange: () => { if (byMouse) { save(); leave(); } } },
  ...pairs.map(([key, text]) => h("option", { value: key }, text)));
  select.value = standing;
  return select;
}

function noteField(standing, { onchange, leave }) {
  return h("input", { type: "text", placeholder: "note", "aria-label": "Note", "data-testid": "note", "data-field": "note", value: standing,
    onkeydown: (event) => leaving(event, leave), onchange: (event) => onchange({ note: event.target.value }) });
}

/** Enter (when what stands there can be saved) and Esc go back to the picture; leaving a field saves it. */
function leaving(event, leave, ready = () => true) {
  if (event.isComposing) return;
  if (event.key === "Escape" || (event.key === "Enter" && ready())) {
    event.preventDefault();
    leave();
  }
}
