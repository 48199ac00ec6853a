// Snapping: onset and offset to the nearest foot of the motion curve, the apex to its nearest peak, a few frames away at
// most. Shown first as any correction under way: the same key takes it, Esc drops it. Blind coding has no curve to snap to.

import { parseCurves } from "./formats.js";

const REACH_SECONDS = 0.15;
const LEAST_REACH = 3; // frames
const MOST_BINS = 4096;
const GROUPS = /brow$|mouth$|lips$/;
const SIGNS = { onset: -1, apex: 1, offset: -1 };

export class Snapping {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.actions = { snap: (event) => this.press(event) };
  }

  async press(event) {
    const { review } = this;
    const item = review.actions.need();
    if (!item) return;
    if (review.draft && this.shown === key(review.draft)) {
      this.shown = null;
      review.actions.flush();
      review.render();
      review.say("Snapped.");
      return;
    }
    const { bounds, selected } = review;
    const course = await this.course(bounds);
    if (review.closed || review.selected !== selected || key(review.bounds) !== key(bounds)) return; // somebody went on
    if (!course) return void review.say("There is no motion curve to snap to.");
    const next = snapped(course, bounds, reachOf(review.info.fps));
    if (key(next) === key(bounds)) return void review.say("Onset, apex and offset are at the extremes of the curve already.");
    review.actions.setBounds(next, "apex" in next && next.apex !== null ? "apex" : "onset", event, { save: false });
    this.shown = key(next);
    review.say(`${changes(bounds, next)}. The same key takes it, Esc drops it.`);
  }

  /** The curve around an interval, sample by sample; asked for when the timeline holds a coarser one only. */
  async course(bounds) {
    const { signals } = this.review.legend;
    const [first, last] = around(bounds, this.review.info);
    const known = courseOf(signals.best(first, last), first, last);
    if (known || !signals.parts.length) return known;
    try {
      return courseOf(parseCurves(await signals.load(first, last, MOST_BINS)), first, last);
    } catch {
      return null;
    }
  }
}

/** Where an edge that is dragged with Shift goes: the extreme near the pointer, the pointer's frame where none is. */
export function draggedTo(review, edge, frame) {
  const reach = reachOf(review.info.fps);
  const part = review.legend.signals.best(frame - 2 * reach, frame + 2 * reach);
  const course = courseOf(part, frame - 2 * reach, frame + 2 * reach);
  return course ? nearest(course, frame, SIGNS[edge], reach) ?? frame : frame;
}

function key({ onset, apex, offset }) {
  return [onset, apex ?? null, offset].join();
}

export function reachOf(fps) {
  return Math.max(LEAST_REACH, Math.round(REACH_SECONDS * (fps || 30)));
}

function around({ onset, offset }, { fps, frame_count: count }) {
  const beyond = 2 * reachOf(fps);
  return [Math.max(0, onset - beyond), Math.min(count - 1, offset + beyond)];
}

/**
 * One curve of what moved most between two frames, lightly smoothed so that noise makes no peaks.
 * @param {{channels: Map<string, {x?: number[], high: Float32Array}>}|null} part
 * @returns {{frames: number[], raw: number[], values: number[]}|null} values are smoothed; null where there is none, or only minima and maxima of bins
 */
export function courseOf(part, first, last) {
  let best = null;
  for (const [name, { x, high }] of part?.channels ?? []) {
    if (!GROUPS.test(name) || !x) continue;
    const rows = Array.from(x.keys()).filter((i) => x[i] >= first && x[i] <= last && Number.isFinite(high[i]));
    const values = rows.map((i) => high[i]);
    const span = Math.max(...values) - Math.min(...values);
    if (rows.length > 2 && !(best?.span >= span)) best = { span, frames: rows.map((i) => x[i]), values };
  }
  if (!best) return null;
  const { frames, values } = best;
  return { frames, raw: values, values: values.map((value, i) => ((values[i - 1] ?? value) + 2 * value + (values[i + 1] ?? value)) / 4) };
}

/** The frame of the nearest sample within reach that no sample beside it, two to each side, outdoes; null without one. */
export function nearest({ frames, raw, values }, frame, sign, reach) {
  let found = null;
  for (let i = 0; i < frames.length; i++) {
    const away = Math.abs(frames[i] - frame);
    if (away > reach || (found !== null && away >= Math.abs(frames[found] - frame))) continue;
    const beside = [i - 2, i - 1, i + 1, i + 2].map((j) => values[j]);
    // At an end of the curve nothing says that it turns there.
    if (beside.every((value) => value !== undefined && sign * value <= sign * values[i]) && beside.some((value) => value !== values[i])) found = i;
  }
  if (found === null) return null;
  // Smoothing rounds a sharp corner and may move it by a sample: the unsmoothed curve knows its place.
  const sharp = [found, found - 1, found + 1].reduce((best, i) => (sign * raw[i] > sign * raw[best] ? i : best));
  return frames[sharp];
}

/** Bounds with each edge at its extreme where one is near; an order that makes no sense leaves them as they were. */
export function snapped(course, { onset, apex, offset }, reach) {
  const near = (frame, edge) => nearest(course, frame, SIGNS[edge], reach) ?? frame;
  const next = { onset: near(onset, "onset"), apex: apex ?? null, offset: near(offset, "offset") };
  if (next.onset >= next.offset) Object.assign(next, { onset, offset });
  next.apex = apex === null || apex === undefined ? highest(course, next) : near(apex, "apex");
  if (next.apex !== null && (next.apex < next.onset || next.apex > next.offset)) next.apex = apex >= next.onset && apex <= next.offset ? apex : null;
  return next;
}

/** An apex that nobody set: the highest sample inside. */
function highest({ frames, values }, { onset, offset }) {
  let best = null;
  frames.forEach((frame, i) => {
    if (frame >= onset && frame <= offset && (best === null || values[i] > values[best])) best = i;
  });
  return best === null ? null : frames[best];
}

/** "onset 40 → 38, apex 50 → 52". */
export function changes(before, after) {
  const moved = ["onset", "apex", "offset"].filter((edge) => (before[edge] ?? null) !== after[edge]);
  return `Snapped: ${moved.map((edge) => `${edge} ${before[edge] ?? "unknown"} → ${after[edge] ?? "unknown"}`).join(", ")}`;
}
