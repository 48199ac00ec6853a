// What must be there before a video can be reviewed: its description, its frame table, the decisions so far.

import { loadKeys } from "./keymap_editor.js";

/**
 * @param {import("./review.js").Review} review
 * @returns {Promise<{info: object, decisions: object, timestamps: Float64Array, present: Uint8Array, sourceNumber: (frame: number) => number|bigint}>}
 */
export async function opened(review) {
  const { api } = review;
  const base = `/api/videos/${review.data.video}`;
  const part = (name) => api.bytes(`${base}/${name}`);
  const info = await api.json(base);
  // Two hours at 200 frames a second are 11 MB per column: what follows from the rest does not travel.
  const [decisions, times, sources, present] = await Promise.all([
    review.fetchReview(), part("timestamps"), info.plain_sources ? null : part("sources"), info.missing_frames ? part("present") : null, loadKeys(review),
  ]);
  const numbers = sources && new BigInt64Array(sources);
  return {
    info, decisions, timestamps: new Float64Array(times), sourceNumber: (frame) => numbers?.[frame] ?? frame,
    present: present ? new Uint8Array(present) : new Uint8Array(info.frame_count).fill(1),
  };
}
