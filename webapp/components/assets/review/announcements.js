// What a screen reader is told: the selected interval, and the frame once the picture rests. Nothing while playing.

import { timecode } from "./formats.js";
import { SELECTED_WORDS, wordsOf } from "./queue.js";

const REST_MS = 400;

export class Announcements {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.timer = null;
  }

  selectionChanged() {
    const { review } = this;
    const { item, list } = review;
    const place = list.findIndex((other) => other.id === review.selected);
    this.tell(item ? `${place + 1} of ${list.length}: ${wordsOf(item, review.timestamps)}` : SELECTED_WORDS.none);
  }

  drawn(frame) {
    clearTimeout(this.timer);
    if (this.review.clock.playing) return;
    this.timer = setTimeout(() => {
      const { review } = this;
      if (!review.closed && !review.clock.playing && review.player.drawn === frame) this.tell(`Frame ${frame}, ${timecode(review.timestamps[frame])}, ${review.view.badge.textContent}`, "frame");
    }, REST_MS);
  }

  /** Two regions, so that a frame does not cut short what is said of the selection. */
  tell(text, region = "selection") {
    this.review.view.live[region].textContent = text;
  }

  closed() {
    clearTimeout(this.timer);
  }
}
