// What each key, button and drag does. Decisions are built in decisions.js and handed to saving.js.

import { lastQuestion } from "./blind.js";
import * as decisions from "./decisions.js";
import { uuid } from "./formats.js";
import { reasonLetters } from "./scheme.js";
import { boundsOf, listed, nextUndecided, statusOf } from "./state.js";

const SETTLE_MS = 700;

export class Actions {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.table = {
      accept: () => this.decide(decisions.accept),
      reject: () => this.askReason(),
      unsure: () => this.decide(decisions.unsure),
      type: () => this.changeType(),
      add: () => this.add(decisions.missed(review.frame, review.timestamps)),
      delete: () => this.remove(),
      undo: () => this.undo(),
      redo: () => this.redo(),
      reviewed: () => this.markReviewed(0, review.info.frame_count - 1),
      "reviewed-window": () => this.markReviewed(Math.round(review.timeline.first), Math.round(review.timeline.last)),
      next: () => this.walk(1),
      previous: () => this.walk(-1),
      "next-undecided": () => this.goOn(),
      "step-": (event) => this.step(-1, event),
      "step+": (event) => this.step(1, event),
      "step-10": (event) => this.step(-10, event),
      "step+10": (event) => this.step(10, event),
      jump: () => review.prompts.frame(review.info.frame_count - 1, (frame, event) => this.seekTo(frame, event)),
      play: () => (review.clock.playing ? review.pause() : review.play()),
      loop: () => this.toggleLoop(),
      slower: () => review.changeSpeed(-1),
      faster: () => review.changeSpeed(1),
      mute: () => { review.clock.setMuted(!review.clock.muted, performance.now()); review.render(); },
      fit: () => review.player.fit(),
      zoom: () => review.player.zoom(review.player.view.scale > 7 ? 1 / 8 : 1.6),
      centre: () => review.centre(),
      whole: () => review.timeline.show(0, review.info.frame_count - 1),
      "timeline-in": () => review.timeline.zoom(0.6, review.frame),
      "timeline-out": () => review.timeline.zoom(1 / 0.6, review.frame),
      "timeline-left": () => review.timeline.pan(-0.5),
      "timeline-right": () => review.timeline.pan(0.5),
      help: () => review.dialogs.help(review.ownKeys, { reject: Object.entries(reasonLetters(review.saving.scheme)).map((pair) => pair.join(" ")).join(", ") }, review.gather("helpLines"), review.gather("helpWithout")),
      escape: () => this.escape(),
    };
    for (const edge of ["onset", "apex", "offset"]) {
      this.table[`set-${edge}`] = (event) => this.setEdge(edge, review.frame, event);
      this.table[`${edge}-`] = (event) => this.nudge(edge, -1, event);
      this.table[`${edge}+`] = (event) => this.nudge(edge, 1, event);
      this.table[`go-${edge}`] = (event) => this.goTo(edge, event);
    }
  }

  perform(action, event) {
    if (!this.review.saving) return false;
    // What holds a key down is repeated only for moving, never for deciding.
    if (event?.repeat && !/^(step|onset|apex|offset|timeline|next$|previous$|darker|brighter|look-(left|right|up|down)$)/.test(action)) return true;
    const act = this.table[action] ?? this.review.features.map((feature) => feature.actions?.[action]).find(Boolean);
    act?.(event);
    return Boolean(act);
  }

  intercept(event) {
    const { dialogs, prompts, features } = this.review;
    return dialogs.takes(event) || prompts.takes(event) || features.some((feature) => feature.takes?.(event));
  }

  need() {
    const { review } = this;
    if (review.item) return review.item;
    review.say("Nothing is selected: n goes to the next item, i adds an interval.");
    return null;
  }

  submit(operation) {
    if (operation) this.review.saving.submit(operation);
    this.review.render();
  }

  decide(make) {
    this.flush();
    const item = this.need();
    if (!item) return;
    this.review.together(() => {
      this.submit(make(item));
      this.afterDecision();
    });
  }

  afterDecision() {
    const { review } = this;
    review.prompts.close();
    if (review.options.advance) this.goOn(true);
    review.render();
  }

  /** To the next undecided item. After the last decision the place stays, and says so. */
  goOn(quiet = false) {
    const { review } = this;
    const next = nextUndecided(listed(review.state, { sort: review.options.sort }), review.selected);
    if (next) review.select(next.id);
    else review.say(quiet ? "Everything is decided. v marks the video reviewed." : "No undecided item.");
  }

  walk(step) {
    const { review } = this;
    const { list } = review;
    if (!list.length) return review.say("The queue is empty.");
    const at = list.findIndex((item) => item.id === review.selected);
    const to = at < 0 ? (step > 0 ? 0 : list.length - 1) : at + step;
    if (to < 0 || to >= list.length) return review.say(to < 0 ? "This is the first item." : "This is the last item.");
    return review.select(list[to].id);
  }

  askReason() {
    const item = this.need();
    if (!item) return;
    if (decisions.deletable(item)) this.review.say("An interval of your own is deleted (Del), not rejected.");
    else this.review.prompts.reason(reasonLetters(this.review.saving.scheme), (reason) => this.reject(reason));
  }

  reject(reason) {
    // A correction that was not saved yet is dropped: what is rejected is what the model proposed.
    this.dropDraft();
    const item = this.need();
    this.review.together(() => {
      if (item) this.submit(decisions.reject(item, reason));
      this.afterDecision();
    });
  }

  escape() {
    const { review } = this;
    review.prompts.close();
    if (this.dropDraft()) review.say("Correction dropped.");
    review.render();
  }

  step(frames, event) {
    const { review } = this;
    const to = Math.min(Math.max(review.frame + frames, 0), review.info.frame_count - 1);
    this.seekTo(to, event);
  }

  seekTo(frame, event = null) {
    this.review.seek(frame, event);
    this.review.timeline.follow(frame);
  }

  goTo(edge, event = null) {
    const { bounds } = this.review;
    const frame = bounds?.[edge];
    if (frame === null || frame === undefined) return this.review.say(bounds ? "The apex is not known." : "Nothing is selected.");
    return this.seekTo(frame, event);
  }

  nudge(edge, step, event) {
    const { review } = this;
    if (!this.need()) return;
    const { bounds } = review;
    const from = bounds[edge] ?? Math.round((bounds.onset + bounds.offset) / 2);
    this.setEdge(edge, from + step, event);
  }

  /** Moves one edge; picture and curve follow at once, saving waits until the hand rests. */
  setEdge(edge, frame, event, { save = true, from = null } = {}) {
    const { review } = this;
    if (!this.need()) return;
    this.setBounds(decisions.moved(from ?? review.bounds, edge, frame, review.info.frame_count), edge, event, { save });
  }

  /** Other frames for the selected interval, with the picture on one of its edges. */
  setBounds(next, edge, event, { save = true } = {}) {
    const { review } = this;
    review.draft = { onset: next.onset, apex: next.apex ?? null, offset: next.offset, type: review.bounds.type, id: review.selected };
    this.seekTo(next[edge], event);
    clearTimeout(this.settle);
    if (save) this.settle = setTimeout(() => { this.flush(); review.render(); }, SETTLE_MS);
    if (review.loop) review.clock.range = [next.onset, next.offset];
    review.renderBounds();
  }

  dropDraft() {
    clearTimeout(this.settle);
    const had = this.review.draft !== null;
    this.review.draft = null;
    return had;
  }

  /** Saves a correction under way as one operation. */
  flush() {
    clearTimeout(this.settle);
    const { review } = this;
    const { draft } = review;
    review.draft = null;
    const item = draft && review.state.items[draft.id];
    if (!item) return;
    const { onset, apex, offset, type } = draft;
    const operation = decisions.change(item, { onset, apex, offset, type });
    if (operation) review.saving.submit(operation);
  }

  changeType() {
    this.flush();
    const item = this.need();
    if (!item) return;
    const bounds = boundsOf(item);
    this.submit(decisions.change(item, { ...bounds, type: bounds.type === "micro" ? "macro" : "micro" }));
  }

  add(bounds) {
    const { review } = this;
    if (review.data.adjudicate) return void review.say("Here you decide between two codings; what both missed is added in a coding.");
    this.flush();
    const id = uuid();
    this.submit(decisions.add(id, bounds));
    review.select(id);
    review.say("Added. Correct it with 1 2 3, the brackets, or by dragging.");
  }

  remove() {
    const { review } = this;
    this.dropDraft();
    const item = this.need();
    if (!item) return;
    if (!decisions.deletable(item)) return void review.say("Only intervals of your own can be deleted; a proposal is rejected (r), a decision undone (z).");
    const { list } = review;
    const at = list.findIndex((other) => other.id === item.id);
    this.submit(decisions.remove(item));
    review.select((list[at + 1] ?? list[at - 1])?.id ?? null);
  }

  undo() {
    const { review } = this;
    if (this.dropDraft()) return void review.render();
    return this.takeBack(decisions.undo(review.state), "Undone.", "Nothing to undo.");
  }

  redo() {
    this.flush();
    return this.takeBack(decisions.redo(this.review.state), "Done again.", "Nothing to redo.");
  }

  takeBack(operation, done, nothing) {
    const { review } = this;
    if (!operation) return void review.say(nothing);
    this.submit(operation);
    if (operation.interval_id && review.state.items[operation.interval_id]) review.select(operation.interval_id);
    if (!review.item) review.select(review.list[0]?.id ?? null);
    return review.say(done);
  }

  describe(fields) {
    this.flush();
    const { item, saving } = this.review;
    if (item?.annotation) return this.submit(decisions.describe(item, fields));
    if (item) saving.pend(item.id, fields);
    return this.review.render();
  }

  /** "Nothing else here" is a label too: asked once if proposals are still open, taken back by the same key. */
  markReviewed(first, last) {
    const { review } = this;
    this.flush();
    const count = review.info.frame_count;
    const span = (verb) => ({ verb, interval_id: null, proposal_id: null, base_version: 0, after: { first, last } });
    const whole = review.state.reviewed.some(([a, b]) => a <= first && b >= last);
    if (whole) return this.submit(span("unreview_span"));
    const ending = lastQuestion(review.saving.blind, review.state.reviewed, [first, last], count, review.all.length);
    if (ending) return review.dialogs.ask(...ending, () => this.submit(span("review_span")));
    const open = review.all.filter((item) => statusOf(item) === "undecided" && boundsOf(item).onset <= last && boundsOf(item).offset >= first).length;
    if (!open) return this.submit(span("review_span"));
    const what = last - first + 1 === count ? "the whole video" : `frames ${first} to ${last}`;
    return review.dialogs.ask("Still undecided", `${open} proposal${open === 1 ? " is" : "s are"} undecided in ${what}. Reviewed means: no expression is missing, and what is undecided counts as none.`,
      "Mark reviewed", () => this.submit(span("review_span")));
  }

  toggleLoop() {
    const { review } = this;
    const { bounds } = review;
    if (!review.loop && !bounds) return review.say("Nothing is selected to loop.");
    review.loop = !review.loop;
    review.clock.range = review.loop ? [bounds.onset, bounds.offset] : null;
    if (review.loop) {
      review.pause();
      review.player.show(bounds.onset);
      review.play();
    } else review.pause();
    return review.render();
  }
}
