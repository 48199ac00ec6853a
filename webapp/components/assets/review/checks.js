// What speaks against an interval as it stands: lengths that do not fit its type, and others of its type in its place.
// Warnings, never refusals: a person may know better. Frames are 0-based, both ends included.

import { typeByDuration } from "./decisions.js";
import { boundsOf } from "./state.js";

/**
 * @param {{onset: number, apex: number|null, offset: number, type: string}} bounds of the interval as it is on screen
 * @param {string} id of the interval itself
 * @param {object[]} items all of the video
 * @param {Float64Array} timestamps seconds
 * @returns {string[]} sentences
 */
export function warningsOf(bounds, id, items, timestamps) {
  const { type, onset, offset } = bounds;
  const seconds = timestamps[offset] - timestamps[onset];
  const found = [];
  if (typeByDuration(onset, offset, timestamps) !== type) {
    found.push(type === "micro" ? `${seconds.toFixed(3)} s is longer than a micro-expression (0.5 s)` : `${seconds.toFixed(3)} s is a micro-expression's length (up to 0.5 s)`);
  }
  const others = items.filter((item) => item.id !== id && counts(item) && overlaps(boundsOf(item), bounds));
  for (const other of others) {
    const taken = boundsOf(other);
    found.push(`overlaps your ${type} at ${taken.onset}–${taken.offset}`);
  }
  return found;
}

/** An interval that stands: what is rejected or undecided takes nobody's place. */
function counts({ annotation }) {
  return Boolean(annotation) && annotation.verdict !== "rejected";
}

function overlaps(a, b) {
  return a.type === b.type && a.onset <= b.offset && b.onset <= a.offset;
}
