// Which packs to hold, which frames to decode: a bounded cache of bitmaps around the frame that is wanted.
// It never decides what is drawn; the player asks for exactly one frame and gets that one or nothing.

import { jpegOf, parsePack } from "./formats.js";

const PARALLEL_FETCHES = 3;
const PARALLEL_DECODES = 3;
const BITMAP_BYTES = 300e6;
const PACK_BYTES = 96e6;
const AHEAD = 40;
const BEHIND = 10;
const RANGE_PACKS = 6;

export class FrameStore {
  /**
   * @param {(index: number, width: string, ahead: boolean, signal: AbortSignal) => Promise<ArrayBuffer>} load
   * @param {{frameCount: number, packFrames: number, present: Uint8Array|null}} table
   */
  constructor(load, { frameCount, packFrames, present }) {
    Object.assign(this, { load, frameCount, packFrames, present });
    this.width = "960";
    this.packs = new Map(); // key -> parsed pack, in order of use
    this.bitmaps = new Map(); // key -> ImageBitmap, in order of use
    this.loading = new Map(); // key -> AbortController
    this.decoding = new Set();
    this.failed = new Map(); // key of a pack -> {until, times}: not asked again before that time
    this.broken = new Set(); // frames whose picture cannot be decoded
    this.wanted = 0;
    this.direction = 1;
    this.ranges = [];
    this.kept = []; // frames that stay decoded wherever the playhead is
    this.soon = []; // frames that one key away will be wanted
    this.onbitmap = () => {};
    this.onerror = () => {};
    this.closed = false;
  }

  isPresent(frame) {
    return !this.present || this.present[frame] !== 0;
  }

  /** The frame under the eye and where it is heading; older wishes that no longer matter are aborted. */
  want(frame, direction = 1) {
    this.wanted = frame;
    this.direction = direction < 0 ? -1 : 1;
    this.pump();
  }

  /**
   * Stretches that will be looked at next, most urgent first: [[first, last], ...].
   * @param {number[]} soon frames one key away, decoded once there is nothing more urgent
   */
  prefetch(ranges, soon = []) {
    this.ranges = ranges;
    this.soon = soon;
    this.pump();
  }

  /** Frames that views beside the picture show: decoded soon, and not given up while they are named here. */
  keep(frames) {
    if (String(frames) === String(this.kept)) return;
    this.kept = [...frames];
    this.pump();
  }

  setWidth(width) {
    if (width === this.width) return;
    this.width = width;
    this.pump();
  }

  /** The bitmap of exactly this frame, the sharpest one there is, or null. */
  get(frame) {
    for (const width of this.width === "full" ? ["full", "960"] : ["960", "full"]) {
      const key = `${width}:${frame}`;
      const bitmap = this.bitmaps.get(key);
      if (bitmap) {
        this.bitmaps.delete(key);
        this.bitmaps.set(key, bitmap);
        return bitmap;
      }
    }
    return null;
  }

  /** Pack indices in the order in which they are needed. */
  plan() {
    const last = Math.floor((this.frameCount - 1) / this.packFrames);
    const here = Math.floor(this.wanted / this.packFrames);
    const inside = this.wanted % this.packFrames;
    const order = [here];
    const pastHalf = this.direction > 0 ? inside >= this.packFrames / 2 : inside < this.packFrames / 2;
    for (const frame of this.kept) if (!this.bitmaps.has(`${this.width}:${frame}`)) order.push(Math.floor(frame / this.packFrames));
    if (pastHalf) order.push(here + this.direction);
    if (this.width !== "full") {
      for (const [first, final] of this.ranges) {
        const start = Math.floor(Math.max(0, first) / this.packFrames);
        const end = Math.min(Math.floor(final / this.packFrames), start + RANGE_PACKS);
        for (let index = start; index <= end; index++) order.push(index);
      }
    }
    return [...new Set(order)].filter((index) => index >= 0 && index <= last);
  }

  pump() {
    if (this.closed) return;
    const order = this.plan();
    const needed = new Set(order.map((index) => `${this.width}:${index}`));
    for (const [key, controller] of this.loading) {
      if (!needed.has(key)) {
        controller.abort();
        this.loading.delete(key);
      }
    }
    for (const index of order) {
      const key = `${this.width}:${index}`;
      if (this.packs.has(key) || this.loading.has(key)) continue;
      if (this.loading.size >= PARALLEL_FETCHES) break;
      if ((this.failed.get(key)?.until ?? 0) > performance.now()) continue;
      this.fetchPack(index, this.width, key);
    }
    this.decodeSome();
  }

