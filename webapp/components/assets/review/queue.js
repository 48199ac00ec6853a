// The queue: one row per proposal and per interval of one's own, and the counts above it.

import { h } from "./elements.js";
import { timecode } from "./formats.js";
import { boundsOf, statusOf } from "./state.js";
import { SIGNS } from "./stacking.js";

const WORDS = { undecided: "", already: "decided before", accepted: "accepted", adjusted: "adjusted", added: "added", rejected: "rejected", unsure: "unsure" };

/**
 * @param {object[]} items in order
 * @param {{selected: string|null, timestamps: Float64Array, onselect: (id: string) => void}} options
 */
export function renderQueue(element, items, options) {
  const made = (element.rows ??= new Map());
  const kept = new Map();
  const rows = items.map((item) => {
    const { proposal, annotation } = item;
    const old = made.get(item.id);
    if (old?.item === item) return chosenRow(old, item, options, kept); // items never change: another one takes their place
    const signature = [proposal?.id, proposal?.decided_by, proposal?.agreement, annotation?.version, annotation?.verdict, annotation?.reason, item.said, ...Object.values(boundsOf(item))].join(" ");
    const one = old?.signature === signature ? old : { signature, element: row(item, options) };
    one.item = item;
    return chosenRow(one, item, options, kept);
  });
  element.rows = kept;
  if (!rows.length) rows.push(h("p", { class: "empty" }, options.empty));
  arrange(element, rows);
  const selected = kept.get(options.selected)?.element;
  // Scrolling lays out thousands of rows: only for another selection or another list, and with the frame that does so.
  const place = `${options.selected} ${rows.length}`;
  if (place !== element.dataset.place) requestAnimationFrame(() => selected?.scrollIntoView({ block: "nearest" }));
  element.dataset.place = place;
  element.setAttribute("aria-activedescendant", selected?.id ?? "");
}

/** Marks the row of the selected item, and keeps it for the next time. */
function chosenRow(one, { id }, { selected }, kept) {
  const chosen = id === selected;
  if (one.chosen !== chosen) one.element.setAttribute("aria-selected", String(chosen));
  one.chosen = chosen;
  kept.set(id, one);
  return one.element;
}

/** Makes the rows the children, in order; thousands of rows stay where they are while one of them changes. */
function arrange(element, rows) {
  const { arranged } = element;
  if (arranged?.length === rows.length && rows.every((row, i) => row === arranged[i])) return;
  element.arranged = rows;
  const wanted = new Set(rows);
  for (const child of [...element.children]) if (!wanted.has(child)) child.remove();
  let next = element.firstElementChild;
  for (const row of rows) {
    if (row === next) next = next.nextElementSibling;
    else element.insertBefore(row, next);
  }
}

/**
 * Without proposals that a decision in the list covers already: after another sensitivity one interval is one row.
 * @param {string|null} keep an item that stays in any case
 */
export function once(items, keep = null) {
  const decided = new Set(items.filter((item) => item.annotation).map((item) => item.id));
  return items.filter((item) => item.id === keep || statusOf(item) !== "already" || !decided.has(item.proposal.decided_by));
}

function row(item, { timestamps, onselect }) {
  const bounds = boundsOf(item);
  const status = statusOf(item);
  const { proposal, annotation } = item;
  const seconds = timestamps[bounds.offset] - timestamps[bounds.onset];
  const words = item.said ?? (status === "rejected" ? (annotation.reason ?? "rejected") : WORDS[status] || agreementText(proposal));
  const state = h("span", { class: "state", title: annotation?.reason ?? null }, SIGNS[status] ? `${SIGNS[status]} ` : "", words);
  const link = status === "already"
    ? h("a", { href: "#", tabindex: "-1", class: "link", title: "Show the decision that covers it", onclick: (event) => { event.preventDefault(); event.stopPropagation(); onselect(proposal.decided_by); } },
      `= ${proposal.decided_verdict ?? "decided"} before`)
    : state;
  return h("div", {
    class: `row ${status} ${bounds.type}`, role: "option", id: `row-${item.id}`, "aria-label": wordsOf(item, timestamps), "data-id": item.id, "data-status": status,
    onclick: () => onselect(item.id),
  },
  h("span", { class: "type" }, bounds.type), h("span", { class: "when" }, timecode(timestamps[bounds.onset])), h("span", { class: "long" }, `${seconds.toFixed(2)} s`),
  h("span", { class: "score" }, hasScore(proposal) ? Number(proposal.score).toFixed(2) : ""), link);
}

/** How a second run sees a proposal; nothing when none was asked. */
export function agreementText(proposal) {
  if (proposal?.agreement === undefined) return "";
  if (proposal.run) return `only run ${proposal.run}`;
  return proposal.agreement > 0 ? `IoU ${proposal.agreement.toFixed(2)}` : "only this run";
}

function hasScore(proposal) {
  return proposal?.score !== null && proposal?.score !== undefined;
}

export const SELECTED_WORDS = { none: "Nothing is selected" };

/** An item in words: "micro at 00:01.000, 0.33 seconds, score 0.90, undecided". */
export function wordsOf(item, timestamps) {
  const { type, onset, offset } = boundsOf(item);
  const status = statusOf(item);
  const reason = status === "rejected" && item.annotation.reason ? `, ${item.annotation.reason}` : "";
  const score = hasScore(item.proposal) ? `, score ${Number(item.proposal.score).toFixed(2)}` : "";
  return `${type} at ${timecode(timestamps[onset])}, ${(timestamps[offset] - timestamps[onset]).toFixed(2)} seconds${score}, ${item.said ?? (WORDS[status] || status)}${reason}`;
}

/** What an empty list says: everything decided, nothing proposed, or nothing coded yet by who codes blind. */
export function emptyWords(total, blind) {
  if (total) return "Everything here is decided.";
  return `${blind ? "Nothing coded yet" : "No proposals"}. i adds an interval at the playhead, v marks the video reviewed.`;
}

/** "3 undecided of 12" */
export function counts(items) {
  const undecided = items.filter((item) => statusOf(item) === "undecided").length;
  return { undecided, total: items.length, text: items.length ? `${undecided} undecided of ${items.length}` : "no proposals" };
}

/** Which share of the video the reviewed spans cover, 0..1. */
export function reviewedShare(reviewed, frameCount) {
  return reviewed.reduce((sum, [first, last]) => sum + last - first + 1, 0) / frameCount;
}
