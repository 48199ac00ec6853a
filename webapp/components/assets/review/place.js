// Where somebody is: the address carries video, run, set, interval and frame, so that a reload or a link comes back to it.

import { openingPlace } from "./resume.js";
import { statusOf } from "./state.js";

/** Keeps the address with the playhead and the selection, and goes back to it when a video is opened. */
export class Whereabouts {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
  }

  /** @param {{interval: string|null, frame: number}|null} stored where this person stopped, on any machine */
  restore(stored) {
    const { review } = this;
    const first = review.list.find((item) => statusOf(item) === "undecided") ?? review.list[0];
    const { id, frame } = openingPlace(readPlace(), stored, review.state.items, first);
    if (id) review.select(id);
    else review.seek(0);
    if (frame !== null && frame >= 0 && frame < review.info.frame_count) review.seek(frame);
  }

  /** Browsers bound how often an address may change, so the playhead follows a little later than the selection. */
  save(wait = 200) {
    const { review } = this;
    clearTimeout(this.timer);
    if (wait) this.timer = setTimeout(() => this.save(0), wait);
    else if (!review.closed && review.player) {
      const { video, run, set } = review.data;
      writePlace({ video, run, set, interval: review.selected, frame: review.frame });
      review.tell("placeChanged");
    }
  }

  stop() {
    clearTimeout(this.timer);
  }
}

/** @returns {{interval: string|null, frame: number}} frame is not a number when the address names none */
export function readPlace() {
  const query = new URLSearchParams(location.search);
  return { interval: query.get("interval"), frame: query.has("frame") ? Number(query.get("frame")) : NaN };
}

export function writePlace(place) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(place)) {
    if (value === null || value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

/** What this browser remembers under a key; nothing when it remembers nonsense. */
export function readStored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}
