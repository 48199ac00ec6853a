// What is said about a decided interval besides its frames: action units, emotion, confidence, note. Saved as edits.

import { h } from "./elements.js";
import { boundsOf, statusOf } from "./state.js";

const EMOTIONS = ["", "anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise", "other"];

/** "4 l12 AU6" -> ["AU4", "LAU12"...]: numbers with an optional side or intensity letter, as FACS coders write them. */
export function parseUnits(text) {
  const units = [];
  for (const word of text.split(/[\s,+;]+/).filter(Boolean)) {
    const match = /^([lr])?(?:au)?(\d{1,2})([a-e])?$/i.exec(word);
    if (!match) return { units: null, wrong: word };
    const unit = `${(match[1] ?? "").toUpperCase()}AU${Number(match[2])}${(match[3] ?? "").toUpperCase()}`;
    if (!units.includes(unit)) units.push(unit);
  }
  return { units, wrong: null };
}

/**
 * @param {object|null} item the selected one
 * @param {{timestamps: Float64Array, bounds: object|null, onchange: (fields: object) => void, say: (text: string) => void}} options
 */
export function renderFields(element, item, options) {
  // Text that is being written is never replaced under the writer's hands; it is saved when the field is left.
  const active = element.getRootNode().activeElement;
  if (active && element.contains(active) && element.dataset.id === (item?.id ?? "")) return renderFrames(element, options);
  element.dataset.id = item?.id ?? "";
  if (!item) return element.replaceChildren(h("p", { class: "empty" }, "Nothing selected. n goes to the first item, i adds an interval at the playhead."));
  element.replaceChildren(h("div", { class: "frames" }), ...(item.annotation ? about(item, options) : [hint(item)]));
  return renderFrames(element, options);
}

function renderFrames(element, { bounds, timestamps, onedge }) {
  const line = element.querySelector(".frames");
  if (!line || !bounds) return;
  const seconds = timestamps[bounds.offset] - timestamps[bounds.onset];
  const cell = (edge) => h("button", { type: "button", class: "edge", tabindex: "-1", title: `Go to the ${edge}`, onclick: () => onedge(edge) }, h("small", {}, edge), String(bounds[edge] ?? "–"));
  line.replaceChildren(cell("onset"), cell("apex"), cell("offset"), h("span", { class: "span" }, h("b", { class: bounds.type }, bounds.type), ` ${seconds.toFixed(3)} s`));
}

function hint(item) {
  const text = statusOf(item) === "already" ? "An earlier decision covers this proposal; it can still be decided anew." : "Undecided: a accept · r reject · u unsure · 1 2 3 or [ ] ; ' , . correct it";
  return h("p", { class: "empty" }, text);
}

function about({ annotation }, { onchange, say }) {
  const stop = (event) => {
    if (event.key === "Enter" && event.target.tagName !== "TEXTAREA") event.target.blur();
    if (event.key === "Escape") event.target.blur();
  };
  const units = h("input", { type: "text", placeholder: "action units: 4 12 R14", "data-testid": "units", value: (annotation.action_units ?? []).join(" "), onkeydown: stop,
    onchange: (event) => {
      const { units: found, wrong } = parseUnits(event.target.value);
      if (wrong) return say(`${wrong} is not an action unit; write numbers such as 4 or R12B.`);
      event.target.value = found.join(" ");
      return onchange({ action_units: found });
    } });
  const emotion = h("select", { title: "Emotion", "data-testid": "emotion", onchange: (event) => { onchange({ emotion: event.target.value }); event.target.blur(); } },
    ...EMOTIONS.map((name) => h("option", { value: name }, name || "emotion –")));
  emotion.value = annotation.emotion ?? "";
  const confidence = h("select", { title: "Confidence, 5 is sure", "data-testid": "confidence", onchange: (event) => { onchange({ confidence: event.target.value ? Number(event.target.value) / 5 : null }); event.target.blur(); } },
    h("option", { value: "" }, "conf. –"), ...[1, 2, 3, 4, 5].map((value) => h("option", { value: String(value) }, `conf. ${value}`)));
  confidence.value = annotation.confidence ? String(Math.round(annotation.confidence * 5)) : "";
  const note = h("input", { type: "text", placeholder: "note", "data-testid": "note", value: annotation.note ?? "", onkeydown: stop, onchange: (event) => onchange({ note: event.target.value }) });
  return [units, h("div", { class: "pair" }, emotion, confidence), note];
}
