// The queue by disagreement: a second run is laid beside the one under review, what the two do not share comes first.
// The server matches them (services/disagreement.py); here the second run is chosen and asked for.

import { h } from "./elements.js";

export class Disagreement {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.select = review.view.other;
    this.select.addEventListener("change", () => { this.select.blur(); this.load(Number(this.select.value)); });
  }

  started() {
    this.ready = true;
  }

  rendered() {
    const { review } = this;
    if (!this.ready || this.loading) return;
    const wanted = review.options.sort === "disagreement";
    if (wanted && review.other === null) this.begin();
    else if (!wanted && review.other !== null) this.load(null);
    this.select.hidden = !wanted || review.other === null;
  }

  begin() {
    const { review } = this;
    const run = secondRun(review.saving.otherRuns, review.saving.run);
    if (run === null) {
      review.view.sort.value = "time";
      review.setOption("sort", "time");
      review.say("Only one run of this video is finished: spot it with another model version to see where they disagree.");
    } else this.load(run);
  }

  async load(run) {
    const { review } = this;
    this.loading = true;
    const before = review.other;
    review.other = run;
    try {
      const found = await review.fetchReview();
      if (review.closed) return;
      review.actions.flush();
      review.saving.load(found);
      if (!review.item) review.selected = null;
    } catch (error) {
      review.other = before;
      review.say(`Second run: ${error.message}`);
      review.view.sort.value = review.options.sort = before === null ? "time" : "disagreement";
    } finally {
      this.loading = false;
    }
    this.select.replaceChildren(...review.saving.otherRuns.map(({ id, model }) => h("option", { value: String(id) }, `against run ${id}, ${model}`)));
    if (review.other !== null) this.select.value = String(review.other);
    review.render();
  }
}

/** The newest finished run of another model version, else of the same; null where there is no other. Newest first. */
export function secondRun(others, run) {
  return (others.find((other) => other.model !== run?.model) ?? others[0])?.id ?? null;
}
