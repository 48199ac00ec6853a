// The detail timeline: its window on the video, wheel, click, scrub, the draggable onset, apex and offset, and intervals
// dragged as a whole. How it looks is in timeline_drawing.js; what a drag decides is in timeline_events.js.

import { markAt } from "./marks.js";
import { between } from "./stacking.js";
import { LAYOUT, draw, edgesOf, handleX, rows } from "./timeline_drawing.js";

const GRAB = 7;
const SLACK = 3; // pixels beside a bar that still are the bar: one of a single pixel can be hit
const NARROWEST = 2;

export class Timeline {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => object} scene what to draw besides the window: handles, lanes, tiers, theme, ...
   * @param {object} on seek(frame, done), grab(), drag(edge, frame), shift(frames), drop(edge, moved), pick(frame, bar), create(first, last),
   *   view(first, last, pixels)
   */
  constructor(canvas, frameCount, scene, on) {
    Object.assign(this, { canvas, frameCount, scene, on });
    this.context = canvas.getContext("2d", { alpha: false });
    this.first = 0;
    this.last = frameCount - 1;
    this.hot = null;
    this.queued = 0;
    this.gesture = null;
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(canvas.parentElement);
    this.listeners = [
      ["wheel", (event) => this.wheel(event)],
      ["pointerdown", (event) => this.down(event)],
      ["pointermove", (event) => this.move(event)],
      ["pointerup", (event) => this.up(event)],
      ["pointercancel", (event) => this.up(event)],
      ["dblclick", (event) => this.twice(event)],
    ];
    for (const [name, handler] of this.listeners) canvas.addEventListener(name, handler, { passive: false });
    this.resize();
  }

  resize() {
    const box = this.canvas.parentElement;
    const ratio = window.devicePixelRatio || 1;
    this.size = { width: Math.max(LAYOUT.gutter + 50, box.clientWidth), height: Math.max(1, box.clientHeight), ratio };
    this.canvas.width = Math.round(this.size.width * ratio);
    this.canvas.height = Math.round(this.size.height * ratio);
    this.changed();
  }

  get span() {
    return this.size.width - LAYOUT.gutter;
  }

  x = (frame) => LAYOUT.gutter + ((frame - this.first) / (this.last + 1 - this.first)) * this.span;
  frame = (x) => this.first + ((x - LAYOUT.gutter) / this.span) * (this.last + 1 - this.first);

  redraw() {
    this.queued ||= requestAnimationFrame(() => {
      this.queued = 0;
      const scene = this.scene();
      draw(this.context, { ...scene, ...this.size, x: this.x, first: this.first, last: this.last, hot: this.hot, frameCount: this.frameCount });
      const { dataset } = this.canvas;
      dataset.perFrame = String(this.x(1) - this.x(0));
      for (const edge of ["onset", "offset"]) dataset[edge] = scene.handles ? String(handleX(this.x, scene.handles, edge)) : "";
    });
  }

  changed() {
    this.on.view(this.first, this.last, this.span);
    this.redraw();
  }

  /** Shows [first, last], kept inside the video and not closer than a few frames. */
  show(first, last) {
    const span = Math.min(this.frameCount - 1, Math.max(NARROWEST, last - first));
    const start = Math.min(Math.max(0, first - Math.max(0, span - (last - first)) / 2), this.frameCount - 1 - span);
    this.first = start;
    this.last = start + span;
    this.changed();
  }

  zoom(factor, at = (this.first + this.last) / 2) {
    this.show(at - (at - this.first) * factor, at + (this.last - at) * factor);
  }

  pan(share) {
    const step = (this.last - this.first) * share;
    this.show(this.first + step, this.last + step);
  }

  /** Brings a frame into view; a playhead that runs out on the right turns the page. */
  follow(frame) {
    if (this.gesture || (frame >= this.first && frame <= this.last)) return;
    const span = this.last - this.first;
    const start = frame > this.last ? frame - span * 0.1 : frame - span * 0.9;
    this.show(start, start + span);
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  handleAt({ x, y }) {
    const scene = this.scene();
    const { handles } = scene;
    const place = rows(this.size.height, scene);
    if (!handles || y < place.ruler - 2 || y > place.handles) return null;
    let best = null;
    // On the bars the apex gives way: there the middle of an interval is what moves it as a whole.
    for (const edge of edgesOf(handles).filter((one) => one !== "apex" || y < place.tiers[0].top)) {
      const distance = Math.abs(handleX(this.x, handles, edge) - x);
      if (distance <= GRAB && (!best || distance < best.distance)) best = { edge, distance };
    }
    return best?.edge ?? null;
  }

  /** The bar under the pointer, the nearest one where several are; null beside them. */
  barAt({ x, y }) {
    const row = rows(this.size.height, this.scene()).tiers.find(({ top, height }) => y >= top && y < top + height);
    if (!row) return null;
    const { tier, top, height } = row;
    const lane = Math.floor(((y - top) / height) * tier.lanes);
    const reach = Math.ceil((SLACK * (this.last + 1 - this.first)) / this.span);
    const frame = Math.floor(this.frame(x));
    const [from, to] = between(tier, frame - reach, frame + reach);
    let best = null;
    for (const bar of tier.bars.slice(from, to)) {
      const { onset, offset } = bar.bounds;
      const distance = Math.max(onset - frame, frame - offset, 0);
      if (bar.lane === lane && distance <= reach && (!best || distance < best.distance)) best = { bar, distance };
    }
    return best?.bar ?? null;
  }

  clamp(frame) {
    return Math.min(Math.max(Math.floor(frame), 0), this.frameCount - 1);
  }

  wheel(event) {
    event.preventDefault();
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
    if (sideways) this.pan(sideways / 800);
    else this.zoom(Math.exp(event.deltaY * 0.0018), this.frame(this.place(event).x));
  }

  down(event) {
    if (event.button > 1) return;
    const at = this.place(event);
    const scene = this.scene();
    const place = rows(this.size.height, scene);
    this.canvas.setPointerCapture(event.pointerId);
    const edge = this.handleAt(at);
    if (at.y >= place.minimap) this.gesture = { kind: "minimap" };
    else if (event.button === 1 || event.altKey) this.gesture = { kind: "pan", x: at.x, first: this.first, last: this.last };
    else if (edge) {
      this.gesture = { kind: "handle", edge, moved: false, x: at.x };
      this.on.grab();
    } else if (at.y >= place.tiers[0].top) {
      const bar = this.barAt(at);
      this.gesture = { kind: "tier", x: at.x, bar, whole: Boolean(bar?.id && bar.id === scene.selected) };
      if (this.gesture.whole) this.on.grab();
    } else this.gesture = { kind: "scrub" };
    event.preventDefault();
    this.move(event);
  }

  move(event) {
    const at = this.place(event);
    const { gesture } = this;
    if (!gesture) {
      this.hover(at);
      return;
    }
    if (gesture.kind === "scrub") this.on.seek(this.clamp(this.frame(at.x)), event);
    else if (gesture.kind === "handle") this.dragHandle(gesture, at, event);
    else if (gesture.kind === "pan") {
      const shift = ((gesture.x - at.x) / this.span) * (gesture.last - gesture.first + 1);
      this.show(gesture.first + shift, gesture.last + shift);
    } else if (gesture.kind === "minimap") {
      const centre = ((at.x - LAYOUT.gutter) / this.span) * this.frameCount;
      const half = (this.last - this.first) / 2;
      this.show(centre - half, centre + half);
      this.on.seek(this.clamp(centre), event);
    } else if (gesture.kind === "tier" && (gesture.dragged !== undefined || Math.abs(at.x - gesture.x) > 4)) {
      gesture.dragged = at.x;
      if (gesture.whole) this.on.shift(Math.round(((at.x - gesture.x) / this.span) * (this.last + 1 - this.first)), event);
    }
  }

  hover(at) {
    const scene = this.scene();
    const hot = this.handleAt(at);
    const bar = hot ? null : this.barAt(at);
    this.canvas.style.cursor = hot ? "ew-resize" : bar?.id && bar.id === scene.selected ? "grab" : bar ? "pointer" : "default";
    const frame = this.frame(at.x);
    const reach = (SLACK * (this.last + 1 - this.first)) / this.span;
    this.canvas.title = bar?.words ?? (at.y < LAYOUT.ruler + 4 ? markAt(scene.marks, Math.floor(frame - reach), Math.floor(frame + reach)) : "");
    if (hot === this.hot) return;
    this.hot = hot;
    this.redraw();
  }

  dragHandle(gesture, at, event) {
    if (!gesture.moved && Math.abs(at.x - gesture.x) < 2) return;
    gesture.moved = true;
    // The onset sits on the left edge of its frame and the offset on the right edge of its own.
    const frame = this.frame(at.x);
    const aimed = gesture.edge === "onset" ? Math.round(frame) : gesture.edge === "offset" ? Math.round(frame) - 1 : Math.floor(frame);
    this.on.drag(gesture.edge, Math.min(Math.max(aimed, 0), this.frameCount - 1), event);
  }

  up(event) {
    const { gesture } = this;
    this.gesture = null;
    if (!gesture) return;
    if (gesture.kind === "handle") this.on.drop(gesture.edge, gesture.moved);
    if (gesture.kind === "tier") {
      if (gesture.whole && gesture.dragged !== undefined) this.on.drop(null, true);
      else if (gesture.dragged === undefined || gesture.bar) this.on.pick(this.clamp(this.frame(gesture.x)), gesture.bar, event);
      else {
        const ends = [this.frame(gesture.x), this.frame(gesture.dragged)].sort((a, b) => a - b);
        this.on.create(this.clamp(ends[0]), this.clamp(ends[1]));
      }
    }
  }

  twice(event) {
    const at = this.place(event);
    if (at.y < rows(this.size.height, this.scene()).minimap) this.on.centre?.();
    else this.show(0, this.frameCount - 1);
  }

  close() {
    cancelAnimationFrame(this.queued);
    this.resizer.disconnect();
    for (const [name, handler] of this.listeners) this.canvas.removeEventListener(name, handler);
  }
}
