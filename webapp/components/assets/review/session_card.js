// What one did in this sitting: intervals, seconds and keys per interval, and whether everything has arrived.
// It comes by key, and by itself with the last decision on a video; it takes no keys but Escape and goes with the next step.

import { h } from "./elements.js";
import { statusOf } from "./state.js";

const STORED = "glint.keys";
const BREAK_MS = 30 * 60 * 1000; // as services/pace.py ends a sitting

export class SessionCard {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.actions = { "session-card": () => (this.card.hidden ? this.open() : this.close()) };
    this.card = h("div", { class: "card", hidden: true, role: "status", "aria-live": "polite", "data-testid": "session-card" });
    review.view.stage.append(this.card);
    this.count = (event) => {
      if (!event.repeat && !["Shift", "Control", "Alt", "Meta", "AltGraph"].includes(event.key)) writeKeys(keysAfter(readKeys(), Date.now()));
    };
    // Before the surface takes the keys.
    window.addEventListener("keydown", this.count, true);
  }

  started() {
    this.undecided = this.countUndecided();
  }

  countUndecided() {
    return this.review.all.filter((item) => statusOf(item) === "undecided").length;
  }

  rendered() {
    if (this.undecided === undefined) return;
    const before = this.undecided;
    this.undecided = this.countUndecided();
    if (before > 0 && this.undecided === 0) this.open();
    else if (!this.card.hidden) this.refresh();
  }

  selectionChanged() {
    this.close();
  }

  takes(event) {
    if (this.card.hidden || event.key !== "Escape") return false;
    this.close();
    return true;
  }

  async open() {
    this.facts = null;
    this.card.hidden = false;
    this.show();
    await this.ask();
  }

  close() {
    this.card.hidden = true;
  }

  /** The server counts what has arrived: asked again once nothing is on its way. */
  refresh() {
    const waiting = this.review.saving.outbox.unconfirmed;
    if (waiting !== this.waiting && waiting === 0) this.ask();
    this.show();
  }

  async ask() {
    try {
      this.facts = (await this.review.api.json("/api/pace")).sitting;
    } catch (error) {
      this.review.say(`Sitting: ${error.message}`);
    }
    if (!this.review.closed) this.show();
  }

  show() {
    this.waiting = this.review.saving.outbox.unconfirmed;
    const rows = cardRows(this.facts, readKeys().count, this.waiting);
    this.card.replaceChildren(
      h("h3", {}, this.countUndecided() === 0 && this.review.all.length ? "Everything here is decided" : "This sitting"),
      h("dl", {}, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", { "data-name": name }, value)])),
      h("p", {}, this.review.view.reviewed.dataset.done === "true" ? "The video is reviewed. Alt N goes to the next one; Esc closes." : "Esc closes; v marks the video reviewed."),
    );
  }

  closed() {
    window.removeEventListener("keydown", this.count, true);
  }
}

/**
 * @param {{intervals: number, videos: number, pace: {median_seconds: number|null}, started: string|null, ended: string|null}|null} facts
 * @param {number} keys @param {number} unsynced
 * @returns {[string, string][]} name and value, every value with its unit
 */
export function cardRows(facts, keys, unsynced) {
  const rows = [];
  if (facts) {
    const median = facts.pace.median_seconds;
    const minutes = facts.started ? (Date.parse(facts.ended) - Date.parse(facts.started)) / 60000 : 0;
    rows.push(["Intervals", `${facts.intervals} in ${facts.videos} video${facts.videos === 1 ? "" : "s"}`]);
    rows.push(["Median", median === null ? "not known yet" : `${median.toFixed(1)} s per interval`]);
    rows.push(["Keys", facts.intervals ? `${keys}, ${(keys / facts.intervals).toFixed(1)} per interval` : String(keys)]);
    rows.push(["Time", minutes < 1 ? "under a minute" : `${Math.round(minutes)} min`]);
  } else rows.push(["Keys", String(keys)]);
  return [...rows, ["Unsynced", unsynced ? `${unsynced}: keep this page open` : "0, everything is saved"]];
}

/** One more key; after a long break a new sitting begins. */
export function keysAfter({ count = 0, last = 0 }, now) {
  return { count: now - last > BREAK_MS ? 1 : count + 1, last: now };
}

function readKeys() {
  try {
    return { count: 0, last: 0, ...JSON.parse(sessionStorage.getItem(STORED)) };
  } catch {
    return { count: 0, last: 0 };
  }
}

function writeKeys(keys) {
  try {
    sessionStorage.setItem(STORED, JSON.stringify(keys));
  } catch {
    // Counting is a comfort.
  }
}
