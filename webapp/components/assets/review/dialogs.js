// Everything that lies over the surface: help, conflict, question, refused decisions. Each returns nothing and calls back.

import { h } from "./elements.js";
import { KEYMAP } from "./keymap.js";

/** One dialogue at a time; Escape and its buttons close it. */
export class Dialogs {
  constructor(layer) {
    this.layer = layer;
    this.kind = null;
    this.queue = [];
  }

  get open() {
    return this.kind !== null;
  }

  show(kind, title, body, buttons, { closable = true } = {}) {
    if (this.open && this.kind === "conflict") return this.queue.push([kind, title, body, buttons, { closable }]);
    this.kind = kind;
    this.closable = closable;
    const row = h("div", { class: "buttons" }, ...buttons.map(({ text, act, id }) => h("button", { type: "button", "data-testid": id, onclick: () => { this.close(); act?.(); } }, text)));
    const panel = h("div", { class: `panel ${kind}`, role: "dialog", "aria-modal": "true", "aria-label": title, "data-testid": `dialog-${kind}` }, h("h3", {}, title), body, row);
    this.layer.replaceChildren(h("div", { class: "shade", onclick: () => closable && this.close() }), panel);
    row.querySelector("button")?.focus({ preventScroll: true });
    return panel;
  }

  close() {
    this.kind = null;
    this.layer.replaceChildren();
    if (this.queue.length) this.show(...this.queue.shift());
  }

  /** True when the key belongs to the open dialogue and must reach nobody else. */
  takes(event) {
    if (!this.open) return false;
    if (event.key === "Escape" || (this.kind === "help" && (event.key === "?" || event.key === "/"))) {
      if (this.closable) this.close();
      return true;
    }
    if (["Tab", "Enter", " "].includes(event.key)) {
      if (event.key === "Tab") return this.turn(event);
      this.focused()?.click();
    }
    return true;
  }

  focused() {
    const active = this.layer.getRootNode().activeElement;
    return active && this.layer.contains(active) ? active : null;
  }

  turn(event) {
    const buttons = [...this.layer.querySelectorAll("button")];
    const at = buttons.indexOf(this.focused());
    buttons[(at + (event.shiftKey ? buttons.length - 1 : 1)) % buttons.length]?.focus();
    return true;
  }

  help() {
    if (this.kind === "help") return this.close();
    const groups = [];
    for (const [keys, action, text] of KEYMAP) {
      if (action === null) groups.push(h("section", {}, h("h4", {}, keys)));
      else groups.at(-1).append(h("div", {}, h("span", { class: "keys" }, ...keys.filter(printed).map((key) => h("kbd", {}, name(key)))), h("span", {}, text)));
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

function printed(key) {
  return !/^(Bracket|Semicolon|Quote|Comma|Period|Meta\+)/.test(key);
}

const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Delete: "Del", Escape: "Esc", Insert: "Ins", PageUp: "PgUp", PageDown: "PgDn" };

function name(key) {
  const [last, ...before] = key.split("+").filter(Boolean).reverse();
  if (!last) return key;
  return [...before.reverse().map((part) => (part === "Control" ? "Ctrl" : part)), NAMES[last] ?? last].join(" ");
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
