// Coding without the mouse: into the fields and back, and the codes of the last interval copied onto this one.

import { codesBefore } from "./state.js";

export class Coding {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.actions = { code: () => this.enter(), copy: () => this.copy() };
  }

  /** The first field of the selected interval; from there Tab goes on and Esc comes back. */
  enter() {
    const { review } = this;
    const field = review.view.fields.querySelector("[data-field]");
    if (!field) return review.say(review.item ? "This study codes nothing beside the frames." : "Nothing is selected to code.");
    field.focus();
    return field.select?.();
  }

  copy() {
    const { review } = this;
    if (!review.item) return review.say("Nothing is selected to code.");
    const codes = codesBefore(review.state, review.item.id);
    if (!codes) return review.say("No other interval of this video is coded yet.");
    const { action_units: units = [], emotion = "" } = review.item.annotation ?? review.item.pending ?? {};
    if (units.join() === codes.action_units.join() && emotion === codes.emotion) return review.say("It has these codes already.");
    review.actions.describe(codes);
    const told = [codes.action_units.map((unit) => unit.replace("AU", "")).join(" "), codes.emotion].filter(Boolean).join(", ");
    return review.say(`Copied: ${told}${review.item.annotation ? "" : "; saved with the decision"}.`);
  }
}
