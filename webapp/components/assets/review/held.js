// The face held still: the frame on screen moved, turned and scaled so that eyes and nose stay where they are,
// and beside it the neutral frame that somebody pinned.

import { readStored } from "./place.js";
import { Tile } from "./tiles.js";

export class Held {
  /** @param {import("./looking.js").Looking} look */
  constructor(look) {
    this.look = look;
    this.tile = new Tile("face", look.lens);
    this.neutralTile = new Tile("neutral", look.lens);
    // Kept by this browser for this video: subjects have no pinned frame in the database.
    this.key = `glint.neutral.${look.review.data.video}`;
    this.neutral = readStored(this.key).frame ?? null;
  }

  get tiles() {
    return this.neutral === null ? [this.tile] : [this.neutralTile, this.tile];
  }

  get frames() {
    return this.neutral === null ? [] : [this.neutral];
  }

  /** The frame on screen becomes the neutral one; the same frame again lets go of it. */
  pin(frame) {
    this.neutral = this.neutral === frame ? null : frame;
    localStorage.setItem(this.key, JSON.stringify({ frame: this.neutral }));
  }

  draw(frame) {
    this.look.paint(this.tile, frame, `face held still · ${frame}`, { whole: false });
  }

  rest() {
    if (this.neutral !== null) this.look.paint(this.neutralTile, this.neutral, `neutral · ${this.neutral}`, { whole: false });
  }
}
