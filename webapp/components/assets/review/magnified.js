// The selected interval with its movement enlarged: packs that the server computes, drawn for the frame on screen.
// Pictures carry "magnified" in their own pixels; the caption says it again, because the lens may cut the words off.

import { h } from "./elements.js";
import { jpegOf, parsePack } from "./formats.js";
import { boundsOf } from "./state.js";
import { Tile } from "./tiles.js";

const STEPS = [2, 4, 8, 12, 16, 20];
const BITMAP_BYTES = 100e6;
const KEPT_PACKS = 4;
const SETTLE_MS = 500;

export class Magnified {
  /** @param {import("./looking.js").Looking} look */
  constructor(look) {
    this.look = look;
    this.tile = new Tile("magnified", look.lens);
    this.value = h("output", {}, "");
    this.slider = h("input", { type: "range", min: "1", max: "20", step: "1", tabindex: "-1", title: "Magnification (Shift D)", "aria-label": "Magnification",
      oninput: () => this.showFactor(Number(this.slider.value)), onchange: () => this.setFactor(Number(this.slider.value)) });
    this.tile.root.append(h("label", { class: "factor" }, this.slider, this.value));
    this.packs = new Map(); // key -> parsed pack, {problem}, or null while it is on its way; in order of use
    this.bitmaps = new Map(); // row of the pack in use -> ImageBitmap
    this.used = null;
  }

  get tiles() {
    return [this.tile];
  }

  get type() {
    return this.look.review.bounds?.type ?? "micro";
  }

  /** A micro-expression needs more than a macro; each keeps its own factor. */
  get factor() {
    return this.look.options.factors[this.type];
  }

  setFactor(factor) {
    this.look.setOptions({ factors: { ...this.look.options.factors, [this.type]: factor } });
    this.rest(0);
  }

  nextFactor() {
    this.setFactor(STEPS.find((step) => step > this.factor) ?? STEPS[0]);
  }

  showFactor(factor) {
    this.slider.value = String(factor);
    this.value.textContent = `${factor}×`;
    this.look.review.view.looks.querySelector('[data-action="look-magnified"]').textContent = `×${factor}`;
  }

  query(bounds) {
    return { onset: bounds.onset, offset: bounds.offset, factor: this.look.options.factors[bounds.type] };
  }

  /** The interval may be another one now, or have other edges: ask for its pack once the hand rests. */
  rest(wait = SETTLE_MS) {
    const { bounds } = this.look.review;
    this.showFactor(this.factor);
    clearTimeout(this.waiting);
    if (!bounds) return this.draw(this.look.review.player.drawn);
    const query = this.query(bounds);
    const key = JSON.stringify(query);
    if (key !== this.key) {
      this.key = key;
      this.ahead?.abort(); // what is wanted now goes before what might be wanted next
      this.forget();
    }
    if (!this.packs.has(key)) this.waiting = setTimeout(() => this.fetch(query), this.edited() ? wait : 0);
    return this.draw(this.look.review.player.drawn);
  }

  edited() {
    return this.look.review.draft !== null;
  }

  async fetch(query, ahead = false) {
    const key = JSON.stringify(query);
    if (this.packs.has(key)) return;
    this.packs.set(key, null);
    if (ahead) this.ahead = new AbortController();
    try {
      const options = ahead ? { signal: this.ahead.signal } : {};
      const pack = parsePack(await this.look.fetch("magnified", ahead ? { ...query, ahead: 1 } : query, options));
      this.packs.set(key, pack);
      this.evict();
      if (!ahead) this.fetchNext();
    } catch (error) {
      this.packs.delete(key);
      if (ahead && key === this.key) this.fetch(query); // it was given up ahead of time, and is wanted now
      else if (!ahead && error.retryAfter) this.again = setTimeout(() => this.key === key && this.fetch(query), error.retryAfter * 1000);
      else if (!ahead) this.packs.set(key, { problem: error.message });
    }
    if (key === this.key) this.draw(this.look.review.player.drawn);
  }

