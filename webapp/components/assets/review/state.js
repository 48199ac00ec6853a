// What is decided, as a pure function of operations: load, local (before the server knows), confirmed, theirs, rolled back.
// No requests, no drawing, no clock. Frames are 0-based and both ends are included.

/**
 * @typedef {{id: string, proposal: object|null, annotation: object|null, version: number}} Item
 * @typedef {{items: Object<string, Item>, reviewed: number[][], spanVersion: number, history: object[]}} State
 */

export function emptyState() {
  return { items: {}, reviewed: [], history: [] };
}

export function reduce(state, action) {
  switch (action.kind) {
    case "loaded":
      return loaded(state, action.review);
    case "local":
      return local(state, action.operation);
    case "confirmed":
      return confirmed(state, action);
    case "theirs":
      return withAnnotation(forget(state, action.intervalId), action.intervalId, action.annotation, action.annotation?.version ?? action.version ?? 0);
    case "rolled back":
      return rolledBack(state, action.operation);
    case "history":
      return { ...state, history: action.history };
    default:
      throw new Error(`unknown action ${action.kind}`);
  }
}

function loaded(state, review) {
  const items = {};
  for (const proposal of review.proposals) {
    items[proposal.interval_id] = { id: proposal.interval_id, proposal, annotation: null, version: 0 };
  }
  for (const annotation of review.annotations) {
    const known = items[annotation.id];
    items[annotation.id] = { id: annotation.id, proposal: known?.proposal ?? null, annotation, version: annotation.version };
  }
  for (const [id, version] of Object.entries(review.versions ?? {})) if (items[id]) items[id].version = version;
  return { ...state, items, reviewed: merged(review.reviewed) };
}

function local(state, operation) {
  const entry = { operation, before: snapshot(state, operation) };
  const history = operation.verb === "undo" ? without(state.history, operation.undoes) : [...state.history, entry].slice(-200);
  if (operation.verb === "review_span") return { ...state, history, reviewed: merged([...state.reviewed, span(operation)]) };
  if (operation.verb === "unreview_span") return { ...state, history, reviewed: removed(state.reviewed, span(operation)) };
  const annotation = operation.after && { ...operation.after, id: operation.interval_id, proposal_id: operation.proposal_id };
  return withAnnotation({ ...state, history }, operation.interval_id, annotation, operation.base_version + 1);
}

/** What an operation is about to change, as it stands. */
export function snapshot(state, operation) {
  if (isSpan(operation)) return { reviewed: state.reviewed };
  const item = state.items[operation.interval_id];
  return { annotation: item?.annotation ?? null, version: item?.version ?? 0 };
}

/** The server's row counts, unless a later local change of the same interval is already on screen. */
function confirmed(state, { operation, annotation, version, newerWaiting, shift = 0 }) {
  if (isSpan(operation) || !operation.interval_id) return state;
  if (newerWaiting) return shifted(state, operation.interval_id, shift);
  return withAnnotation(state, operation.interval_id, annotation ?? null, version ?? annotation?.version ?? operation.base_version + 1);
}

/** The row had a version that we could not know (it was deleted before): later changes of ours build on the true one. */
function shifted(state, id, shift) {
  const item = state.items[id];
  return shift && item ? { ...state, items: { ...state.items, [id]: { ...item, version: item.version + shift } } } : state;
}

function rolledBack(state, operation) {
  const entry = state.history.find((candidate) => candidate.operation.id === operation.id);
  const before = entry?.before ?? operation.restore;
  const history = without(state.history, operation.id);
  if (!before) return { ...state, history };
  if (before.reviewed) return { ...state, history, reviewed: before.reviewed };
  return withAnnotation({ ...state, history }, operation.interval_id, before.annotation, before.version);
}

function withAnnotation(state, id, annotation, version) {
  const item = state.items[id] ?? { id, proposal: null };
  const items = { ...state.items, [id]: { ...item, annotation: annotation ? { ...annotation, version } : null, version } };
  // A decision that is gone no longer covers the proposals of a later run.
  if (!annotation) {
    for (const other of Object.values(items)) {
      if (other.proposal?.decided_by === id) items[other.id] = { ...other, proposal: { ...other.proposal, decided_by: null, decided_verdict: null } };
    }
  }
  return { ...state, items };
}

function without(history, operationId) {
  return history.filter((entry) => entry.operation.id !== operationId);
}

function forget(state, intervalId) {
  return { ...state, history: state.history.filter((entry) => entry.operation.interval_id !== intervalId) };
}

export function isSpan(operation) {
  return operation.verb === "review_span" || operation.verb === "unreview_span";
}

function span(operation) {
  return [operation.after.first, operation.after.last];
}

/** Sorted, without overlaps; neighbours that touch become one. */
export function merged(spans) {
  const result = [];
  for (const [first, last] of [...spans].sort((a, b) => a[0] - b[0])) {
    const previous = result.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else result.push([first, last]);
  }
  return result;
}

export function removed(spans, [first, last]) {
  return spans.flatMap(([a, b]) => {
    if (b < first || a > last) return [[a, b]];
    return [[a, first - 1], [last + 1, b]].filter(([c, d]) => c <= d && c >= a && d <= b);
  });
}

/** "undecided", "already" (an earlier decision covers it) or the verdict. */
export function statusOf(item) {
  if (item.annotation) return item.annotation.verdict;
  const by = item.proposal?.decided_by;
  return by && by !== item.id ? "already" : "undecided";
}

/** The frames of an item as they stand: the decision if there is one, else the proposal. */
export function boundsOf(item) {
  const { onset, apex, offset, type } = item.annotation ?? item.proposal;
  return { onset, apex: apex ?? null, offset, type };
}

/** Items that exist: proposals, and intervals of one's own that are not deleted. */
export function listed(state, { sort = "time", undecidedOnly = false, keep = null } = {}) {
  const items = Object.values(state.items).filter((item) => item.proposal || item.annotation);
  const shown = undecidedOnly ? items.filter((item) => statusOf(item) === "undecided" || item.id === keep) : items;
  const byTime = (a, b) => boundsOf(a).onset - boundsOf(b).onset || (a.id < b.id ? -1 : 1);
  const byScore = (a, b) => (b.proposal?.score ?? -1) - (a.proposal?.score ?? -1) || byTime(a, b);
  const byDoubt = (a, b) => (a.proposal?.score ?? Infinity) - (b.proposal?.score ?? Infinity) || byTime(a, b);
  return shown.sort({ time: byTime, score: byScore, doubt: byDoubt }[sort] ?? byTime);
}

/** The item to look at after `id`: the next undecided one, going round once. */
export function nextUndecided(list, id) {
  const at = list.findIndex((item) => item.id === id);
  const round = [...list.slice(at + 1), ...list.slice(0, Math.max(at, 0))];
  return round.find((item) => statusOf(item) === "undecided") ?? null;
}
