// Bars of a tier: intervals of one tier that overlap lie in lanes of their own, macro above micro. Pure, no drawing.

import { boundsOf, statusOf } from "./state.js";

/**
 * @typedef {{id: string|null, bounds: {onset: number, offset: number, type: string}, status: string, sign?: string, words?: string, lane?: number}} Bar
 * @typedef {{key: string, title: string, bars: Bar[], lanes: number, macroLanes: number, longest: number}} Tier
 *   bars: by onset, each with its lane; longest: frames of the longest bar
 */

/** @param {Bar[]} bars in any order @returns {Tier} */
export function stack(key, title, bars) {
  const sorted = [...bars].sort((a, b) => a.bounds.onset - b.bounds.onset || b.bounds.offset - a.bounds.offset);
  const ends = { macro: [], micro: [] };
  let longest = 0;
  for (const bar of sorted) {
    const { onset, offset, type } = bar.bounds;
    const lanes = ends[type];
    const free = lanes.findIndex((end) => end < onset);
    bar.lane = free < 0 ? lanes.length : free;
    lanes[bar.lane] = offset;
    longest = Math.max(longest, offset - onset + 1);
  }
  const macroLanes = Math.max(1, ends.macro.length);
  for (const bar of sorted) if (bar.bounds.type !== "macro") bar.lane += macroLanes;
  return { key, title, bars: sorted, macroLanes, lanes: macroLanes + Math.max(1, ends.micro.length), longest };
}

/** The bars that may be seen in [first, last]: as a range [from, to) of tier.bars. */
export function between(tier, first, last) {
  return [place(tier.bars, first - tier.longest), place(tier.bars, last + 1)];
}

function place(bars, onset) {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bars[middle].bounds.onset < onset) low = middle + 1;
    else high = middle;
  }
  return low;
}

const SIGNS = { accepted: "✓", adjusted: "✓", added: "+", rejected: "✕", unsure: "?", already: "=", undecided: "" };
export { SIGNS };

const known = new WeakMap();

/** Proposals and decisions of one's own; made once per list of items, because the timeline asks at every redraw. */
export function ownTiers(items) {
  if (!known.has(items)) {
    const proposals = items.filter((item) => item.proposal).map((item) => ({ id: item.id, bounds: boundsOf({ proposal: item.proposal }), status: statusOf(item) }));
    known.set(items, [stack("proposals", "proposals", proposals), stack("mine", "mine", items.filter((item) => item.annotation).map((item) => decided(item.id, item.annotation)))]);
  }
  return known.get(items);
}

/** The bar of an annotation. */
export function decided(id, annotation) {
  return { id, bounds: boundsOf({ annotation }), status: annotation.verdict, sign: SIGNS[annotation.verdict] };
}
