// The controller: one video under review. Holds the parts together; what keys do is in actions.js, saving in saving.js.

import { Actions } from "./actions.js";
import { Adjudicating } from "./adjudicating.js";
import { Clock } from "./clock.js";
import { Dialogs } from "./dialogs.js";
import { BADGES, SPEEDS, skeleton } from "./elements.js";
import { featuresOf } from "./features.js";
import { renderFields } from "./fields.js";
import { timecode } from "./formats.js";
import { FrameStore } from "./frames.js";
import { listen } from "./keyboard.js";
import { Legend } from "./legend.js";
import { opened } from "./opening.js";
import { readStored, Whereabouts } from "./place.js";
import { Player } from "./player.js";
import { Prompts } from "./prompts.js";
import { counts, emptyWords, once, renderQueue, reviewedShare } from "./queue.js";
import { Saving } from "./saving.js";
import { boundsOf, listed, merged, statusOf } from "./state.js";
import { readTheme } from "./theme.js";
import { ownTiers } from "./stacking.js";
import { Timeline } from "./timeline.js";
import { timelineEvents } from "./timeline_events.js";

// What only decoders and curious people read.
const AROUND_SECONDS = 0.5;
const AHEAD_MS = 80;

export class Review {
  /** @param {ShadowRoot|HTMLElement} parent @param {import("./api.js").Api} api */
  constructor(parent, api, data, notify) {
    Object.assign(this, { parent, api, data, notify });
    this.selected = null;
    this.draft = null;
    this.other = null; // a second run that proposals are compared with
    this.suspect = null; // {onset, offset} of the stretch that is asked about
    this.loop = false;
    this.options = { sort: "time", undecidedOnly: false, advance: true, hidden: {}, ...readStored("glint.options") };
    this.actions = new Actions(this);
    this.view = skeleton((action, event) => this.actions.perform(action, event), {
      speed: (value) => this.setSpeed(value),
      brightness: (value) => this.player?.setBrightness(value),
      option: (name, value) => this.setOption(name, value),
      unsent: () => this.saving.showProblems(),
    });
    parent.append(this.view.root);
    this.dialogs = new Dialogs(this.view.layer);
    this.prompts = new Prompts(this.view.prompt);
    this.place = new Whereabouts(this);
    this.features = featuresOf(data).map((Feature) => new Feature(this));
    this.view.sort.value = this.options.sort;
    this.view.undecided.checked = this.options.undecidedOnly;
    this.view.advance.checked = this.options.advance;
    this.theme = readTheme(this.view.root);
    this.fitHeight = () => this.setHeight();
    window.addEventListener("resize", this.fitHeight);
    // Streamlit repaints itself when the system turns dark; the canvases follow once its variables have changed.
    this.pointedAt = -Infinity;
    this.pointed = () => (this.pointedAt = performance.now());
    window.addEventListener("pointerup", this.pointed, true);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => setTimeout(() => { this.theme = readTheme(this.view.root); this.render(); }, 300);
    this.scheme.addEventListener("change", this.recolour);
    this.setHeight();
  }

  async start() {
    const { info, decisions, timestamps, sourceNumber, present } = await opened(this);
    if (this.closed) return;
    Object.assign(this, { info, timestamps, sourceNumber, theme: readTheme(this.view.root) });
    const { video: id } = this.data;
    const pack = (index, width, ahead, signal) => this.api.bytes(`/api/videos/${id}/packs/${index}?width=${width}${ahead ? "&ahead=1" : ""}`, { signal });
    this.store = new FrameStore(pack, { frameCount: info.frame_count, packFrames: info.pack_frames, present });
    this.store.onerror = (error) => this.say(`Frames: ${error.message}`);
    if (info.has_audio) this.audio = new Audio(this.audioUrl());
    this.clock = new Clock(timestamps, this.audio ?? null);
    this.view.mute.disabled = !info.has_audio;
    this.player = new Player(this.view.canvas, this.store, { width: info.width, height: info.height, sourceNumber }, {
      ondraw: () => this.drawn(), onloading: (loading) => this.loading(loading), onbitmap: (frame) => this.tell("bitmap", frame),
    });
    this.makeTimeline(id, decisions.blind);
    this.saving = new (this.data.adjudicate ? Adjudicating : Saving)(this, decisions);
    this.stopKeys = listen(this.view.root, (action, event) => this.actions.perform(action, event), (event) => this.actions.intercept(event), () => this.keys);
    this.tell("started");
    this.place.restore(decisions.place ?? null);
    this.render();
    this.view.root.dataset.ready = "true";
  }

