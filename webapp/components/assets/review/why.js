// Why an interval may be no expression: one sentence that names the rival explanation, and small curves of what moved.
// The rule is the server's (spotcore/signs.py); here it is shown. y shows and hides the curves.

import { h } from "./elements.js";
import { parseCurves } from "./formats.js";
import { readStored } from "./place.js";
import { drawPlots } from "./why_drawing.js";

const STORED = "glint.why";
const SETTLE_MS = 150;
const SELECTED_MS = 40; // after the decision before, which must not wait for this
const KEPT = 60;
const ROOM = 820; // below this height of the window the picture needs the space more, until it is asked for

export class Why {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.actions = { why: () => this.toggle() };
    this.known = new Map();
    this.sentence = h("span", { class: "sentence", "data-testid": "why" });
    this.switch = h("button", { type: "button", tabindex: "-1", "data-action": "why", title: "Curves of what moved (y)", onclick: () => this.toggle() }, "why");
    this.canvas = h("canvas", { role: "img" });
    this.plots = h("div", { class: "plots" }, this.canvas);
    review.view.why.replaceChildren(h("div", { class: "line" }, this.switch, this.sentence), this.plots);
    this.shown = readStored(STORED).shown ?? window.innerHeight >= ROOM;
  }

  started() {
    this.resizer = new ResizeObserver(() => this.draw());
    this.resizer.observe(this.plots);
    this.show();
  }

  toggle() {
    this.shown = !this.shown;
    localStorage.setItem(STORED, JSON.stringify({ shown: this.shown }));
    this.show();
  }

  show() {
    this.switch.dataset.on = String(this.shown);
    this.plots.hidden = !this.shown;
    this.draw();
  }

  get asked() {
    const { bounds, data } = this.review;
    return bounds && data.run ? `${bounds.onset}-${bounds.offset}` : null;
  }

  selectionChanged() {
    this.follow(SELECTED_MS);
  }

  boundsChanged() {
    this.follow(SETTLE_MS);
  }

  follow(wait) {
    const { asked } = this;
    if (asked === this.wanted) return;
    this.wanted = asked;
    clearTimeout(this.timer);
    this.controller?.abort();
    if (!asked || this.known.has(asked)) this.tell();
    else this.timer = setTimeout(() => this.fetch(asked), wait);
  }

  async fetch(asked) {
    const { review } = this;
    const [onset, offset] = asked.split("-");
    const query = new URLSearchParams({ onset, offset, run: review.data.run });
    const base = `/api/videos/${review.data.video}/why`;
    this.controller = new AbortController();
    const { signal } = this.controller;
    try {
      const [said, curves] = await Promise.all([review.api.json(`${base}?${query}`, { signal }), review.api.bytes(`${base}/curves?${query}`, { signal })]);
      this.known.set(asked, { said, curves: parseCurves(curves), onset: Number(onset), offset: Number(offset) });
      if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.known.set(asked, { problem: error.status === 404 ? "not measured: spot the video again" : error.message });
    }
    if (!review.closed) this.tell();
  }

  tell() {
    const found = this.known.get(this.wanted);
    const rivals = found?.said?.rivals ?? [];
    this.sentence.textContent = found?.problem ?? (found ? sentenceOf(found.said) : "");
    this.sentence.dataset.rival = rivals.length ? rivals[0].name : "";
    this.review.view.why.hidden = !this.wanted;
    this.draw();
  }

  drawn() {
    this.draw();
  }

  rendered() {
    this.draw();
  }

  draw() {
    cancelAnimationFrame(this.queued);
    if (!this.shown) return;
    this.queued = requestAnimationFrame(() => {
      const found = this.known.get(this.wanted);
      const said = drawPlots(this.canvas, found?.curves ? found : null, { theme: this.review.theme, playhead: this.review.player?.drawn ?? -1, width: this.plots.clientWidth, height: this.plots.clientHeight });
      this.canvas.setAttribute("aria-label", said);
    });
  }

  closed() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.queued);
    this.controller?.abort();
    this.resizer?.disconnect();
  }
}

/** "blink: eyes close to 31 % of usual for 0.20 s" and what moved most, as the server found it. */
export function sentenceOf({ rivals, moved, lacks = [] }) {
  const why = rivals.length ? rivals.map(({ name, words }) => `${name}: ${words}`).join(" · ") : "no rival explanation found";
  const most = moved ? ` — moves most: ${moved.region.replaceAll("_", " ")}, ${moved.percent.toFixed(1)} % (noise floor ${moved.noise_floor.toFixed(2)} %)` : "";
  const missing = lacks.length ? ` — ${lacks.join(", ")}: not measured in this file; spot the video again` : "";
  return why + most + missing;
}
