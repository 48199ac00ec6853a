// How long the rest will take, from one's own median (services/pace.py); shown beside the filters of the queue.

import { statusOf } from "./state.js";

const ASK_AFTER = 10; // decisions

export class Pace {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.pace = null;
  }

  started() {
    this.asked = this.undecided();
    this.ask();
  }

  undecided() {
    return this.review.all.filter((item) => statusOf(item) === "undecided").length;
  }

  async ask() {
    try {
      this.pace = await this.review.api.json("/api/pace");
    } catch {
      return; // a comfort; the next decisions ask again
    }
    if (!this.review.closed) this.show();
  }

  rendered() {
    const undecided = this.undecided();
    if (this.asked !== undefined && Math.abs(this.asked - undecided) >= ASK_AFTER) {
      this.asked = undecided;
      this.ask();
    }
    this.show(undecided);
  }

  show(undecided = this.undecided()) {
    const { remaining } = this.review.view;
    const median = this.pace?.median_seconds ?? null;
    const text = remainingText(undecided, median);
    remaining.textContent = text;
    remaining.title = text ? `${undecided} undecided × ${median.toFixed(1)} s, your median over ${this.pace.intervals} decision${this.pace.intervals === 1 ? "" : "s"}` : "";
  }
}

/** "≈ 4 min left"; nothing when nothing is left or the pace is not known. */
export function remainingText(undecided, medianSeconds) {
  if (!undecided || medianSeconds === null || medianSeconds === undefined) return "";
  const seconds = undecided * medianSeconds;
  if (seconds < 60) return `≈ ${Math.max(1, Math.round(seconds))} s left`;
  return seconds < 5400 ? `≈ ${Math.round(seconds / 60)} min left` : `≈ ${(seconds / 3600).toFixed(1)} h left`;
}