  audioUrl() {
    return new URL(`/api/videos/${this.data.video}/audio?token=${encodeURIComponent(this.api.token)}`, location.origin).href;
  }

  fetchReview() {
    const { video, run, set, adjudicate } = this.data;
    if (adjudicate) return this.api.json(`/api/videos/${video}/adjudication?first=${adjudicate[0]}&second=${adjudicate[1]}`);
    const query = new URLSearchParams(Object.entries({ run, set, other: this.other }).filter(([, value]) => value !== null && value !== undefined));
    return this.api.json(`/api/videos/${video}/review?${query}`);
  }

  makeTimeline(id, blind) {
    const frameCount = this.info.frame_count;
    const { run } = this.data;
    this.legend = new Legend(this.view.legend, {
      run, frameCount, hidden: this.options.hidden, more: this.gather("chips"), without: blind ? "no curves while you code blind" : "no spotting run yet",
      load: (route, first, last, bins, signal) => this.api.bytes(`/api/videos/${id}/${route}?run=${run}&first=${first}&last=${last}&bins=${bins}`, { signal }),
      onchange: () => this.legendChanged(),
      onhide: (hidden) => { this.setOption("hidden", hidden); this.legend.setHidden(hidden); },
    });
    this.timeline = new Timeline(this.view.lanes, frameCount, () => this.scene(), {
      view: (first, last, pixels) => { this.legend.view(first, last, pixels); this.tell("view", first, last, pixels); },
      ...timelineEvents(this),
    });
  }

  legendChanged() {
    this.timeline?.changed();
    this.legend?.showValues(this.player.drawn);
  }

  /** New ids or tokens from the page; a new proposal set is loaded without touching the picture. */
  async update(data) {
    const old = this.data;
    this.data = data;
    this.theme = readTheme(this.view.root);
    this.setHeight();
    if (!this.saving) return;
    if (old.set !== data.set || old.run !== data.run) {
      this.actions.flush();
      const review = await this.fetchReview().catch((error) => this.say(`Proposals: ${error.message}`));
      if (this.closed || !review) return;
      this.saving.load(review);
      if (!this.item) this.selected = null;
      if (old.run !== data.run) {
        [this.legend, this.timeline].forEach((part) => part.close());
        this.makeTimeline(data.video, this.saving.blind);
      }
      // Opened while it was being spotted, and nothing done since: the work begins where it would have begun.
      if (!old.run && !this.selected && this.frame === 0 && !this.clock.playing && this.list.length) this.select(this.list[0].id);
      this.render();
      // After a drag on the page's slider the arrows step frames again; who moved it by keys goes on doing so.
      if (performance.now() - this.pointedAt < 4000) this.view.root.focus({ preventScroll: true });
    }
    this.timeline.redraw();
    this.saving.outbox.flush();
    this.place.save(); // the page may have written an address that knows only its own half of the place
  }

  get state() {
    return this.saving.state;
  }

  get item() {
    const item = this.saving && this.selected ? this.state.items[this.selected] : null;
    return item && (item.proposal || item.annotation) ? item : null;
  }

  get list() {
    const { state, selected } = this;
    const { sort, undecidedOnly } = this.options;
    const asked = [state, selected, sort, undecidedOnly];
    if (!this.listOf?.every((part, i) => part === asked[i])) {
      this.listOf = asked;
      this.listItems = once(listed(state, { sort, undecidedOnly, keep: selected }), selected);
    }
    return this.listItems;
  }

  /** All items by time; sorted once per state, because the timeline asks at every redraw. */
  get all() {
    if (this.allOf !== this.state) {
      this.allOf = this.state;
      this.allItems = listed(this.state);
    }
    return this.allItems;
  }

  /** Frames of the selected item as they are on screen, a correction under way included. */
  get bounds() {
    if (this.draft && this.draft.id === this.selected) return this.draft;
    return this.item ? boundsOf(this.item) : null;
  }

