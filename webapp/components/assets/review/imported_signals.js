// Signals of other programs (CSV, OpenFace): a panel to import, choose and delete them, and their lanes in the timeline.
// Which columns are shown is remembered by name in this browser, so that AU12_r shows in every video that has it.

import { CurveSource } from "./curves.js";
import { h } from "./elements.js";
import { readStored } from "./place.js";

const STORED = "glint.signals";
const COLOURS = ["#7c6fd0", "#c2548b", "#3f8f5f", "#4c8dff", "#a67c52"];
const MOST_SHOWN = 12;
const LISTED = 200;
const PLACES = /^([xyzXYZ]|eye_lmk_[xyzXYZ]|p)_\d+$/; // hundreds of landmarks stand behind what people look for

export class ImportedSignals {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.signals = [];
    this.sources = new Map();
    this.names = new Set(readStored(STORED).names ?? []);
    this.actions = { signals: () => this.open() };
    this.chip = h("button", { type: "button", class: "chip more", tabindex: "-1", title: "Signals of other programs (Shift M)", onclick: () => this.open() }, "+ signals");
  }

  started() {
    this.load();
  }

  chips() {
    return this.chip;
  }

  get base() {
    return `/api/videos/${this.review.data.video}/imported`;
  }

  async load() {
    const { review } = this;
    try {
      this.signals = (await review.api.json(this.base)).signals;
    } catch (error) {
      review.say(`Imported signals: ${error.message}`);
    }
    if (!review.closed) this.refresh();
  }

  /** One source of curves per imported file with the columns that are shown. */
  refresh() {
    const { review } = this;
    for (const source of this.sources.values()) source.close();
    this.sources.clear();
    for (const signal of this.signals) {
      const places = signal.columns.flatMap(([name], place) => (this.names.has(name) ? [place] : [])).slice(0, MOST_SHOWN);
      if (!places.length) continue;
      const load = (first, last, bins, abort) => review.api.bytes(`${this.base}/${signal.id}/curves?columns=${places}&first=${first}&last=${last}&bins=${bins}`, { signal: abort });
      const source = new CurveSource(load, review.info.frame_count, () => review.timeline.changed());
      source.places = places;
      this.sources.set(signal.id, source);
      source.start();
    }
    review.timeline.redraw();
  }

  view(first, last, pixels) {
    for (const source of this.sources.values()) source.view(first, last, pixels);
  }

  /** One lane per unit and file; columns that say no unit share one scale only with their own file. */
  lanes() {
    const lanes = new Map();
    for (const signal of this.signals) {
      const source = this.sources.get(signal.id);
      const whole = source?.parts[0];
      for (const place of whole ? source.places : []) {
        const [name, unit] = signal.columns[place];
        const key = `${signal.id} ${unit}`;
        const [low, high] = reach(whole.channels.get(String(place)));
        const lane = lanes.get(key) ?? { title: name, unit: unit.slice(0, 12), source, channels: [], min: Infinity, max: -Infinity };
        lane.channels.push({ name: String(place), colour: COLOURS[lane.channels.length % COLOURS.length], weight: 1.25 });
        lane.title = lane.channels.length > 1 ? `${lane.channels.length} signals` : name;
        lanes.set(key, Object.assign(lane, { min: Math.min(lane.min, low), max: Math.max(lane.max, high) }));
      }
    }
    return [...lanes.values()];
  }

  open(problem = "") {
    const { review } = this;
    const field = h("input", { type: "file", accept: ".csv,.txt,.tsv", "aria-label": "A file of signals", "data-testid": "signal-file", onchange: (event) => this.add(event.target.files[0]) });
    const body = h("div", { class: "signals" },
      h("p", {}, "A CSV file with a column “frame” or “time” in seconds from the first frame, such as the output of OpenFace; a unit stands in brackets behind the name of a column."),
      field, h("p", { class: "problem", role: "alert", "data-testid": "signal-problem" }, problem),
      ...this.signals.map((signal) => this.section(signal)));
    return review.dialogs.show("signals", "Imported signals", body, [{ text: "Close", id: "close" }]);
  }

  section(signal) {
    const list = h("div", { class: "columns" });
    const sorted = [...signal.columns].sort(([a], [b]) => PLACES.test(a) - PLACES.test(b));
    const find = (wanted) => list.replaceChildren(...sorted.filter(([name]) => name.toLowerCase().includes(wanted)).slice(0, LISTED).map((column) => this.box(column)));
    find("");
    const count = signal.columns.length;
    const more = count > LISTED ? `${count} columns, of which ${LISTED} are listed; find others by name` : `${count} columns`;
    return h("section", { "data-signal": String(signal.id) },
      h("h4", {}, `${signal.title} · ${signal.samples} samples · ${more}`), signal.note ? h("p", { class: "note" }, signal.note) : null,
      h("div", { class: "tools" },
        h("input", { type: "text", placeholder: "find a column", "aria-label": `Find a column of ${signal.title}`, oninput: (event) => find(event.target.value.trim().toLowerCase()) }),
        h("button", { type: "button", "data-testid": "signal-delete", onclick: () => this.remove(signal) }, "Delete")), list);
  }

  box([name, unit]) {
    return h("label", {}, h("input", { type: "checkbox", checked: this.names.has(name), onchange: (event) => this.choose(name, event.target.checked) }), ` ${name}`, unit ? h("small", {}, ` ${unit}`) : null);
  }

  choose(name, shown) {
    if (shown) this.names.add(name);
    else this.names.delete(name);
    localStorage.setItem(STORED, JSON.stringify({ names: [...this.names] }));
    this.refresh();
  }

  async add(file) {
    const { review } = this;
    if (!file) return;
    try {
      const signal = await (await review.api.request(`${this.base}?name=${encodeURIComponent(file.name)}`, { method: "POST", file })).json();
      // Something of a new file is seen at once: what OpenFace measures of the face, else its first column.
      const first = signal.columns.map(([name]) => name);
      if (!first.some((name) => this.names.has(name))) this.names.add(first.find((name) => /^AU\d+_r$/.test(name)) ?? first[0]);
      this.signals.push(signal);
      this.refresh();
      this.open();
    } catch (error) {
      this.open(error.message);
    }
  }

  async remove(signal) {
    const { review } = this;
    try {
      await review.api.request(`${this.base}/${signal.id}`, { method: "DELETE" });
      this.signals = this.signals.filter(({ id }) => id !== signal.id);
      this.refresh();
      this.open();
    } catch (error) {
      this.open(error.message);
    }
  }

  closed() {
    for (const source of this.sources.values()) source.close();
  }
}

/** Lowest and highest value of a channel, [0, 1] where it has none. */
export function reach(channel) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < (channel?.high.length ?? 0); i++) {
    if (channel.low[i] < low) low = channel.low[i];
    if (channel.high[i] > high) high = channel.high[i];
  }
  if (high < low) return [0, 1];
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}
