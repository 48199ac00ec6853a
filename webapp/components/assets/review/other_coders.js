// What other annotators decided, a tier each, once the whole video is reviewed. Until then the server sends nothing: what
// is not here cannot be seen.

import { decided, stack } from "./stacking.js";

export class OtherCoders {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.shown = [];
    this.asked = false;
  }

  rendered() {
    const { review } = this;
    const done = review.state.reviewed.some(([first, last]) => first <= 0 && last >= review.info.frame_count - 1);
    if (!done) {
      this.asked = false;
      this.shown = [];
    } else if (!this.asked && !review.saving.outbox.unconfirmed) this.load(); // the server must know it first
  }

  async load() {
    const { review } = this;
    this.asked = true;
    try {
      const { hidden, coders } = await review.api.json(`/api/videos/${review.data.video}/others`);
      if (review.closed || !this.asked) return;
      if (hidden) this.asked = false;
      this.shown = coders.map((coder) => stack(`coder-${coder.annotator_id}`, coder.name, coder.annotations.map((one) => ({ ...decided(null, one), words: wordsOf(coder.name, one) }))));
    } catch {
      this.asked = false;
    }
    review.timeline.redraw();
  }

  tiers() {
    return this.shown;
  }
}

function wordsOf(name, { verdict, reason, type, onset, offset, action_units }) {
  const codes = action_units.length ? `, ${action_units.join(" ")}` : "";
  return `${name}: ${verdict}${reason ? ` (${reason})` : ""}, ${type}, frames ${onset} to ${offset}${codes}`;
}