  /** The next interval of the queue, computed while this one is looked at. */
  fetchNext() {
    const { list, selected } = this.look.review;
    const next = list[list.findIndex((item) => item.id === selected) + 1];
    if (next && this.look.isOn("magnified")) this.fetch(this.query(boundsOf(next)), true);
  }

  evict() {
    for (const key of this.packs.keys()) {
      if (this.packs.size <= KEPT_PACKS) return;
      if (key !== this.key) this.packs.delete(key);
    }
  }

  /** Once before the browser paints: the frame itself, which a key waits for, is drawn first. */
  draw(frame) {
    cancelAnimationFrame(this.queued);
    this.queued = requestAnimationFrame(() => this.paint(frame));
  }

  paint(frame) {
    const { tile } = this;
    const pack = this.packs.get(this.key);
    if (!this.look.review.bounds) return this.words("Nothing is selected to magnify.");
    if (!pack) return this.words(`computing ${this.factor}× …`);
    if (pack.problem) return this.words(pack.problem);
    const row = Math.floor((frame - pack.first) / pack.header.step);
    if (row < 0 || row >= pack.count) return this.words(`Frame ${frame} lies outside the magnified stretch ${pack.first}–${pack.header.frames.at(-1).frame}.`);
    const about = pack.header.frames[row];
    if (!about.present) return this.words(`No face was measured in frame ${about.frame}.`);
    this.decode(pack, row);
    const bitmap = this.bitmaps.get(row);
    tile.root.dataset.waiting = String(!bitmap);
    if (!bitmap) return undefined;
    tile.square(bitmap);
    tile.root.dataset.frame = String(about.frame);
    const { factor } = pack.header;
    return tile.say(factor === 1 ? `not magnified (1×) · ${about.frame}` : `magnified ${factor}×${about.limited ? ", large movements less" : ""} · ${about.frame}`, "magnified");
  }

  words(text) {
    this.tile.message(text);
    this.tile.root.dataset.frame = "";
    this.tile.say(`magnified ${this.factor}×`, "magnified");
  }

  /** Decodes what will be shown next, one after the other; far frames give way when there are too many. */
  async decode(pack, row) {
    this.row = row;
    if (this.used !== pack) {
      this.forget();
      this.used = pack;
    }
    if (this.decoding) return;
    this.decoding = true;
    const most = Math.max(8, Math.floor(BITMAP_BYTES / (pack.width * pack.height * 4)));
    for (let next = this.nextRow(pack, most); next !== null && this.used === pack; next = this.nextRow(pack, most)) {
      const bitmap = await createImageBitmap(jpegOf(pack.pictures[next])).catch(() => null);
      if (this.used !== pack) bitmap?.close();
      else if (bitmap) this.keep(next, bitmap, pack.count, most);
      else pack.pictures[next] = null; // cannot be decoded: not tried again
      if (this.used === pack && next === this.row) this.draw(this.look.review.player.drawn);
    }
    this.decoding = false;
    if (this.used && this.used !== pack) this.decode(this.used, this.row);
  }

  /** Loops go round, so rows just before the beginning are far ahead. */
  nextRow(pack, most) {
    for (let step = 0; step < Math.min(pack.count, most); step++) {
      const row = (this.row + step) % pack.count;
      if (!this.bitmaps.has(row) && pack.pictures[row]) return row;
    }
    return null;
  }

  keep(row, bitmap, count, most) {
    this.bitmaps.set(row, bitmap);
    if (this.bitmaps.size <= most) return;
    const ahead = (other) => (other - this.row + count) % count;
    const far = [...this.bitmaps.keys()].reduce((a, b) => (ahead(a) > ahead(b) ? a : b));
    this.bitmaps.get(far).close();
    this.bitmaps.delete(far);
  }

  forget() {
    this.bitmaps.forEach((bitmap) => bitmap.close());
    this.bitmaps.clear();
    this.used = null;
  }

  outdated() {
    this.packs.clear();
    this.forget();
  }

  hidden() {
    cancelAnimationFrame(this.queued);
    clearTimeout(this.waiting);
    clearTimeout(this.again);
    this.forget();
  }
}
