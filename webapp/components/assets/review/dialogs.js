// Everything that lies over the surface: help, conflict, question, refused decisions. Each returns nothing and calls back.

import { h } from "./elements.js";
import { KEYMAP, keyLabel, shownKeys } from "./keymap.js";

const FOCUSABLE = "button:not(:disabled), input, select, textarea, [tabindex='0']";

/** One dialogue at a time; Escape and its buttons close it, and the focus goes back to where it was. */
export class Dialogs {
  constructor(layer) {
    this.layer = layer;
    this.kind = null;
    this.queue = [];
    this.keys = null;
    this.layer.addEventListener("keydown", (event) => {
      // Fields inside a dialogue get their keys from the browser, but Tab never leads out of it.
      if (event.key === "Tab" && this.open) this.turn(event);
      if (event.key === "Escape" && this.closable) this.close();
    });
  }

  get open() {
    return this.kind !== null;
  }

  /**
   * @param {{closable?: boolean, keys?: (event: KeyboardEvent) => boolean, closed?: () => void}} options
   *   keys: asked before the dialogue itself; true: the key is used up
   */
  show(kind, title, body, buttons, { closable = true, keys = null, closed = null } = {}) {
    if (this.open && this.kind === "conflict") return this.queue.push([kind, title, body, buttons, { closable, keys, closed }]);
    if (!this.open) this.before = this.layer.getRootNode().activeElement;
    this.closed?.();
    Object.assign(this, { kind, closable, keys, closed });
    const row = h("div", { class: "buttons" }, ...buttons.map(({ text, act, id }) => h("button", { type: "button", "data-testid": id, onclick: () => { this.close(); act?.(); } }, text)));
    const panel = h("div", { class: `panel ${kind}`, role: "dialog", "aria-modal": "true", "aria-label": title, "data-testid": `dialog-${kind}` }, h("h3", {}, title), body, row);
    this.layer.replaceChildren(h("div", { class: "shade", onclick: () => closable && this.close() }), panel);
    (panel.querySelector("[autofocus]") ?? row.querySelector("button"))?.focus({ preventScroll: true });
    return panel;
  }

  close() {
    const { closed, before } = this;
    Object.assign(this, { kind: null, keys: null, closed: null });
    this.layer.replaceChildren();
    closed?.();
    if (this.queue.length) return this.show(...this.queue.shift());
    return (before?.isConnected ? before : this.layer.closest(".glint"))?.focus({ preventScroll: true });
  }

  /** True when the key belongs to the open dialogue and must reach nobody else. */
  takes(event) {
    if (!this.open) return false;
    if (this.keys?.(event)) return true;
    if (event.key === "Escape" || (this.kind === "help" && (event.key === "?" || event.key === "/"))) {
      if (this.closable) this.close();
      return true;
    }
    if (event.key === "Tab") return this.turn(event);
    if (event.key === "Enter" || event.key === " ") this.focused()?.click();
    else if (/^(Arrow|Page)(Up|Down)$/.test(event.key)) this.scroll(event.key);
    return true;
  }

  focused() {
    const active = this.layer.getRootNode().activeElement;
    return active && this.layer.contains(active) ? active : null;
  }

  turn(event) {
    const stops = [...this.layer.querySelectorAll(FOCUSABLE)];
    const at = stops.indexOf(this.focused());
    stops[(at + (event.shiftKey ? stops.length - 1 : 1) + (at < 0 && event.shiftKey ? 1 : 0)) % stops.length]?.focus();
    event.preventDefault();
    return true;
  }

  /** A dialogue longer than the window is read with the keys too. */
  scroll(key) {
    const panel = this.layer.querySelector(".panel");
    panel?.scrollBy({ top: (key.endsWith("Down") ? 1 : -1) * (key.startsWith("Page") ? panel.clientHeight * 0.9 : 60) });
  }

  /**
   * @param {Object<string, string[]>} own keys of the annotator's own, by action @param {Object<string, string>} more what to add to an action @param {string[][]} here keys of this page alone, with what they do
   * @param {string[]} without actions that this page has not */
  help(own = {}, more = {}, here = [], without = []) {
    if (this.kind === "help") return this.close();
    const line = ([key, text]) => h("div", {}, h("span", { class: "keys" }, h("kbd", {}, key)), h("span", {}, text));
    const groups = here.length ? [h("section", {}, h("h4", {}, "Here, instead of deciding and coding"), ...here.map(line))] : [];
    for (const [heading, action, text] of KEYMAP) {
      if (without.includes(action)) continue;
      if (action === null) groups.push(h("section", {}, h("h4", {}, heading)));
      else groups.at(-1).append(h("div", {}, h("span", { class: "keys" }, ...shownKeys(action, own).map((key) => h("kbd", {}, keyLabel(key)))), h("span", {}, more[action] ? `${text}: ${more[action]}` : text)));
    }
    return this.show("help", "Keys", h("div", { class: "keymap" }, ...groups), [{ text: "Close", id: "close" }]);
  }

  /** Two people, or two tabs, changed one interval: both versions side by side, nothing is overwritten unasked. */
  conflict({ mine, theirs, keepTheirs, applyMine }) {
    const body = h("div", {}, h("p", {}, "This interval was changed elsewhere after you opened it. Nothing of yours is lost yet."),
      h("div", { class: "versions" }, version("Yours", mine), version("Saved", theirs)));
    const buttons = [{ text: "Keep the saved version", act: keepTheirs, id: "keep-theirs" }];
    if (applyMine) buttons.push({ text: "Apply mine", act: applyMine, id: "apply-mine" });
    return this.show("conflict", "Two versions of one interval", body, buttons, { closable: false });
  }

  ask(title, text, yes, act) {
    return this.show("question", title, h("p", {}, text), [{ text: yes, act, id: "yes" }, { text: "Cancel", id: "cancel" }]);
  }

  /** Decisions that the server refused stay here, in words, until a person settles them. */
  refused(entries, { retry, discard, settle }) {
    const lines = entries.map((entry) => h("div", { class: "refusal" },
      h("p", {}, `${sentence(entry.operation)}: ${entry.problem.message}`),
      entry.problem.kind === "conflict"
        ? h("button", { type: "button", onclick: () => { this.close(); settle(entry); } }, "Compare")
        : h("span", {}, h("button", { type: "button", "data-testid": "retry", onclick: () => { this.close(); retry(entry); } }, "Send again"),
          h("button", { type: "button", "data-testid": "discard", onclick: () => { this.close(); discard(entry); } }, "Take back"))));
    return this.show("refused", "Not saved", h("div", {}, ...lines), [{ text: "Later", id: "later" }]);
  }
}

export function sentence(operation) {
  const { verb, after } = operation;
  if (verb === "review_span" || verb === "unreview_span") return `${verb === "review_span" ? "Reviewed" : "Not reviewed"} ${after.first}–${after.last}`;
  return after?.onset === undefined ? verb : `${verb} ${after.type} ${after.onset}–${after.offset}`;
}

function version(title, annotation) {
  const lines = !annotation ? ["no decision, or deleted"] : [
    `${annotation.verdict}${annotation.reason ? ` (${annotation.reason})` : ""}`, annotation.type,
    `onset ${annotation.onset} · apex ${annotation.apex ?? "–"} · offset ${annotation.offset}`,
    (annotation.action_units ?? []).join(" "), annotation.note, annotation.annotator_name ? `by ${annotation.annotator_name}` : "",
  ];
  return h("div", {}, h("h4", {}, title), ...lines.filter(Boolean).map((text) => h("p", {}, text)));
}
