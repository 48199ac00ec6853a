// What is decided, as a pure function of operations: load, local (before the server knows), confirmed, theirs, rolled back.
// No requests, no drawing, no clock. Frames are 0-based and both ends are included.

/**
 * @typedef {{id: string, proposal: object|null, annotation: object|null, version: number, pending?: object|null}} Item
 *   pending: codes written before the item was decided; they go with its decision
 * @typedef {{items: Object<string, Item>, reviewed: number[][], history: object[], undone: object[]}} State
 *   history, undone: {operation, before} of what can be taken back and of what can be done again, the newest last
 */

export function emptyState() {
  return { items: {}, reviewed: [], history: [], undone: [] };
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
      return { ...state, history: action.history, undone: action.undone ?? [] };
    case "pending":
      return pending(state, action);
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
  const known = { ...state, ...remembered(state, { operation, before: snapshot(state, operation) }) };
  if (operation.reviewed) return { ...known, reviewed: operation.reviewed };
  if (operation.verb === "review_span") return { ...known, reviewed: merged([...state.reviewed, span(operation)]) };
  if (operation.verb === "unreview_span") return { ...known, reviewed: removed(state.reviewed, span(operation)) };
  const annotation = operation.after && { ...operation.after, id: operation.interval_id, proposal_id: operation.proposal_id };
  return withAnnotation(known, operation.interval_id, annotation, operation.base_version + 1);
}

/** What can be undone and redone after an operation. A redo is the undo of an undo; any other operation ends redoing. */
function remembered({ history, undone }, entry) {
  const { verb, undoes } = entry.operation;
  if (verb !== "undo") return { history: [...history, entry].slice(-200), undone: [] };
  if (undone.some((other) => other.operation.id === undoes)) return { history: [...history, entry].slice(-200), undone: without(undone, undoes) };
  const done = history.find((other) => other.operation.id === undoes) ?? null;
  return { history: without(history, undoes), undone: [...undone, { ...entry, done }].slice(-200) };
}

/** Codes of an item that is not decided yet. */
function pending(state, { id, fields }) {
  const item = state.items[id];
  return item && !item.annotation ? { ...state, items: { ...state.items, [id]: { ...item, pending: fields } } } : state;
}

/** What an operation is about to change, as it stands. */
export function snapshot(state, operation) {
  if (isSpan(operation) || operation.reviewed) return { reviewed: state.reviewed };
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
  const entry = [...state.history, ...state.undone].find((candidate) => candidate.operation.id === operation.id);
  const before = entry?.before ?? operation.restore;
  // An undo that the server refused can be tried again.
  const history = entry?.done ? [...state.history, entry.done] : without(state.history, operation.id);
  const known = { ...state, history, undone: without(state.undone, operation.id) };
  if (!before) return known;
  if (before.reviewed) return { ...known, reviewed: before.reviewed };
  return withAnnotation(known, operation.interval_id, before.annotation, before.version);
}

function withAnnotation(state, id, annotation, version) {
  const item = state.items[id] ?? { id, proposal: null };
  const items = { ...state.items, [id]: { ...item, annotation: annotation ? { ...annotation, version } : null, version, pending: annotation ? null : item.pending } };
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
  const others = (entries) => entries.filter((entry) => entry.operation.interval_id !== intervalId);
  return { ...state, history: others(state.history), undone: others(state.undone) };
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

/** Items that exist: proposals, and intervals of one's own that are not deleted. The list is shared: not to be changed. */
export function listed(state, { sort = "time", undecidedOnly = false, keep = null } = {}) {
  const items = ordered(state, sort);
  return undecidedOnly ? items.filter((item) => statusOf(item) === "undecided" || item.id === keep) : items;
}

const orders = new WeakMap();

/** All items in an order; made once per state, because one decision asks for it many times. */
function ordered(state, sort) {
  const made = orders.get(state.items) ?? {};
  if (!made[sort]) {
    const there = Object.values(state.items).filter((item) => item.proposal || item.annotation);
    const keyed = there.map((item) => ({ item, id: item.id, onset: (item.annotation ?? item.proposal).onset, score: item.proposal?.score, agreement: item.proposal?.agreement }));
    made[sort] = keyed.sort(ORDERS[sort] ?? byTime).map(({ item }) => item);
    orders.set(state.items, made);
  }
  return made[sort];
}

const byTime = (a, b) => a.onset - b.onset || (a.id < b.id ? -1 : 1);
const byScore = (a, b) => (b.score ?? -1) - (a.score ?? -1) || byTime(a, b);
const byDoubt = (a, b) => (a.score ?? Infinity) - (b.score ?? Infinity) || byTime(a, b);
// What two runs agree on least comes first; intervals of one's own are no matter of models.
const byDisagreement = (a, b) => (a.agreement ?? 2) - (b.agreement ?? 2) || byScore(a, b);
const ORDERS = { time: byTime, score: byScore, doubt: byDoubt, disagreement: byDisagreement };

/**
 * Codes to copy onto an item: those decided last in this sitting, else those of the nearest coded interval before it.
 * @param {string} id the item that gets them
 * @returns {{action_units: string[], emotion: string}|null} null when nothing else is coded
 */
export function codesBefore(state, id) {
  const coded = (item) => item && item.id !== id && item.annotation && item.annotation.verdict !== "rejected" && (item.annotation.action_units?.length || item.annotation.emotion);
  const lately = state.history.map(({ operation }) => state.items[operation.interval_id]).filter(coded).at(-1);
  const earlier = () => listed(state).filter((item) => coded(item) && boundsOf(item).onset <= boundsOf(state.items[id]).onset).at(-1);
  const from = lately ?? earlier();
  return from ? { action_units: [...(from.annotation.action_units ?? [])], emotion: from.annotation.emotion ?? "" } : null;
}

/** The item to look at after `id`: the next undecided one, going round once. */
export function nextUndecided(list, id) {
  const at = list.findIndex((item) => item.id === id);
  const round = [...list.slice(at + 1), ...list.slice(0, Math.max(at, 0))];
  return round.find((item) => statusOf(item) === "undecided") ?? null;
}
