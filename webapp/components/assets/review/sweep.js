// The missed-event sweep: stretches that the model suspects but never proposed, one after the other, to be added or ruled out.
// Which they are is the server's matter (services/sweep.py); what was judged does not come again.

import { h } from "./elements.js";
import { timecode } from "./formats.js";
import { actionOf } from "./keyboard.js";
import { keyText } from "./keymap.js";
import { boundsOf, removed, statusOf } from "./state.js";

export class Sweep {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.stretches = [];
    this.current = null;
    this.actions = { sweep: () => this.next() };
    this.banner = h("div", { class: "sweep", hidden: true, role: "status", "data-testid": "sweep" });
    // In the place of the fields, which have nothing to show meanwhile: over the picture it would cover the face.
    review.view.fields.before(this.banner);
  }

  /** The next stretch; the first call, and the one after the last, ask the server what is left. */
  async next() {
    const { review } = this;
    review.actions.flush();
    this.current = null;
    if (!this.stretches.length && !(await this.load())) return;
    this.show(this.stretches.shift());
  }

  async load() {
    const { review } = this;
    const { video, run, set } = review.data;
    if (review.saving.outbox.unconfirmed) return this.end("The sweep goes on once everything is saved: what you decided last must be known to the server.");
    const query = new URLSearchParams(Object.entries({ run, set }).filter(([, value]) => value !== null && value !== undefined));
    try {
      this.stretches = (await review.api.json(`/api/videos/${video}/sweep?${query}`)).stretches;
    } catch (error) {
      return this.end(`Sweep: ${error.message}`);
    }
    this.total = this.stretches.length;
    if (review.closed) return false;
    return this.total ? true : this.end("Nothing suspicious is left outside of the proposals.");
  }

  show(stretch) {
    const { review } = this;
    this.before = review.selected ?? this.before;
    review.select(null);
    this.current = stretch;
    review.suspect = { onset: stretch.onset, offset: stretch.offset };
    review.clock.range = review.loop ? [stretch.first, stretch.last] : null;
    review.store.prefetch([[stretch.first, stretch.last]]);
    review.seek(stretch.onset);
    const half = Math.max((stretch.last - stretch.first) * 1.5, (review.info.fps || 30) * 1.5);
    review.timeline.show((stretch.onset + stretch.offset) / 2 - half, (stretch.onset + stretch.offset) / 2 + half);
    this.banner.replaceChildren(
      h("span", {}, wordsOf(stretch, this.total - this.stretches.length, this.total, review.timestamps)),
      ...[["add", "add", () => this.add()], ["reject", "nothing here", () => this.nothing()], ["sweep", "later", () => this.next()], ["escape", "stop", () => this.end()]]
        .map(([action, text, act]) => h("button", { type: "button", tabindex: "-1", onclick: act, "data-testid": `sweep-${action}` }, h("kbd", {}, keyText(action, review.ownKeys).split(" or ")[0]), ` ${text}`)),
    );
    this.banner.hidden = false;
    review.render();
  }

  /** While a stretch is shown, the keys for adding, accepting and rejecting are about it; all others keep their meaning. */
  takes(event) {
    if (!this.current) return false;
    const act = { add: () => this.add(), accept: () => this.add(), reject: () => this.nothing(), next: () => this.next(), escape: () => this.end() }[actionOf(event, this.review.keys)];
    if (!act) return false;
    if (!event.repeat) act();
    return true;
  }

  /** An interval of one's own at the frames that the model suspects; it is corrected like any other. */
  add() {
    const { type, onset, apex, offset } = this.current;
    this.close();
    this.review.actions.add({ type, onset, apex, offset });
    this.review.say(`Added. Correct it; ${keyText("sweep", this.review.ownKeys)} goes on with the sweep.`);
  }

  nothing() {
    const { review, current } = this;
    const open = review.all.filter((item) => statusOf(item) === "undecided").map((item) => boundsOf(item));
    const [first, last] = judged(current, open);
    review.actions.submit({ verb: "review_span", interval_id: null, proposal_id: null, base_version: 0, after: { first, last } });
    if (this.stretches.length) this.next();
    else this.end("That was the last suspicious stretch.");
  }

  /** @returns {false} so that a caller can stop with it */
  end(text = "The sweep is over; what was judged does not come again.") {
    this.close();
    this.stretches = [];
    const { review } = this;
    if (!review.item && this.before) review.select(this.before); // back to what one was at
    review.render();
    review.say(text);
    return false;
  }

  close() {
    this.current = null;
    this.review.suspect = null;
    this.banner.hidden = true;
  }

  /** Whoever turns to an interval leaves the stretch; the key of the sweep goes on with the next one. */
  selectionChanged() {
    if (this.current && this.review.selected) this.close();
  }
}

/**
 * What of a stretch is judged by "nothing here": not the frames of proposals that wait for a decision of their own.
 * @param {{first: number, last: number, onset: number, offset: number}} stretch
 * @param {{onset: number, offset: number}[]} open
 * @returns {[number, number]} the longest piece that is left, or the suspected interval itself
 */
export function judged(stretch, open) {
  const left = open.reduce((spans, { onset, offset }) => removed(spans, [onset, offset]), [[stretch.first, stretch.last]]);
  const longest = left.sort((a, b) => b[1] - b[0] - (a[1] - a[0]))[0];
  return longest ?? [stretch.onset, stretch.offset];
}

/** "Suspicious 3 of 12: micro at 00:01.234, 0.33 s, score 0.21" */
export function wordsOf({ type, onset, offset, score }, number, total, timestamps) {
  const said = score === null || score === undefined ? "" : `, score ${Number(score).toFixed(2)}`;
  return `Suspicious ${number} of ${total}: ${type} at ${timecode(timestamps[onset])}, ${(timestamps[offset] - timestamps[onset]).toFixed(2)} s${said}`;
}
