// The history of the selected interval, from the server's log of operations: who, when, and which fields changed.

import { h } from "./elements.js";
import { shortUnit } from "./scheme.js";

const FIELDS = { action_units: "action units" };

export class History {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.actions = { history: () => this.open() };
  }

  async open() {
    const { review } = this;
    const { item } = review;
    if (!item) return review.say("Nothing is selected.");
    review.actions.flush();
    try {
      const { entries } = await review.api.json(`/api/videos/${review.data.video}/history?interval=${encodeURIComponent(item.id)}`);
      if (review.closed) return undefined;
      const waiting = review.saving.outbox.waiting().filter((operation) => operation.interval_id === item.id).length;
      return review.dialogs.show("history", "History of the interval", historyTable(entries, waiting), [{ text: "Close", id: "close" }]);
    } catch (error) {
      return review.say(`History: ${error.message}`);
    }
  }
}

/** @param {object[]} entries as the route gives them @param {number} waiting operations that the server does not know yet */
export function historyTable(entries, waiting = 0) {
  const rows = entries.map((entry) => h("tr", {},
    h("td", {}, new Date(entry.server_time).toLocaleString()), h("td", {}, entry.annotator), h("td", {}, entry.verb),
    h("td", {}, ...entry.changes.map((change) => h("div", {}, changeText(change))))));
  const notes = [];
  if (!entries.length) notes.push("Nobody has decided on this interval yet.");
  if (waiting) notes.push(`${waiting} change${waiting === 1 ? " waits" : "s wait"} for the server and ${waiting === 1 ? "is" : "are"} not listed yet.`);
  const head = h("thead", {}, h("tr", {}, ...["When", "Who", "What", "Changed"].map((text) => h("th", { scope: "col" }, text))));
  return h("div", {}, entries.length ? h("table", { class: "log" }, head, h("tbody", {}, ...rows)) : null, ...notes.map((text) => h("p", {}, text)));
}

/** "onset: frame 10 → frame 9" */
export function changeText({ field, before, after }) {
  if (field === "verdict" && after === null) return `${said(field, before)} → removed`;
  const name = FIELDS[field] ?? field;
  return before === null ? `${name}: ${said(field, after)}` : `${name}: ${said(field, before)} → ${said(field, after)}`;
}

function said(field, value) {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.map(shortUnit).join(" ");
  if (["onset", "apex", "offset"].includes(field)) return `frame ${value}`;
  return field === "confidence" ? `${Math.round(value * 5)} of 5` : String(value);
}
