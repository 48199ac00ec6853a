// Short questions over the picture: why a proposal is rejected, which frame to go to. One at a time, none needs the mouse.

import { h } from "./elements.js";

export class Prompts {
  /** @param {HTMLElement} element @param {() => void} onclose called whenever a question is gone, answered or not */
  constructor(element, onclose = () => {}) {
    Object.assign(this, { element, onclose });
    this.answer = null; // takes the next letter while a question of letters is open
  }

  get open() {
    return !this.element.hidden;
  }

  show(...parts) {
    this.element.replaceChildren(...parts);
    this.element.hidden = false;
  }

  close() {
    this.answer = null;
    this.element.hidden = true;
    this.onclose();
  }

  /** One letter out of a few: {b: "blink", ...}. Any other key but Escape is ignored until it is answered. */
  letters(text, choices, chosen) {
    this.answer = (letter) => choices[letter] !== undefined && chosen(choices[letter]);
    const buttons = Object.entries(choices).map(([key, word]) => h("button", { type: "button", tabindex: "-1", onclick: () => chosen(word) }, h("kbd", {}, key), ` ${word}`));
    this.show(text, ...buttons);
  }

  /** @param {Object<string, string>} reasons letter -> reason */
  reason(reasons, chosen) {
    this.letters("Reject because of ", reasons, chosen);
  }

  /** A small field for a frame number; Enter goes there, Escape and leaving it close it. */
  frame(last, chosen) {
    const field = h("input", { type: "text", inputmode: "numeric", placeholder: `frame 0–${last}`, "data-testid": "jump" });
    field.onkeydown = (event) => {
      if (event.key === "Enter" && /^\d+$/.test(field.value.trim())) chosen(Math.min(Number(field.value), last), event);
      // A hidden field keeps the focus until the next picture is laid out, and would swallow the next key.
      if (event.key === "Enter" || event.key === "Escape") field.blur();
      event.stopPropagation();
    };
    field.onblur = () => this.close();
    this.show("Go to ", field);
    field.focus();
  }

  /** A line of text; Enter hands it over once something stands there, Escape and leaving it close it. */
  line(text, chosen) {
    this.answer = null;
    const field = h("input", { type: "text", class: "line", maxlength: "1000", "data-testid": "line" });
    field.onkeydown = (event) => {
      const said = field.value.trim();
      if (event.key === "Enter" && said) chosen(said);
      if ((event.key === "Enter" && said) || event.key === "Escape") field.blur();
      event.stopPropagation();
    };
    field.onblur = () => this.close();
    this.show(text, field);
    field.focus();
  }

  /** True when the key answers the open question, or must not do anything else while it is open. */
  takes(event) {
    if (!this.answer) return false;
    if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return false;
    const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : /^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase();
    if (event.key === "Escape") this.close();
    else this.answer(letter);
    return true;
  }
}
