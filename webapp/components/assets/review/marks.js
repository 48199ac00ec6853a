// Where the source is not even: missing pictures, holes in time, frames that come too early, pictures shown again.
// The server finds them (spotcore/source_marks.py); they are marked on the ruler and told under the pointer.

import { BADGES } from "./elements.js";

/** [name, colour of the theme, words for one frame of it] */
const KINDS = [
  ["crowded", "doubt", "comes less than half the usual time after the frame before"],
  ["repeated", "doubt", "shows the picture of the frame before once more"],
  ["missing", "bad", "has no picture in the source"],
];

export class Marks {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.found = null;
  }

  async started() {
    const { review } = this;
    const { video, run } = review.data;
    try {
      this.found = await review.api.json(`/api/videos/${video}/marks${run ? `?run=${run}` : ""}`);
    } catch {
      return; // the badge beside the frame number tells an uneven source in any case
    }
    if (review.closed) return;
    review.timeline.redraw();
    this.drawn(review.player?.drawn ?? -1);
  }

  /** A picture shown again is the frame of its number all right, and yet nothing moved: the badge says so. */
  drawn(frame) {
    const { badge } = this.review.view;
    if (badge.dataset.kind === "missing" || !isRepeated(this.found, frame)) return;
    badge.textContent = "repeated picture";
    badge.title = BADGES["repeated picture"];
    badge.dataset.kind = "irregular";
  }

  marks() {
    return this.found;
  }
}

/** Whether a frame shows the picture of the frame before once more; spans ascend, so halving finds it. */
export function isRepeated(marks, frame) {
  const spans = marks?.repeated ?? [];
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle][1] < frame) low = middle + 1;
    else high = middle;
  }
  return low < spans.length && spans[low][0] <= frame;
}

/** What is odd about a frame, in words; "" where nothing is. */
export function markAt(marks, first, last) {
  if (!marks) return "";
  const words = KINDS.filter(([name]) => marks[name]?.some(([a, b]) => a <= last && b >= first)).map(([name, , text]) => {
    const [a] = marks[name].find(([from, to]) => from <= last && to >= first);
    return `Frame ${Math.max(a, first)} ${text}.`;
  });
  const gap = marks.gaps.find(([frame]) => frame >= first && frame <= last);
  if (gap) words.push(`Frame ${gap[0]} comes ${gap[1].toFixed(2)} s after the frame before: the recording has a hole.`);
  return words.join(" ");
}

export function drawMarks(context, { x, width, theme, marks, first, last }, { top, height }) {
  for (const [name, colour] of KINDS) {
    context.fillStyle = theme[colour];
    for (const [a, b] of marks[name] ?? []) {
      if (b >= first && a <= last) context.fillRect(x(a), top, Math.max(1, x(b + 1) - x(a)), height);
    }
  }
  context.fillStyle = theme.bad;
  for (const [frame] of marks.gaps) {
    const left = x(frame);
    if (frame < first || frame > last || left > width) continue;
    context.fillRect(left - 1, top, 2, height * 2);
  }
}
