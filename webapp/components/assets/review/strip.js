// The frames around the one on screen, two before and two after it, side by side.

import { Tile } from "./tiles.js";

const STEPS = [-2, -1, 0, 1, 2];

export class Strip {
  /** @param {import("./looking.js").Looking} look */
  constructor(look) {
    this.look = look;
    this.small = STEPS.map((step) => new Tile(step ? `neighbour ${step > 0 ? "+" : "−"}${Math.abs(step)}` : "here", look.lens));
    this.small[STEPS.indexOf(0)].root.dataset.here = "true";
  }

  get rows() {
    return [this.small];
  }

  /** Is this frame one of those shown around the playhead? */
  shows(frame) {
    return Math.abs(frame - this.look.review.frame) <= 2;
  }

  draw(frame) {
    const count = this.look.review.info.frame_count;
    STEPS.forEach((step, place) => {
      const number = frame + step;
      const tile = this.small[place];
      if (number >= 0 && number < count) return this.look.paint(tile, number, `${step > 0 ? "+" : ""}${step || ""} · ${number}`.replace(/^ · /, ""));
      tile.message(number < 0 ? "before the first frame" : "after the last frame");
      return tile.say("");
    });
  }
}
