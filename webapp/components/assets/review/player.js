// The picture: draws exactly the wanted frame or says that it is still loading; zoom, pan, brightness, overlay.
// Which frame is wanted is decided by the controller; where bitmaps come from is the frame store's matter.

const FULL_ABOVE = 1.15;

export class Player {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./frames.js").FrameStore} store
   * @param {{width: number, height: number, sourceNumber: (frame: number) => number}} video
   * @param {{ondraw: (frame: number) => void, onloading: (loading: boolean) => void, onview: () => void, onbitmap: (frame: number) => void}} on
   */
  constructor(canvas, store, video, on) {
    Object.assign(this, { canvas, store, video, on });
    this.context = canvas.getContext("2d", { alpha: false });
    this.wanted = 0;
    this.drawn = -1;
    this.askedAt = 0;
    this.view = { scale: 1, x: 0, y: 0 }; // x, y: picture point in the middle, relative to its centre, in picture pixels
    this.brightness = 1;
    this.overlay = null; // {frame, points: [[x, y]], regions: [{point, name}]}, in picture pixels
    this.showOverlay = false;
    store.onbitmap = (frame) => {
      if (frame === this.wanted) this.draw();
      this.on.onbitmap?.(frame);
    };
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(canvas.parentElement);
    this.removePointer = this.pointer();
    this.resize();
  }

  /** @param {number} askedAt time of the key or pointer event, for the measure from key to picture */
  show(frame, direction = 1, askedAt = 0) {
    this.wanted = frame;
    this.askedAt = askedAt;
    this.store.want(frame, direction);
    this.draw();
  }

  /** Draws a frame that the clock asked for if it is ready; false leaves the picture as it is. */
  offer(frame) {
    this.wanted = frame;
    this.store.want(frame, 1);
    if (this.store.isPresent(frame) && !this.store.get(frame)) return false;
    this.draw();
    return true;
  }

