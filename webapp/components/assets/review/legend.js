// Which curves are shown, in which lane, and their values at the playhead: the row of chips under the timeline.

import { CurveSource, valueAt } from "./curves.js";
import { h } from "./elements.js";
import { channelStyle } from "./theme.js";

const HIDDEN_AT_FIRST = /(_none|_action|_onset|_offset)$/;
const SHOWN_MOTION = /brow|mouth$|lips/;
// What only the decoder of the training-free detector reads.
const DECODER_ONLY = /(_before|_rise|_length)$/;

// What a value is counted in; every other measurement is in per cent of the inter-ocular distance. `least` is the
// smallest scale of its lane: noise is never blown up to it.
const MOTION = { lane: "motion", unit: "%", words: "per cent of the inter-ocular distance", least: 2 };
const UNITS = {
  head_turn: { lane: "head turn", unit: "°", words: "degrees", least: 5 },
  eye_openness: { lane: "eyes open", unit: "", words: "lid distance over eye width", least: 0.5 },
  mouth_activity: { lane: "mouth", unit: "%/frame", words: "per cent of the inter-ocular distance per frame", least: 1 },
};
const PROBABILITY = { lane: "probability", unit: "", words: "from 0 to 1" };

function measureOf({ lane, name }) {
  return lane === "curves" ? PROBABILITY : (UNITS[name] ?? MOTION);
}

/** A value with its unit; degrees stand close to their number. */
function said(value, { unit }) {
  return `${value.toFixed(2)}${unit && unit !== "°" ? " " : ""}${unit}`;
}

/** Largest value of a channel between two frames. */
function largest(part, name, first, last) {
  const channel = part?.channels.get(name);
  if (!channel) return 0;
  const perBin = (part.last - part.first + 1) / channel.high.length;
  let most = 0;
  for (let i = 0; i < channel.high.length; i++) {
    const frame = channel.x ? channel.x[i] : part.first + i * perBin;
    if (frame >= first - perBin && frame <= last && channel.high[i] > most) most = channel.high[i];
  }
  return most;
}

export class Legend {
  /**
   * @param {HTMLElement} element
   * @param {{load: (route: string, first: number, last: number, bins: number, signal: AbortSignal) => Promise<ArrayBuffer>, run: number|null,
   *   frameCount: number, more: HTMLElement[], hidden: Object<string, boolean>, onchange: () => void, onhide: (hidden: Object<string, boolean>) => void}} options
   */
  constructor(element, options) {
    Object.assign(this, { element, options, channels: [], unfolded: false, touched: new Set() });
    const changed = () => this.build();
    for (const name of ["curves", "signals"]) {
      this[name] = new CurveSource((...place) => options.load(name, ...place), options.frameCount, changed);
      if (options.run) this[name].start();
    }
    this.build();
  }

  view(first, last, pixels) {
    this.curves.view(first, last, pixels);
    this.signals.view(first, last, pixels);
  }

  build() {
    const { options } = this;
    const known = ["curves", "signals"].flatMap((lane) => this[lane].channels.filter((name) => !DECODER_ONLY.test(name)).map((name) => [lane, name]));
    this.channels = known.map(([lane, name], index) => ({ lane, name, ...channelStyle(name, index) }));
    const chips = this.channels.map((channel) => {
      channel.value = h("output");
      return h("button", { type: "button", class: "chip", tabindex: "-1", "data-hidden": String(this.isHidden(channel)), "data-channel": channel.name, title: `Show or hide: ${measureOf(channel).words}`, "aria-pressed": String(!this.isHidden(channel)),
        onclick: () => this.toggle(channel) },
      h("i", { style: `background:${channel.colour}` }), channel.name.replaceAll("_", " "), channel.value);
    });
    const shown = chips.filter((chip, i) => !this.isFolded(this.channels[i]));
    const { problem } = this.curves;
    const note = known.length ? "" : !options.run ? options.without : problem ? `curves: ${problem.message}` : "";
    this.element.replaceChildren(...shown, ...this.fold(chips.length), h("span", { class: "note" }, note), ...options.more);
    options.onchange();
  }

  /** Curves that are not drawn would fill rows that the timeline needs; one that was just hidden stays for a second press. */
  isFolded(channel) {
    return !this.unfolded && this.isHidden(channel) && !this.touched.has(channel.name);
  }

  /** The chip behind which they wait. */
  fold(count) {
    const folded = this.channels.filter((channel) => this.isFolded(channel)).length;
    if (!folded && !this.unfolded) return [];
    const text = this.unfolded ? "fewer" : `${folded} of ${count} curves hidden`;
    return [h("button", { type: "button", class: "chip fold", tabindex: "-1", "aria-expanded": String(this.unfolded), title: "Show the names of the curves that are not drawn",
      onclick: () => { this.unfolded = !this.unfolded; this.build(); } }, text)];
  }

  toggle(channel) {
    this.touched.add(channel.name);
    this.options.onhide({ ...this.options.hidden, [channel.name]: !this.isHidden(channel) });
  }

  setHidden(hidden) {
    this.options.hidden = hidden;
    this.build();
  }

  isHidden({ lane, name }) {
    return this.options.hidden[name] ?? (lane === "signals" ? !SHOWN_MOTION.test(name) : HIDDEN_AT_FIRST.test(name));
  }

  showValues(frame) {
    for (const channel of this.channels) {
      const value = valueAt(this[channel.lane].best(frame, frame), channel.name, frame);
      channel.value.textContent = value === null ? "" : said(value, measureOf(channel));
    }
  }

  /** Probabilities always have their lane; measurements have one per unit while any of its curves is shown. */
  lanes(thresholds, first, last) {
    const shown = this.channels.filter((channel) => !this.isHidden(channel));
    const lanes = [{ title: PROBABILITY.lane, source: this.curves, channels: shown.filter(({ lane }) => lane === "curves"), max: 1, thresholds }];
    const part = this.signals.best(first, last);
    for (const measure of [MOTION, ...Object.values(UNITS)]) {
      const channels = shown.filter((channel) => measureOf(channel) === measure);
      // The scale follows the view, or one big smile would flatten every small movement.
      const max = Math.max(measure.least, ...channels.map(({ name }) => largest(part, name, first, last)));
      if (channels.length) lanes.push({ title: measure.lane, unit: measure.unit, source: this.signals, channels, max, thresholds: {} });
    }
    return lanes;
  }

  close() {
    this.curves.close();
    this.signals.close();
  }
}