  async fetchPack(index, width, key) {
    const controller = new AbortController();
    this.loading.set(key, controller);
    try {
      const pack = parsePack(await this.load(index, width, index !== Math.floor(this.wanted / this.packFrames), controller.signal));
      if (pack.first !== index * this.packFrames) {
        throw new Error(`asked for the pack of frame ${index * this.packFrames}, got the one of frame ${pack.first}`);
      }
      this.packs.set(key, pack);
      this.failed.delete(key);
      this.evictPacks(key);
    } catch (error) {
      if (error.name !== "AbortError") {
        const times = (this.failed.get(key)?.times ?? 0) + 1;
        const wait = Math.min((error.retryAfter ?? 2 ** (times - 1)) * 1000, 30000);
        this.failed.set(key, { until: performance.now() + wait, times });
        setTimeout(() => this.pump(), wait + 20);
        this.onerror(error);
      }
    } finally {
      if (this.loading.get(key) === controller) this.loading.delete(key);
    }
    this.pump();
  }

  /** Frames worth decoding now: the wanted one, then where the playhead is heading, then a few behind. */
  *decodeOrder() {
    yield this.wanted;
    yield* this.kept;
    const room = this.bitmapRoom();
    for (let step = 1; step <= Math.min(AHEAD, room - BEHIND); step++) yield this.wanted + step * this.direction;
    for (let step = 1; step <= BEHIND; step++) yield this.wanted - step * this.direction;
    yield* this.soon;
  }

  bitmapRoom() {
    const any = this.bitmaps.values().next().value;
    return any ? Math.max(8 + BEHIND, Math.floor(BITMAP_BYTES / (any.width * any.height * 4))) : AHEAD + BEHIND;
  }

  decodeSome() {
    // The frame somebody waits for is decoded alone: others beside it would only take its time.
    if (this.decoding.has(`${this.width}:${this.wanted}`)) return;
    for (const frame of this.decodeOrder()) {
      if (this.decoding.size >= PARALLEL_DECODES && frame !== this.wanted) return;
      if (frame < 0 || frame >= this.frameCount) continue;
      const key = `${this.width}:${frame}`;
      if (this.bitmaps.has(key) || this.decoding.has(key) || this.broken.has(key)) continue;
      const packKey = `${this.width}:${Math.floor(frame / this.packFrames)}`;
      const pack = this.packs.get(packKey);
      const picture = pack?.pictures[frame - pack.first];
      if (!picture) continue;
      this.packs.delete(packKey);
      this.packs.set(packKey, pack);
      this.decode(frame, key, picture);
      if (frame === this.wanted) return;
    }
  }

  async decode(frame, key, picture) {
    this.decoding.add(key);
    try {
      const bitmap = await createImageBitmap(jpegOf(picture));
      if (this.closed) return bitmap.close();
      this.bitmaps.set(key, bitmap);
      this.evictBitmaps();
      this.onbitmap(frame);
    } catch {
      this.broken.add(key);
      this.onerror(new Error(`the picture of frame ${frame} cannot be decoded`));
    } finally {
      this.decoding.delete(key);
    }
    return this.decodeSome();
  }

  evictBitmaps() {
    let bytes = 0;
    for (const bitmap of this.bitmaps.values()) bytes += bitmap.width * bitmap.height * 4;
    for (const [key, bitmap] of this.bitmaps) {
      if (bytes <= BITMAP_BYTES) return;
      const frame = Number(key.split(":")[1]);
      if (frame === this.wanted || this.kept.includes(frame)) continue;
      bytes -= bitmap.width * bitmap.height * 4;
      this.bitmaps.delete(key);
      bitmap.close();
    }
  }

  evictPacks(keep) {
    let bytes = 0;
    for (const pack of this.packs.values()) bytes += pack.bytes;
    for (const [key, pack] of this.packs) {
      if (bytes <= PACK_BYTES || key === keep) return;
      bytes -= pack.bytes;
      this.packs.delete(key);
    }
  }

  close() {
    this.closed = true;
    for (const controller of this.loading.values()) controller.abort();
    for (const bitmap of this.bitmaps.values()) bitmap.close();
    this.bitmaps.clear();
    this.packs.clear();
  }
}