  resize() {
    const box = this.canvas.parentElement;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.max(1, box.clientWidth), Math.max(1, box.clientHeight)];
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    this.size = { width, height, ratio };
    this.sharpen();
    this.draw(true);
  }

  get fitScale() {
    return Math.min(this.size.width / this.video.width, this.size.height / this.video.height);
  }

  /** Where the picture lies on the canvas, in CSS pixels. */
  rectangle() {
    const scale = this.fitScale * this.view.scale;
    const x = this.size.width / 2 - (this.video.width / 2 + this.view.x) * scale;
    const y = this.size.height / 2 - (this.video.height / 2 + this.view.y) * scale;
    return { x, y, scale, width: this.video.width * scale, height: this.video.height * scale };
  }

  /** Draws the wanted frame; while it is not there, whatever was drawn stays and is marked as not current. */
  draw(again = false) {
    const present = this.store.isPresent(this.wanted);
    const bitmap = present ? this.store.get(this.wanted) : null;
    if (present && !bitmap) {
      // A larger canvas was cleared by the browser: the frame that was drawn comes back, under its own number.
      const old = again && this.drawn >= 0 ? this.store.get(this.drawn) : null;
      if (again) this.paint(old);
      if (again && !old) this.setDrawn(-1);
      this.on.onloading(true);
      return;
    }
    this.paint(bitmap, present ? null : `No picture: file ${this.video.sourceNumber(this.wanted)} is missing`);
    this.setDrawn(this.wanted);
    this.on.onloading(false);
    if (this.askedAt) {
      performance.measure("glint key to frame", { start: this.askedAt, end: performance.now() });
      this.askedAt = 0;
    }
  }

  setDrawn(frame) {
    this.drawn = frame;
    this.on.ondraw(frame);
  }

  paint(bitmap, text = null) {
    const { context, canvas } = this;
    const { ratio } = this.size;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    const box = this.rectangle();
    canvas.dataset.rectangle = [box.x, box.y, box.width, box.height].map((value) => Math.round(value * ratio * 100) / 100).join(" ");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (bitmap) {
      context.imageSmoothingQuality = "high";
      context.imageSmoothingEnabled = box.width * ratio < bitmap.width * 3;
      context.drawImage(bitmap, box.x, box.y, box.width, box.height);
      this.paintOverlay(box);
    } else if (text) {
      context.fillStyle = "#1d1d22";
      context.fillRect(box.x, box.y, box.width, box.height);
      context.fillStyle = "#e8e8ea";
      context.font = "14px sans-serif";
      context.textAlign = "center";
      context.fillText(text, this.size.width / 2, this.size.height / 2);
    }
  }

  paintOverlay(box) {
    const overlay = this.overlay;
    if (!this.showOverlay || !overlay || overlay.frame !== this.wanted) return;
    const { context } = this;
    const place = ([x, y]) => [box.x + x * box.scale, box.y + y * box.scale];
    context.fillStyle = "rgba(120, 255, 190, 0.75)";
    for (const point of overlay.points ?? []) {
      const [x, y] = place(point);
      context.fillRect(x - 0.75, y - 0.75, 1.5, 1.5);
    }
    context.strokeStyle = "rgba(255, 210, 90, 0.95)";
    context.lineWidth = 1.25;
    for (const { point, name } of overlay.regions ?? []) {
      const [x, y] = place(point);
      context.beginPath();
      context.arc(x, y, 6, 0, 2 * Math.PI);
      context.stroke();
      if (box.scale * this.video.width > 700) {
        context.fillStyle = "rgba(255, 225, 140, 0.9)";
        context.font = "10px sans-serif";
        context.textAlign = "left";
        context.fillText(name, x + 8, y + 3);
      }
    }
  }

  setOverlay(overlay) {
    this.overlay = overlay;
    if (this.drawn === this.wanted) this.draw(true);
  }

  setBrightness(value) {
    this.brightness = value;
    this.canvas.style.filter = value === 1 ? "" : `brightness(${value})`;
  }

  /** @param {number} factor @param {{x: number, y: number}|null} at point that stays where it is, CSS pixels */
  zoom(factor, at = null) {
    const scale = Math.min(12, Math.max(1, this.view.scale * factor));
    const point = at ?? { x: this.size.width / 2, y: this.size.height / 2 };
    const before = this.rectangle();
    const [px, py] = [(point.x - before.x) / before.scale, (point.y - before.y) / before.scale];
    this.view.scale = scale;
    const after = this.fitScale * scale;
    this.view.x = px - this.video.width / 2 - (point.x - this.size.width / 2) / after;
    this.view.y = py - this.video.height / 2 - (point.y - this.size.height / 2) / after;
    this.settle();
  }

  fit() {
    this.view = { scale: 1, x: 0, y: 0 };
    this.settle();
  }

  settle() {
    const scale = this.fitScale * this.view.scale;
    const roomX = Math.max(0, (this.video.width - this.size.width / scale) / 2);
    const roomY = Math.max(0, (this.video.height - this.size.height / scale) / 2);
    this.view.x = Math.min(roomX, Math.max(-roomX, this.view.x));
    this.view.y = Math.min(roomY, Math.max(-roomY, this.view.y));
    this.sharpen();
    this.draw(true);
    this.on.onview?.();
  }

  /** Packs are at most 960 wide: beyond their own pixels the full size is fetched. */
  sharpen() {
    const shown = this.rectangle().width * this.size.ratio;
    const packed = Math.min(960, this.video.width);
    const full = this.video.width > packed && shown > packed * FULL_ABOVE && this.view.scale > 1;
    this.store.setWidth(full ? "full" : "960");
  }

  pointer() {
    const { canvas } = this;
    let from = null;
    const wheel = (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * 0.0015), { x: event.offsetX, y: event.offsetY });
    };
    const down = (event) => {
      from = { x: event.clientX, y: event.clientY, view: { ...this.view } };
      canvas.setPointerCapture(event.pointerId);
    };
    const move = (event) => {
      if (!from || this.view.scale === 1) return;
      const { scale } = this.rectangle();
      this.view.x = from.view.x - (event.clientX - from.x) / scale;
      this.view.y = from.view.y - (event.clientY - from.y) / scale;
      this.settle();
    };
    const up = () => (from = null);
    const twice = () => this.fit();
    const pairs = [["wheel", wheel], ["pointerdown", down], ["pointermove", move], ["pointerup", up], ["pointercancel", up], ["dblclick", twice]];
    for (const [name, handler] of pairs) canvas.addEventListener(name, handler, { passive: false });
    return () => pairs.forEach(([name, handler]) => canvas.removeEventListener(name, handler));
  }

  close() {
    this.resizer.disconnect();
    this.removePointer();
  }
}
