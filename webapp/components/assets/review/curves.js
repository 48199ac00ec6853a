// Curves for the timeline: a coarse version of the whole video at once, finer ones for the stretch in view.
// Peaks of one frame stay visible because the server sends minimum and maximum of every bin.

import { parseCurves } from "./formats.js";

const COARSE_BINS = 2000;
const SETTLE_MS = 70;
const KEPT = 12;

export class CurveSource {
  /** @param {(first: number, last: number, bins: number, signal: AbortSignal) => Promise<ArrayBuffer>} load */
  constructor(load, frameCount, onchange) {
    Object.assign(this, { load, frameCount, onchange });
    this.parts = [];
    this.channels = [];
    this.problem = null;
    this.timer = null;
    this.controller = null;
  }

  async start() {
    try {
      const whole = parseCurves(await this.load(0, this.frameCount - 1, COARSE_BINS));
      this.channels = [...whole.channels.keys()];
      this.parts = [whole];
      this.header = whole.header;
    } catch (error) {
      this.problem = error;
    }
    this.onchange();
  }

  /** Asks for a finer version of a stretch once the view has settled; an older request is aborted. */
  view(first, last, pixels) {
    clearTimeout(this.timer);
    if (!this.parts.length || this.good(first, last, pixels)) return;
    this.timer = setTimeout(() => this.refine(first, last, pixels), SETTLE_MS);
  }

  good(first, last, pixels) {
    const part = this.best(first, last);
    if (!part) return false;
    const some = part.channels.values().next().value;
    if (!some) return true;
    if (some.x) return true;
    const binsInView = (some.low.length * (last - first + 1)) / (part.last - part.first + 1);
    return binsInView >= Math.min(pixels, last - first + 1) * 0.9;
  }

  async refine(first, last, pixels) {
    this.controller?.abort();
    this.controller = new AbortController();
    const span = last - first + 1;
    const from = Math.max(0, Math.floor(first - span / 2));
    const to = Math.min(this.frameCount - 1, Math.ceil(last + span / 2));
    try {
      const part = parseCurves(await this.load(from, to, Math.ceil(pixels * 2), this.controller.signal));
      this.parts = [this.parts[0], ...this.parts.slice(1).slice(-KEPT), part];
      this.onchange();
    } catch (error) {
      if (error.name !== "AbortError") this.problem = error;
    }
  }

  /** The finest version that covers the stretch. */
  best(first, last) {
    const [from, to] = [Math.max(0, first), Math.min(this.frameCount - 1, last)];
    let found = this.parts[0] ?? null;
    for (const part of this.parts) {
      if (part.first <= from && part.last >= to && part.last - part.first <= found.last - found.first) found = part;
    }
    return found;
  }

  close() {
    clearTimeout(this.timer);
    this.controller?.abort();
  }
}

/** Value nearest to a frame, for the readout in the legend; null where the channel has none. */
export function valueAt(part, name, frame) {
  const channel = part?.channels.get(name);
  if (!channel || !channel.high.length) return null;
  if (!channel.x) {
    const bin = Math.floor(((frame - part.first) / (part.last - part.first + 1)) * channel.high.length);
    return known(channel.high[Math.min(Math.max(bin, 0), channel.high.length - 1)]);
  }
  let [low, high] = [0, channel.x.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (channel.x[middle] < frame) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && frame - channel.x[low - 1] < channel.x[low] - frame) low -= 1;
  return known(channel.high[low]);
}

function known(value) {
  return Number.isNaN(value) ? null : value;
}
