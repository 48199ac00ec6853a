// Tells the server where one is, at most every few seconds, so that work goes on there on another machine.
// The address in the browser (place.js) is the quicker memory of this one.

import { uuid } from "./formats.js";

const EVERY_MS = 5000;

export class Resume {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.sent = "";
    // The last word before the page goes does not wait for the one before it: the server keeps the one numbered higher.
    this.visit = uuid();
    this.number = 0;
    this.leave = () => this.send();
    window.addEventListener("pagehide", this.leave);
  }

  placeChanged() {
    this.timer ??= setTimeout(() => this.send(), EVERY_MS);
  }

  send() {
    clearTimeout(this.timer);
    this.timer = null;
    const { review } = this;
    if (!review.player) return;
    const place = { frame: review.frame, interval: review.selected };
    if (JSON.stringify(place) === this.sent) return;
    this.sent = JSON.stringify(place);
    const body = { ...place, visit: this.visit, number: ++this.number };
    // Lost without harm when the line is cut: the next place is sent again. keepalive: it may outlive the page.
    review.api.request(`/api/videos/${review.data.video}/place`, { method: "PUT", body, keepalive: true }).catch(() => (this.sent = ""));
  }

  closed() {
    window.removeEventListener("pagehide", this.leave);
    this.send();
  }
}

/**
 * Where to open a video: what the address says, else where this person stopped, else the first undecided item.
 * @param {{interval: string|null, frame: number}} address @param {{interval: string|null, frame: number}|null} stored
 * @param {object} items id -> item @param {object|undefined} first the item to begin with
 * @returns {{id: string|null, frame: number|null}}
 */
export function openingPlace(address, stored, items, first) {
  const named = Boolean(address.interval) || Number.isInteger(address.frame);
  const from = named ? address : (stored ?? { interval: null, frame: NaN });
  const id = from.interval && items[from.interval] ? from.interval : first?.id ?? null;
  // A frame belongs to its interval: where that is gone, a stored frame alone would lead astray.
  const whole = named || !from.interval || id === from.interval;
  return { id, frame: whole && Number.isInteger(from.frame) ? from.frame : null };
}