  get frame() {
    return this.player.wanted;
  }

  seek(frame, event = null) {
    if (this.clock.playing) this.pause();
    const direction = frame === this.frame ? 1 : Math.sign(frame - this.frame);
    this.player.show(frame, direction, event?.timeStamp ?? 0);
    this.place.save();
  }

  select(id, { seek = true } = {}) {
    if (id === this.selected && !seek) return;
    this.actions.flush();
    this.selected = id;
    const { bounds } = this;
    if (bounds && seek) {
      this.seek(bounds.onset);
      this.centre();
      if (this.loop) this.clock.range = [bounds.onset, bounds.offset];
    }
    // The decision before goes to the server first: cutting packs ahead keeps both its processors busy.
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.closed || this.prefetch(), AHEAD_MS);
    this.place.save(50);
    this.tell("selectionChanged");
    this.render();
  }

  /** The timeline around the selected interval: it fills about a fifth of the width. */
  centre() {
    const { bounds } = this;
    if (!bounds) return;
    const middle = (bounds.onset + bounds.offset) / 2;
    const half = Math.max((bounds.offset - bounds.onset + 1) * 2.5, (this.info.fps || 30) * 1.5);
    this.timeline.show(middle - half, middle + half);
  }

  prefetch() {
    const { list } = this;
    const at = list.findIndex((item) => item.id === this.selected);
    const around = Math.ceil((this.info.fps || 30) * AROUND_SECONDS);
    const ranges = [list[at], list[at + 1]].filter(Boolean).map((item) => boundsOf(item));
    // Edges and apex of both are one key away.
    const soon = [...ranges].reverse().flatMap(({ onset, apex, offset }) => [onset, apex ?? onset, offset]);
    this.store.prefetch(ranges.map(({ onset, offset }) => [onset - around, Math.min(offset + around, this.info.frame_count - 1)]), soon);
  }

  play() {
    const [first, last] = this.clock.range ?? [0, this.info.frame_count - 1];
    const start = this.frame >= last || this.frame < first ? first : this.frame;
    this.clock.play(start, performance.now());
    this.view.play.textContent = "❚❚";
    const step = () => {
      if (!this.clock.playing || this.closed) return;
      const now = performance.now();
      const { frame, ended } = this.clock.tick(now);
      // A frame that is not decoded yet stops the clock; it is never replaced by another one.
      if (!this.player.offer(frame)) this.clock.hold(frame, now);
      if (ended) this.pause();
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  pause() {
    this.clock.pause();
    this.view.play.textContent = "▶";
    this.place.save();
  }

  setSpeed(speed) {
    this.clock.setSpeed(speed, performance.now());
    this.view.speed.value = String(speed);
    this.view.speed.blur();
  }

  changeSpeed(step) {
    const at = SPEEDS.indexOf(this.clock.speed) + step;
    this.setSpeed(SPEEDS[Math.min(Math.max(at, 0), SPEEDS.length - 1)]);
  }

  setOption(name, value) {
    this.options[name] = value;
    localStorage.setItem("glint.options", JSON.stringify(this.options));
    this.render();
  }

  drawn() {
    const { view, player } = this;
    const frame = player?.drawn ?? -1;
    view.root.dataset.frame = String(frame);
    if (frame < 0) return;
    const missing = !this.store.isPresent(frame);
    const irregular = this.info.variable_rate || this.info.irregular;
    view.frame.textContent = String(frame);
    view.source.textContent = `in file ${this.sourceNumber(frame)}`;
    view.code.textContent = timecode(this.timestamps[frame]);
    view.badge.textContent = missing ? "missing image" : irregular ? "irregular source" : "exact";
    view.badge.title = BADGES[view.badge.textContent];
    view.badge.dataset.kind = missing ? "missing" : irregular ? "irregular" : "exact";
    if (this.clock?.playing) this.timeline?.follow(frame);
    this.timeline?.redraw();
    this.legend?.showValues(frame);
    this.tell("drawn", frame);
  }

  loading(loading) {
    const { root } = this.view;
    const text = loading ? "true" : "false";
    if (root.dataset.loading === text) return;
    root.dataset.loading = text;
    this.view.waiting.textContent = loading ? `loading ${this.player?.wanted ?? ""}` : "";
  }

  scene() {
    const items = this.saving ? this.all : [];
    const { first, last } = this.timeline;
    return {
      theme: this.theme, timestamps: this.timestamps, items, tiers: [...(this.saving?.tiers?.() ?? ownTiers(items)), ...this.gather("tiers")], marks: this.gather("marks")[0] ?? null, reviewed: this.saving ? this.state.reviewed : [],
      selected: this.selected, draft: this.draft, handles: this.bounds, suspect: this.suspect, playhead: this.player?.drawn ?? -1, loading: this.view.root.dataset.loading === "true",
      lanes: [...this.legend.lanes(this.data.thresholds ?? {}, first, last), ...this.gather("lanes", first, last)],
    };
  }

  /** One drawing for all that `act` changes: a decision changes the state, then the selection. */
  together(act) {
    if (this.holding) return act();
    this.holding = true;
    try {
      return act();
    } finally {
      this.holding = false;
      this.render();
    }
  }

  /** Everything that depends on decisions; the picture and the playhead have their own paths. */
  render() {
    if (!this.saving || !this.player || this.closed || this.holding) return;
    const { view, item } = this;
    const list = this.list;
    view.root.dataset.selected = this.selected ?? "";
    view.root.dataset.status = item ? statusOf(item) : "";
    const total = counts(once(this.all));
    view.count.textContent = total.text;
    const empty = this.saving.empty ?? emptyWords(total.total, this.saving.blind);
    renderQueue(view.queue, list, { selected: this.selected, timestamps: this.timestamps, onselect: (id) => this.select(id), empty });
    this.renderBounds();
    const share = reviewedShare(merged(this.state.reviewed), this.info.frame_count);
    view.reviewed.textContent = share >= 1 ? "✓ Reviewed" : share > 0 ? `Reviewed ${Math.floor(share * 100)} %` : "Mark reviewed";
    view.reviewed.dataset.done = String(share >= 1);
    view.loop.dataset.on = String(this.loop);
    view.mute.dataset.on = String(!this.clock.muted && this.info.has_audio);
    this.tell("rendered");
    // Read with the frame: asked for here, the browser would have to work out every style twice.
    this.themed ||= requestAnimationFrame(() => { this.themed = 0; this.theme = readTheme(view.root); });
    this.timeline.redraw();
  }

  /** What follows a handle while it moves. */
  renderBounds() {
    this.tell("boundsChanged");
    renderFields(this.view.fields, this.item, { bounds: this.bounds, timestamps: this.timestamps, onedge: (edge) => this.actions.goTo(edge),
      onchange: (fields) => this.actions.describe(fields), say: (text) => this.say(text), scheme: this.saving.scheme, items: this.all, own: this.ownKeys,
      leave: () => this.view.root.focus({ preventScroll: true }) });
    this.timeline.redraw();
  }

  /** Calls a hook of every feature that has it; features.js lists the hooks. */
  tell(hook, ...details) {
    for (const feature of this.features) feature[hook]?.(...details);
  }

  /** What features add to the timeline, in one list. */
  gather(hook, ...details) {
    return this.features.flatMap((feature) => feature[hook]?.(...details) ?? []);
  }

  say(text) {
    this.view.toast.textContent = text;
    this.view.toast.classList.add("shown");
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => this.view.toast.classList.remove("shown"), 3500);
  }

  /** The whole window below the component's top edge, so that picture, timeline and queue need no scrolling. */
  setHeight() {
    const top = this.view.root.getBoundingClientRect().top + (document.scrollingElement?.scrollTop ?? 0);
    this.view.root.style.height = `${Math.max(480, window.innerHeight - Math.max(0, Math.min(top, 260)) - 10)}px`;
  }

  leave() {
    this.place.stop();
    if (this.saving) this.actions.flush();
  }

  close() {
    this.leave();
    this.closed = true;
    window.removeEventListener("resize", this.fitHeight);
    window.removeEventListener("pointerup", this.pointed, true);
    this.scheme.removeEventListener("change", this.recolour);
    this.stopKeys?.();
    this.tell("closed");
    this.clock?.pause();
    [this.saving, this.player, this.timeline, this.legend, this.store].forEach((part) => part?.close());
    this.view.root.remove();
  }
}
