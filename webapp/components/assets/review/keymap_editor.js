// Keys of an annotator's own: chosen by pressing them, kept on the server, used at once and on every machine.

import { h } from "./elements.js";
import { keyName, tableOf } from "./keyboard.js";
import { KEYMAP, keyLabel, keyText, keysOf, shownKeys } from "./keymap.js";

const FIXED = ["escape"];
const RESERVED = ["Escape", "Tab", "Shift+Tab"];

/** Asks the server; without an answer the delivered keys do. */
export async function loadKeys(review) {
  const { keys } = await review.api.json("/api/preferences").catch(() => ({ keys: {} }));
  useKeys(review, keys);
}

function useKeys(review, own) {
  review.ownKeys = own;
  review.keys = tableOf(own);
  for (const button of review.view.root.querySelectorAll("[data-action]")) {
    button.dataset.says ??= button.title.replace(/\s*\([^)]*\)/, "");
    button.title = `${button.dataset.says} (${keyText(button.dataset.action, own)})`;
    button.setAttribute("aria-keyshortcuts", keysOf(button.dataset.action, own).join(" "));
  }
}

/**
 * Own keys after `key` was given to `action`. Who had it gets the keys that `action` gives up, so that nothing is
 * left without a key.
 * @returns {{own: Object<string, string[]>, from: string|null}} from: the action that had the key
 */
export function assigned(own, action, key) {
  const from = tableOf(own).get(key) ?? null;
  if (from === action && keysOf(action, own).length === 1) return { own, from: null };
  const next = { ...own, [action]: [key] };
  if (from && from !== action) {
    const left = keysOf(from, own).filter((other) => other !== key);
    next[from] = left.length ? left : keysOf(action, own).filter((other) => other !== key).slice(0, 4);
  }
  return { own: next, from: from === action ? null : from };
}

/** Own keys without those of one action; its delivered keys are taken back from whoever has them now. */
export function released(own, action) {
  const { [action]: _, ...next } = own;
  const delivered = keysOf(action);
  for (const [other, keys] of Object.entries(next)) if (keys.some((key) => delivered.includes(key))) delete next[other];
  return next;
}

export class KeymapEditor {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.actions = { keys: () => this.open() };
  }

  open() {
    this.own = { ...this.review.ownKeys };
    this.waiting = null; // the action that gets the next key
    this.taking = null; // a key that another action has, until Enter says to take it
    this.at = 0;
    this.rows = KEYMAP.filter(([, action]) => action && !FIXED.includes(action));
    this.list = h("div", { class: "choices", role: "listbox", tabindex: "0", autofocus: "", "aria-label": "Actions and their keys", "data-testid": "keys" });
    this.says = h("p", { role: "status", "aria-live": "assertive", "data-testid": "keys-say" });
    const body = h("div", {}, this.says, this.list);
    this.review.dialogs.show("keys", "Keys of your own", body, [
      { text: "All as delivered", id: "keys-reset", act: () => this.save({}) }, { text: "Close", id: "close" },
    ], { keys: (event) => this.press(event) });
    this.show();
    this.hint();
  }

  hint() {
    this.say("↑ ↓ choose an action, Enter gives it another key, Del goes back to its delivered key, Esc closes.");
  }

  say(text) {
    this.says.textContent = text;
  }

  show() {
    const options = this.rows.map(([, action, text], place) => h("div", { class: "choice", role: "option", id: `key-${place}`, "aria-selected": String(place === this.at), "data-own": String(Boolean(this.own[action])),
      onclick: () => { this.at = place; this.ask(); } }, h("span", {}, text), h("span", { class: "keys" }, ...shownKeys(action, this.own).map((key) => h("kbd", {}, keyLabel(key)))), h("small", {}, this.own[action] ? "yours" : "")));
    this.list.replaceChildren(...options);
    this.list.setAttribute("aria-activedescendant", `key-${this.at}`);
    options[this.at].scrollIntoView({ block: "nearest" });
  }

  get row() {
    return this.rows[this.at];
  }

  ask() {
    this.waiting = this.row[1];
    this.taking = null;
    this.show();
    this.say(`Press the key for “${this.row[2]}”. Esc leaves it as it is.`);
  }

  /** Called before the dialogue sees a key; true: used up. */
  press(event) {
    if (this.waiting) return this.choose(event);
    const onList = this.list.getRootNode().activeElement === this.list;
    if (!onList) return false;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1000, End: 1000 };
    if (moves[event.key]) {
      this.at = Math.min(Math.max(this.at + moves[event.key], 0), this.rows.length - 1);
      this.show();
    } else if (event.key === "Enter") this.ask();
    else if (event.key === "Delete" || event.key === "Backspace") this.save(released(this.own, this.row[1]));
    else return false;
    return true;
  }

  choose(event) {
    const key = keyName(event);
    if (key === "Escape") {
      this.waiting = null;
      this.hint();
    } else if (this.taking && key === "Enter") this.give(this.taking);
    else if (key && RESERVED.includes(key)) this.say(`${keyLabel(key)} is not free to give. Press another key, or Esc.`);
    else if (key) this.consider(key);
    return true;
  }

  consider(key) {
    const owner = tableOf(this.own).get(key);
    if (!owner || owner === this.waiting) return this.give(key);
    if (FIXED.includes(owner)) return this.say(`${keyLabel(key)} is fixed. Press another key, or Esc.`);
    this.taking = key;
    const text = KEYMAP.find(([, action]) => action === owner)[2];
    return this.say(`${keyLabel(key)} means “${text}”. Enter takes it from there, another key is another choice, Esc leaves all as it is.`);
  }

  give(key) {
    const { waiting } = this;
    this.waiting = this.taking = null;
    const { own, from } = assigned(this.own, waiting, key);
    const other = from && KEYMAP.find(([, action]) => action === from)[2];
    this.save(own, `${keyLabel(key)} is now “${this.row[2]}”${other ? `; “${other}” is now ${keyText(from, own)}` : ""}.`);
  }

  /** The server checks once more and keeps them; until it has, nothing changes. */
  async save(own, told = "Done.") {
    try {
      await this.review.api.json("/api/preferences", { method: "PUT", body: { keys: own } });
      this.own = own;
      useKeys(this.review, own);
      this.review.render();
      this.say(told);
      if (this.list.isConnected) this.show();
      else this.review.say(told);
    } catch (error) {
      this.say(`Not changed: ${error.message}`);
    }
  }
}
