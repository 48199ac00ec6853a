// Deciding between two coders: the keys, the two versions side by side, and the reason that every decision has.
// What is sent is in adjudicating.js; which footage and which intervals there are is the server's matter.

import { choiceWords } from "./adjudicating.js";
import { h } from "./elements.js";
import { actionOf } from "./keyboard.js";
import { nextUndecided, statusOf } from "./state.js";

/** Keys of this mode alone, in the order of its buttons. */
export const CHOICES = { 1: "a", 2: "b", 3: "mean", 4: "redraw", 0: "neither" };
// What would change a coding of one's own: it has no meaning between two others.
const OTHERS = new Set(["accept", "reject", "unsure", "add", "delete", "reviewed", "reviewed-window", "redo", "code", "copy", "sweep", "set-onset", "set-apex", "set-offset"]);
const ROWS = [["type", "type"], ["onset", "onset"], ["apex", "apex"], ["offset", "offset"], ["units", "units"], ["emotion", "emotion"]];

export class Adjudication {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    const { view } = review;
    view.root.dataset.adjudicating = "true";
    view.reviewed.hidden = true;
    this.panel = h("div", { class: "sides", "data-testid": "sides" });
    view.fields.before(this.panel);
    this.covers = h("span", { class: "covers", "data-testid": "covers" });
    view.reviewed.before(this.covers);
    this.actions = { undo: () => this.undo() };
  }

  started() {
    const { view, saving } = this.review;
    const { first_name: first, second_name: second } = saving.found;
    const words = { a: first, b: second, mean: "Mean", redraw: "Redraw", neither: "Neither" };
    const button = ([key, choice]) => h("button", { type: "button", tabindex: "-1", "data-choice": choice, title: titleOf(choice, first, second), onclick: () => this.choose(choice) }, h("kbd", {}, key), ` ${words[choice]}`);
    const order = ["1", "2", "3", "4", "0"].map((key) => [key, CHOICES[key]]);
    view.root.querySelector(".group.decide").replaceChildren(...order.map(button), h("button", { type: "button", tabindex: "-1", title: "Undo (z)", onclick: () => this.undo() }, "↶"));
  }

  /** What the help says about the keys of this mode. */
  helpLines() {
    const { first_name: first, second_name: second } = this.review.saving.found;
    const words = (choice) => titleOf(choice, first, second).replace(/ \(\d\)$/, "");
    return [...["1", "2", "3", "4", "0"].map((key) => [key, words(CHOICES[key])]), ["Enter", "decide for what is redrawn"], ["z", "take back the newest decision"]];
  }

  helpWithout() {
    return [...OTHERS, "undo", "brighter"]; // 0 means neither here; the slider still brightens
  }

  /** The item that is selected, as the server gave it. */
  get item() {
    return this.review.saving.byId.get(this.review.selected) ?? null;
  }

  takes(event) {
    const { review } = this;
    const redrawn = review.draft || review.saving.redrawn.has(review.selected);
    const act = this.actOf(event, redrawn);
    if (!act) return false;
    if (!event.repeat) act();
    return true;
  }

  actOf(event, redrawn) {
    const { review } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return actionOf(event, review.keys) === "undo" ? () => this.undo() : null;
    const digit = /^[0-4]$/.test(event.key) ? event.key : event.shiftKey ? null : /^Digit([0-4])$/.exec(event.code)?.[1];
    if (digit) return () => this.choose(CHOICES[digit]);
    if (event.key === "Enter" && redrawn) return () => this.ask("redraw");
    const action = actionOf(event, review.keys);
    if (action === "undo") return () => this.undo();
    if (action === "escape" && redrawn) return () => this.drop();
    return OTHERS.has(action) ? () => review.say("Here you decide between two codings: 1, 2, 3, 4 or 0.") : null;
  }

  choose(choice) {
    const { review, item } = this;
    if (!item) return review.say("Nothing is selected: n goes to the next item.");
    const { first, second } = item;
    if (choice === "mean" && !(first && second)) return review.say("Only one of the two saw something here: there is no mean.");
    if (choice === "redraw") return this.redraw();
    if (choice === "mean" && first.type !== second.type) {
      return review.prompts.letters("The mean of both as ", { i: "micro", a: "macro" }, (type) => { review.prompts.close(); this.ask("mean", { type }); });
    }
    return this.ask(choice);
  }

  /** Starts from the one side, the same key again from the other; edge keys and dragging do the rest, Enter decides. */
  redraw() {
    const { review, item } = this;
    const sides = [item.first, item.second].filter(Boolean);
    const at = this.from?.id === item.id && review.saving.redrawn.has(item.id) ? this.from.at + 1 : 0;
    this.from = { id: item.id, at: at % sides.length };
    const { onset, apex, offset, type } = sides[this.from.at];
    review.actions.dropDraft();
    review.saving.redraw(item.id, { onset, apex: apex ?? null, offset, type });
    const again = sides.length > 1 ? "4 again starts from the other one; " : "";
    review.say(`Drag the edges or use their keys; ${again}Enter decides, Esc drops it.`);
  }

  drop() {
    const { review } = this;
    review.actions.dropDraft();
    review.saving.redraw(review.selected, null);
    review.say("Redrawing dropped.");
  }

  /** Why, by one letter; "other" asks for a line of text. */
  ask(choice, more = {}) {
    const { review, item } = this;
    review.actions.flush(); // edges that are still moving belong to what is decided
    const after = choice === "redraw" ? { ...review.saving.redrawn.get(item.id) } : null;
    const { reasons } = review.saving.found;
    const letters = Object.fromEntries(Object.entries(reasons).map(([name, words]) => [name[0], words]));
    const names = Object.fromEntries(Object.keys(reasons).map((name) => [name[0], name]));
    const decide = (reason, note = "") => {
      review.prompts.close();
      this.decide(item, { choice, reason, note, after, ...more });
    };
    review.prompts.letters(`${titleCase(choiceWords(choice, review.saving.found))} because of `, letters, (words) => {
      const reason = names[Object.keys(letters).find((letter) => letters[letter] === words)];
      if (reason === "other") review.prompts.line("Why? ", (note) => decide(reason, note));
      else decide(reason);
    });
  }

  decide(item, ruling) {
    const { review } = this;
    review.saving.decide(item, ruling);
    const next = review.options.advance ? nextUndecided(review.list, item.id) : null;
    if (next) review.select(next.id);
    else review.say(review.all.some((one) => statusOf(one) === "undecided") ? "Decided." : "Everything is decided: the consensus counts from here on.");
    review.render();
  }

  undo() {
    const { review } = this;
    if (review.draft || review.saving.redrawn.has(review.selected)) return this.drop();
    return review.saving.undo();
  }

  rendered() {
    const { review } = this;
    const { found } = review.saving;
    const frames = (spans) => spans.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const share = frames(found.shared) ? frames(found.reviewed) / frames(found.shared) : 0;
    this.covers.textContent = share >= 1 ? "✓ Consensus complete" : `${found.open} open`;
    this.covers.dataset.done = String(share >= 1);
    this.showSides();
  }

  boundsChanged() {
    this.showSides();
  }

  showSides() {
    const { review, item } = this;
    if (!review.saving) return;
    const { found, redrawn } = review.saving;
    if (!item) return void this.panel.replaceChildren(h("p", { class: "empty" }, "Nothing selected. n goes to the first item."));
    const under = review.draft ?? redrawn.get(item.id) ?? null;
    const third = under ?? item.consensus;
    const cells = (side) => valuesOf(side, review.timestamps);
    const [a, b, c] = [cells(item.first), cells(item.second), cells(third)];
    const row = ([name, words]) => {
      const differs = item.first && item.second && a[name] !== b[name];
      return h("tr", { class: differs ? "differs" : null }, h("th", { scope: "row" }, words), h("td", {}, a[name]), h("td", {}, b[name]), h("td", {}, c[name]));
    };
    const rows = [...ROWS, ["seconds", "length"]].filter(([name]) => a[name] || b[name] || c[name]);
    this.panel.replaceChildren(
      h("table", {}, h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, found.first_name), h("th", { scope: "col" }, found.second_name), h("th", { scope: "col" }, under ? "redrawn" : "consensus"))),
        h("tbody", {}, ...rows.map(row))),
      h("p", { class: "empty", "data-testid": "ruling" }, rulingWords(item, found)),
    );
  }

  closed() {
    this.panel.remove();
  }
}

