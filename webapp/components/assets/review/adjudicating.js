// Between an adjudication on screen and the server: takes the place of saving.js where a lead decides between two coders.
// What the two say never changes here; a decision is shown at once and sent in its turn, one after the other.

import { uuid } from "./formats.js";
import { NO_SCHEME } from "./scheme.js";
import { stack } from "./stacking.js";
import { merged } from "./state.js";

const SIGN = { agreed: "=", a: "✓", b: "✓", mean: "~", redraw: "✎", neither: "✕" };

const NOTIFY_MS = 1500;

export class Adjudicating {
  /** @param {import("./review.js").Review} surface @param {object} found the answer of the route, see routes/adjudication.py */
  constructor(surface, found) {
    this.surface = surface;
    Object.assign(this, { run: null, blind: false, scheme: NO_SCHEME, otherRuns: [], empty: "Both see nothing here." });
    this.redrawn = new Map(); // item -> frames under way, not decided yet
    this.sent = new Map(); // item -> {choice, after} on its way
    this.outbox = { unconfirmed: 0, refused: [], flush: () => {}, waiting: () => [] };
    this.chain = Promise.resolve();
    this.leave = (event) => { if (this.outbox.unconfirmed) { event.preventDefault(); event.returnValue = ""; } };
    window.addEventListener("beforeunload", this.leave);
    this.load(found);
  }

  get address() {
    return `/api/videos/${this.surface.data.video}/adjudication`;
  }

  load(found) {
    this.found = found;
    this.byId = new Map(found.items.map((item) => [item.id, item]));
    this.show();
  }

  /** The state that queue and timeline read, made anew: every item as it stands with what is on its way. */
  show() {
    const items = Object.fromEntries(this.found.items.map((item) => [item.id, asItem(item, this.found, this.redrawn.get(item.id), this.sent.get(item.id))]));
    this.state = { items, reviewed: merged(this.found.reviewed), history: [], undone: [] };
    this.bars = null;
  }

  /** The two codings and the consensus, whose row carries the handles. */
  tiers() {
    this.bars ??= [
      ...["first", "second"].map((side) => stack(side, this.found[`${side}_name`], this.found.items.filter((item) => item[side])
        .map((item) => ({ id: item.id, bounds: boundsIn(item[side]), status: "undecided" })))),
      stack("mine", "consensus", Object.values(this.state.items).filter((item) => item.stands)
        .map(({ id, stands, annotation }) => ({ id, bounds: stands, status: annotation ? "accepted" : "undecided", sign: annotation ? SIGN[annotation.verdict] : "✎" }))),
    ];
    return this.bars;
  }

  /** A correction by the edge keys, by dragging or of the type: the beginning of a redrawn interval, nothing else can change. */
  submit({ interval_id: id, after }) {
    if (!this.byId.has(id) || after?.onset === undefined) return;
    this.redraw(id, boundsIn(after));
  }

  redraw(id, bounds) {
    if (bounds) this.redrawn.set(id, bounds);
    else this.redrawn.delete(id);
    this.show();
    this.surface.render();
  }

  /** @param {object} item as the server gave it @param {object} ruling choice, reason, note, type, after */
  decide(item, ruling) {
    const version = (side) => item[side]?.version ?? null;
    this.redrawn.delete(item.id);
    this.sent.set(item.id, ruling);
    return this.send({ verb: "decide", first_id: item.first?.id ?? null, second_id: item.second?.id ?? null, first_version: version("first"), second_version: version("second"), ...ruling }, item.id);
  }

  undo() {
    return this.send({ verb: "undo" });
  }

  send(body, id = null) {
    const { surface, found } = this;
    const request = { id: uuid(), first: found.first, second: found.second, ...body };
    this.count(1);
    this.show();
    this.chain = this.chain.then(async () => {
      try {
        this.arrived(await surface.api.post(this.address, request), id, request);
        if (body.verb === "undo") surface.say("Undone.");
      } catch (error) {
        // 409: a coder changed theirs meanwhile; what they say now is looked at before it is decided.
        this.arrived(await surface.api.json(`${this.address}?first=${found.first}&second=${found.second}`).catch(() => this.found), id, request);
        surface.say(`Not saved: ${error.message}`);
      } finally {
        this.count(-1);
        surface.render();
      }
    });
    return this.chain;
  }

  arrived(found, id, { choice, reason }) {
    if (id && this.sent.get(id)?.choice === choice && this.sent.get(id)?.reason === reason) this.sent.delete(id);
    this.load(found);
    // The page around the surface catches up when the hand rests, or at once when nothing is left.
    clearTimeout(this.notifying);
    this.notifying = setTimeout(() => this.surface.notify("changed", Date.now()), found.open ? NOTIFY_MS : 0);
  }

  count(step) {
    const { view } = this.surface;
    this.outbox.unconfirmed += step;
    const waiting = this.outbox.unconfirmed;
    view.root.dataset.unconfirmed = String(waiting);
    view.unsent.hidden = waiting === 0;
    view.unsent.textContent = `${waiting} unconfirmed`;
    view.saved.hidden = waiting > 0;
  }

  pend() {}

  showProblems() {
    this.surface.say("Waiting for the server.");
  }

  close() {
    clearTimeout(this.notifying);
    window.removeEventListener("beforeunload", this.leave);
  }
}

function boundsIn({ onset, apex, offset, type }) {
  return { onset, apex: apex ?? null, offset, type };
}

/**
 * An item as the queue and the edge keys know it: a proposal, and an annotation once it is decided.
 * @returns {object} stands: the frames that the consensus has or is being given; said: where it is, in words
 */
export function asItem(item, names, redrawn, sent) {
  const base = { id: item.id, version: 0 };
  const seen = boundsIn(item.first ?? item.second);
  const choice = sent?.choice ?? (["open", "changed"].includes(item.status) ? null : item.ruling.choice);
  const stands = redrawn ?? standing(item, choice, sent);
  const proposal = { id: item.id, interval_id: item.id, score: null, decided_by: null, ...(redrawn ?? stands ?? seen) };
  if (redrawn) return { ...base, proposal, annotation: null, stands, said: "redrawn: Enter" };
  if (!choice) return { ...base, proposal, annotation: null, stands: null, said: kindWords(item, names) };
  return { ...base, proposal, annotation: { id: item.id, ...(stands ?? seen), verdict: choice, reason: sent?.reason ?? item.ruling.reason, version: 0 }, stands, said: choiceWords(choice, names) };
}

/** What the consensus holds or will hold; a mean on its way stands at its first side until the server has said it. */
function standing(item, choice, sent) {
  if (!sent) return item.consensus && choice ? boundsIn(item.consensus) : null;
  const chosen = { a: item.first, b: item.second, mean: item.first, redraw: sent.after }[choice];
  return chosen ? boundsIn(chosen) : null;
}

export function kindWords({ kind, status }, { first_name: first, second_name: second }) {
  const words = { "only first": `only ${first}`, "only second": `only ${second}`, type: "another type", boundaries: "boundaries", agreed: "alike" }[kind];
  return status === "changed" ? `${words}, changed since` : words;
}

export function choiceWords(choice, { first_name: first, second_name: second }) {
  return { agreed: "agreed", a: first, b: second, mean: "mean", redraw: "redrawn", neither: "neither" }[choice];
}
