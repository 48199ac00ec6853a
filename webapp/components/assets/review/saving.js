// Between the decisions on screen and the server: completes operations, applies them at once, settles what went wrong.

import { uuid } from "./formats.js";
import { Outbox } from "./outbox.js";
import { readStored } from "./place.js";
import { NO_SCHEME } from "./scheme.js";
import { emptyState, reduce, snapshot } from "./state.js";

// The page around the surface catches up when the hand rests: its rerun takes the server's time from the next decision.
const NOTIFY_MS = 1500;
const NOTIFY_AT_LEAST_MS = 10000;
const HISTORY_KEPT = 60;

export class Saving {
  /** @param {import("./review.js").Review} surface */
  constructor(surface, review) {
    this.surface = surface;
    const { data } = surface;
    this.author = review.annotator?.id ?? data.annotator;
    this.historyKey = `glint.history.${data.video}.${this.author}`;
    this.codesKey = `glint.codes.${data.video}.${this.author}`;
    this.state = reduce(emptyState(), { kind: "history", ...stored(this.historyKey) });
    const previous = sessionStorage.getItem("glint.session");
    this.session = uuid();
    sessionStorage.setItem("glint.session", this.session);
    this.outbox = new Outbox({
      post: (operation) => this.post(operation), storage: localStorage, session: this.session, previous, author: this.author, videoId: data.video,
      on: (event, detail) => this.event(event, detail),
    });
    this.load(review);
    this.leave = (event) => this.leaving(event);
    this.online = () => this.outbox.flush();
    this.gone = () => this.outbox.leave();
    window.addEventListener("pagehide", this.gone);
    window.addEventListener("beforeunload", this.leave);
    window.addEventListener("online", this.online);
    const foreign = this.outbox.foreign();
    if (foreign) surface.say(`${foreign} unsent decision${foreign === 1 ? "" : "s"} of another annotator wait in this browser until that person is back.`);
    this.outbox.flush();
    this.showCount();
  }

  post({ restore, reviewed, ...operation }) {
    return this.surface.api.post("/api/operations", operation);
  }

  /** The server's state, with what it does not know yet applied on top. */
  load(review) {
    this.run = review.run ?? null;
    this.blind = review.blind ?? false;
    this.scheme = review.scheme ?? NO_SCHEME;
    this.otherRuns = review.other_runs ?? [];
    this.state = reduce(this.state, { kind: "loaded", review });
    this.show(this.outbox.waiting());
    for (const [id, fields] of Object.entries(readStored(this.codesKey))) this.state = reduce(this.state, { kind: "pending", id, fields });
  }

  /** Puts operations that the server does not know yet on screen; they were made before, so undo does not reach them. */
  show(operations) {
    const { history, undone } = this.state;
    for (const operation of operations) {
      const item = this.state.items[operation.interval_id];
      // An operation whose answer was lost is already in the server's state; sending it again is harmless.
      if (operation.interval_id && item && item.version > operation.base_version) continue;
      this.state = reduce(this.state, { kind: "local", operation });
    }
    this.state = reduce(this.state, { kind: "history", history, undone });
  }

  adopted(operations) {
    this.show(operations.filter((operation) => operation.video_id === this.surface.data.video));
    this.surface.render();
  }

  /** Codes of an item that is not decided yet: kept in this browser until its decision takes them along. */
  pend(id, fields) {
    this.state = reduce(this.state, { kind: "pending", id, fields: { ...this.state.items[id]?.pending, ...fields } });
    this.keepCodes();
  }

  keepCodes() {
    const waiting = Object.values(this.state.items).filter((item) => item.pending);
    const kept = Object.fromEntries(waiting.map((item) => [item.id, item.pending]));
    try {
      if (waiting.length) localStorage.setItem(this.codesKey, JSON.stringify(kept));
      else localStorage.removeItem(this.codesKey);
    } catch {
      this.event("storage full", {});
    }
  }

  submit(partial) {
    const { data } = this.surface;
    const operation = {
      id: uuid(), ...partial, video_id: data.video, annotator_id: this.author, undoes: partial.undoes ?? null, client_time: new Date().toISOString(),
      model_version_id: this.run?.model_version_id ?? data.model_version ?? null, session: this.session,
    };
    this.surface.tell("submitting", operation);
    operation.restore = snapshot(this.state, operation);
    const coded = this.state.items[operation.interval_id]?.pending;
    this.state = reduce(this.state, { kind: "local", operation });
    this.keepHistory();
    this.outbox.add(operation);
    if (coded) this.keepCodes();
  }

  keepHistory() {
    try {
      sessionStorage.setItem(this.historyKey, JSON.stringify({ history: this.state.history.slice(-HISTORY_KEPT), undone: this.state.undone.slice(-HISTORY_KEPT) }));
    } catch {
      // Undo after a reload is a comfort; the decisions themselves are in the outbox and on the server.
    }
  }