function valuesOf(side, timestamps) {
  if (!side) return { type: "–", onset: "", apex: "", offset: "", units: "", emotion: "", seconds: "" };
  const { type, onset, apex, offset, action_units: units, emotion } = side;
  return { type, onset: String(onset), apex: String(apex ?? "–"), offset: String(offset), units: (units ?? []).join(" "), emotion: emotion ?? "", seconds: `${(timestamps[offset] - timestamps[onset]).toFixed(3)} s` };
}

function titleOf(choice, first, second) {
  return {
    a: `What ${first} says, also where that is nothing (1)`, b: `What ${second} says, also where that is nothing (2)`,
    mean: "Halfway between both; half a frame widens it (3)", redraw: "Draw it anew, beginning from one of the two (4)", neither: "Nothing is here (0)",
  }[choice];
}

function titleCase(words) {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** Where the decision stands: "The mean: better boundaries, by Carla." */
export function rulingWords({ status, ruling }, found) {
  if (!ruling) return "To be decided.";
  if (ruling.choice === "agreed") return status === "agreed" ? "Both say the same; it was taken over. It can be decided otherwise." : "They agreed before, and one of them changed theirs since: decide.";
  const why = ruling.note ? `${found.reasons[ruling.reason] ?? ruling.reason} (${ruling.note})` : found.reasons[ruling.reason] ?? ruling.reason;
  const said = `${titleCase(choiceWords(ruling.choice, found))}: ${why}, by ${ruling.by}.`;
  return status === "changed" ? `${said} One of the two changed theirs since: decide again.` : said;
}
