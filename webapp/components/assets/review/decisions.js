// From a key press to an operation: pure functions that build what is sent to the server. See state.js for its effect.

import { boundsOf } from "./state.js";

const BLANK = { reason: null, action_units: [], emotion: "", confidence: null, note: "" };

/** Everything about a decision that a new operation keeps unless it says otherwise. */
function kept(item) {
  const { action_units, emotion, confidence, note } = item.annotation ?? item.pending ?? BLANK;
  return { ...BLANK, action_units: action_units ?? [], emotion: emotion ?? "", confidence: confidence ?? null, note: note ?? "" };
}

function sameBounds(a, b) {
  return a.onset === b.onset && (a.apex ?? null) === (b.apex ?? null) && a.offset === b.offset && a.type === b.type;
}

function operation(item, verb, after) {
  return { verb, interval_id: item.id, proposal_id: item.annotation?.proposal_id ?? item.proposal?.id ?? null, base_version: item.version, after };
}

/** Accept as it stands; null when the item already carries this decision. */
export function accept(item) {
  const bounds = boundsOf(item);
  const now = item.annotation?.verdict;
  if (now === "added" || now === "adjusted") return null;
  const original = item.proposal ? sameBounds(bounds, boundsOf({ proposal: item.proposal })) : deletable(item) || now !== "unsure";
  const verdict = original ? "accepted" : "adjusted";
  if (now === verdict) return null;
  return operation(item, original ? "accept" : "adjust", { ...kept(item), ...bounds, verdict });
}

export function reject(item, reason) {
  if (item.annotation?.verdict === "rejected" && item.annotation.reason === reason) return null;
  // What was refused is the proposal as the model made it, not a half-made correction.
  const bounds = boundsOf(item.proposal ? { proposal: item.proposal } : item);
  return operation(item, "reject", { ...kept(item), ...bounds, verdict: "rejected", reason });
}

export function unsure(item) {
  if (item.annotation?.verdict === "unsure") return null;
  return operation(item, "unsure", { ...kept(item), ...boundsOf(item), verdict: "unsure" });
}

/** New frames or type. On a proposal this is the decision "adjusted"; on an interval of one's own, an edit. */
export function change(item, bounds) {
  if (sameBounds(bounds, boundsOf(item))) return null;
  const verdict = item.annotation?.verdict;
  if (deletable(item)) return operation(item, "edit", { ...kept(item), ...bounds, verdict: verdict === "accepted" ? "adjusted" : verdict });
  if (verdict === "unsure") return operation(item, "edit", { ...kept(item), ...bounds, verdict });
  return operation(item, "adjust", { ...kept(item), ...bounds, verdict: "adjusted" });
}

/** Action units, emotion, confidence or note of a decided interval. */
export function describe(item, fields) {
  const { type, onset, apex, offset, verdict, reason } = item.annotation;
  const after = { ...kept(item), type, onset, apex: apex ?? null, offset, verdict, reason: reason ?? null, ...fields };
  return operation(item, "edit", after);
}

export function add(id, bounds) {
  return { verb: "add", interval_id: id, proposal_id: null, base_version: 0, after: { ...BLANK, ...bounds, verdict: "added" } };
}

export function remove(item) {
  return operation(item, "delete", null);
}

/** Only what a person added can be deleted; a proposal is rejected instead. */
export function deletable(item) {
  return Boolean(item?.annotation) && !item.proposal && item.annotation.proposal_id == null;
}

/** Takes back the newest operation of the history as a new operation; null when there is none. */
export function undo(state, entry = state.history.at(-1)) {
  if (!entry) return null;
  const done = entry.operation;
  const base = entry.before.reviewed ? 0 : (state.items[done.interval_id]?.version ?? 0);
  const after = entry.before.reviewed ? null : clean(entry.before.annotation);
  const spans = entry.before.reviewed ? { reviewed: entry.before.reviewed } : {};
  return { verb: "undo", interval_id: done.interval_id ?? null, proposal_id: done.proposal_id ?? null, base_version: base, after, undoes: done.id, ...spans };
}

/** Does again what the last undo took back, as the undo of that undo; null when there is none. */
export function redo(state) {
  return state.undone.length ? undo(state, state.undone.at(-1)) : null;
}

function clean(annotation) {
  if (!annotation) return null;
  const { type, onset, apex, offset, verdict } = annotation;
  return { ...kept({ annotation }), type, onset, apex: apex ?? null, offset, verdict, reason: annotation.reason ?? null };
}

/**
 * Bounds after one edge was moved to `frame`: the moved edge wins, the others give way, nothing leaves the video.
 * @param {{onset: number, apex: number|null, offset: number}} bounds
 */
export function moved(bounds, edge, frame, frameCount) {
  const at = Math.min(Math.max(Math.round(frame), 0), frameCount - 1);
  const result = { ...bounds, [edge]: at };
  if (edge === "onset") result.offset = Math.max(result.offset, at);
  if (edge === "offset") result.onset = Math.min(result.onset, at);
  if (edge === "apex") {
    result.onset = Math.min(result.onset, at);
    result.offset = Math.max(result.offset, at);
  } else if (result.apex !== null && result.apex !== undefined) {
    result.apex = Math.min(Math.max(result.apex, result.onset), result.offset);
  }
  return result;
}

/** Bounds of a missed interval that starts at the playhead: 0.4 s, to be corrected with the same keys as any other. */
export function missed(frame, timestamps) {
  const last = timestamps.length - 1;
  const until = (seconds) => {
    let at = frame;
    while (at < last && timestamps[at + 1] <= timestamps[frame] + seconds + 1e-6) at += 1;
    return at;
  };
  return { type: "micro", onset: frame, apex: until(0.2), offset: until(0.4) };
}

/** micro up to 0.5 s between the two timestamps, as everywhere in Glint. */
export function typeByDuration(onset, offset, timestamps) {
  return timestamps[offset] - timestamps[onset] <= 0.5 + 1e-4 ? "micro" : "macro";
}