  event(name, detail) {
    if (name === "confirmed") this.confirmed(detail);
    else if (name === "adopted") this.adopted(detail.operations);
    else if (name === "conflict") this.conflict(detail.entry);
    else if (name === "refused") this.surface.say(`Not saved: ${detail.message}`);
    else if (name === "storage full") this.surface.say("This browser's storage is full: do not close the page before everything is saved.");
    this.showCount(name === "waiting" ? detail.error : null);
  }

  confirmed({ operation, result }) {
    const newerWaiting = this.outbox.waiting().some((other) => other.interval_id === operation.interval_id);
    const shift = result.status === "applied" && operation.interval_id ? result.version - (operation.base_version + 1) : 0;
    if (shift) this.outbox.rebase(operation.interval_id, shift);
    if (operation.video_id === this.surface.data.video) {
      this.state = reduce(this.state, { kind: "confirmed", operation, annotation: result.annotation, version: result.version, newerWaiting, shift });
      this.surface.render();
    }
    this.changed();
  }

  /** Lets the rest of the page catch up: soon after the last decision, and every ten seconds while they go on. */
  changed() {
    const now = performance.now();
    this.notifySince ??= now;
    clearTimeout(this.notifyTimer);
    this.notifyTimer = setTimeout(() => {
      this.notifySince = null;
      this.surface.notify("changed", Date.now());
    }, Math.min(NOTIFY_MS, Math.max(0, this.notifySince + NOTIFY_AT_LEAST_MS - now)));
  }

  showCount(error = null) {
    const { view } = this.surface;
    const waiting = this.outbox?.unconfirmed ?? 0;
    const problems = this.outbox?.refused.length ?? 0;
    view.root.dataset.unconfirmed = String(waiting);
    view.root.dataset.problems = String(problems);
    view.unsent.hidden = waiting === 0;
    view.unsent.textContent = problems ? `${problems} not saved` : `${waiting} unconfirmed`;
    view.unsent.title = error?.message ?? "";
    view.saved.hidden = waiting > 0;
  }

  showProblems() {
    const entries = this.outbox.refused;
    if (!entries.length) {
      this.outbox.flush();
      return this.surface.say("Waiting for the server; everything unsent is kept in this browser.");
    }
    return this.surface.dialogs.refused(entries, {
      retry: (entry) => this.outbox.retry(entry), discard: (entry) => this.discard(entry), settle: (entry) => this.conflict(entry),
    });
  }

  /** Takes a refused decision and what was built on it back, in reverse order. */
  discard(entry) {
    const { interval_id: interval } = entry.operation;
    const gone = interval ? this.outbox.entries.filter((other) => other.operation.interval_id === interval) : [entry];
    for (const other of [...gone].reverse()) {
      this.state = reduce(this.state, { kind: "rolled back", operation: other.operation });
      this.outbox.drop(other);
    }
    this.keepHistory();
    this.surface.render();
  }

  conflict(entry) {
    const { operation, problem } = entry;
    const interval = operation.interval_id;
    if (!interval) {
      this.surface.say(`Not saved: ${problem.message}`);
      return this.discard(entry);
    }
    // What was wanted last for this interval; after a reload the screen may already show the other version.
    const mine = this.outbox.entries.filter((other) => other.operation.interval_id === interval).at(-1)?.operation.after ?? null;
    const { theirs } = problem;
    const version = theirs?.version ?? problem.version ?? 0;
    const settle = () => {
      this.outbox.dropInterval(interval);
      this.state = reduce(this.state, { kind: "theirs", intervalId: interval, annotation: theirs, version });
      this.keepHistory();
    };
    const apply = () => {
      settle();
      const verb = VERBS[mine?.verdict] ?? "edit";
      const { version: _, id, updated_at, annotator_name, ...after } = mine ?? {};
      this.submit(mine ? { verb: operation.verb === "edit" ? "edit" : verb, interval_id: interval, proposal_id: operation.proposal_id, base_version: version, after }
        : { verb: "delete", interval_id: interval, proposal_id: operation.proposal_id, base_version: version, after: null });
      this.surface.render();
      this.outbox.flush();
    };
    return this.surface.dialogs.conflict({
      mine, theirs,
      keepTheirs: () => { settle(); this.surface.render(); this.outbox.flush(); },
      applyMine: mine || (theirs && operation.verb === "delete") ? apply : null,
    });
  }

  leaving(event) {
    this.surface.actions.flush();
    if (!this.outbox.unconfirmed) return;
    event.preventDefault();
    event.returnValue = "";
  }

  close() {
    clearTimeout(this.notifyTimer);
    window.removeEventListener("beforeunload", this.leave);
    window.removeEventListener("online", this.online);
    window.removeEventListener("pagehide", this.gone);
    this.outbox.close();
  }
}

const VERBS = { accepted: "accept", adjusted: "adjust", rejected: "reject", unsure: "unsure", added: "edit" };

function stored(key) {
  try {
    const { history = [], undone = [] } = JSON.parse(sessionStorage.getItem(key)) ?? {};
    return { history, undone };
  } catch {
    return { history: [], undone: [] };
  }
}
