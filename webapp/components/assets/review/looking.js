// The views beside the picture: which are on, where they stand, and when each is drawn. What a view shows is its own module.

import { arrange } from "./arrangement.js";
import { h } from "./elements.js";
import { FACE, Faces, Lens } from "./faces.js";
import { Held } from "./held.js";
import { Magnified } from "./magnified.js";
import { readStored } from "./place.js";
import { Strip } from "./strip.js";
import { Blink, Triptych } from "./triptych.js";

const STORED = "glint.look";
// In the order in which they stand; a view has `tiles` (large squares) or `rows` of small ones, `draw(frame)` for what
// follows the playhead, `rest()` for what follows the interval, `frames` to have ready, `hidden()` when it is turned off.
const VIEWS = { face: Held, magnified: Magnified, blink: Blink, triptych: Triptych, strip: Strip };

export class Looking {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.lens = new Lens();
    this.options = { on: [], ...readStored(STORED), factors: { micro: 8, macro: 3, ...readStored(STORED).factors } };
    this.views = Object.fromEntries(Object.entries(VIEWS).map(([name, View]) => [name, new View(this)]));
    this.actions = {
      pin: () => this.pin(),
      "magnify-more": () => this.moreMagnified(),
      ...Object.fromEntries(Object.keys(VIEWS).map((name) => [`look-${name}`, () => this.toggle(name)])),
    };
  }

  started() {
    const { review } = this;
    this.measured();
    this.resizer = new ResizeObserver(() => this.place());
    this.resizer.observe(review.view.stage);
    this.stopPointer = this.pointer(review.view.look);
    this.rebuild();
    this.views.face.load().then(() => review.closed || this.rebuild());
  }

  /** Where faces are is a measurement of the run; another run may have found them elsewhere. */
  measured() {
    this.run = this.review.data.run;
    this.faces = new Faces((first, last) => this.fetch("faces", { first, last }), this.review.info.frame_count, () => this.redraw());
  }

  rendered() {
    if (!this.faces || this.run === this.review.data.run) return;
    this.measured();
    for (const view of Object.values(this.views)) view.outdated?.();
    this.redraw();
  }

  /** Answers of the routes that belong to this video and its run. */
  fetch(route, query, options = {}) {
    const { video, run } = this.review.data;
    const given = new URLSearchParams(query);
    if (run !== null && run !== undefined) given.set("run", run);
    return this.review.api.bytes(`/api/videos/${video}/${route}?${given}`, options);
  }

  isOn(name) {
    return this.options.on.includes(name);
  }

  get shown() {
    return Object.keys(VIEWS).filter((name) => this.isOn(name)).map((name) => this.views[name]);
  }

  get neutral() {
    return this.views.face.neutral;
  }

  setOptions(changed) {
    Object.assign(this.options, changed);
    localStorage.setItem(STORED, JSON.stringify(this.options));
  }

  toggle(name) {
    const on = this.isOn(name) ? this.options.on.filter((other) => other !== name) : [...this.options.on, name];
    this.setOptions({ on });
    if (!this.isOn(name)) this.views[name].hidden?.();
    this.rebuild();
    // Magnified movement is seen while it moves: the interval begins to loop.
    const { review } = this;
    if (name === "magnified" && this.isOn(name) && review.bounds && !review.loop) review.actions.perform("loop");
  }

  moreMagnified() {
    if (!this.isOn("magnified")) return this.toggle("magnified");
    return this.views.magnified.nextFactor();
  }

  async pin() {
    const { review, views: { face } } = this;
    try {
      await face.pin(review.player.drawn);
    } catch (error) {
      return review.say(`The neutral frame is not kept: ${error.message}`);
    }
    if (review.closed) return undefined;
    if (face.pinned && !this.isOn("face")) this.setOptions({ on: [...this.options.on, "face"] });
    this.rebuild();
    const whose = review.info.subject ? `of ${review.info.subject}, in every video` : "of this video";
    return review.say(face.pinned ? `Frame ${face.neutral} is the neutral one ${whose}.` : "No neutral frame is pinned.");
  }

  /** Other views than before: tiles change, frames to have ready too. */
  rebuild() {
    const { view } = this.review;
    const squares = this.shown.flatMap((one) => one.tiles ?? []);
    const rows = this.shown.flatMap((one) => one.rows ?? []);
    this.block = h("div", { class: "tiles" }, ...squares.map((tile) => tile.root));
    const small = rows.map((row) => h("div", { class: "tiles" }, ...row.map((tile) => tile.root)));
    view.look.replaceChildren(this.block, h("div", { class: "rows" }, ...small));
    view.look.hidden = !this.shown.length;
    for (const button of view.looks.children) button.dataset.on = String(this.isOn(button.dataset.action.replace("look-", "")));
    this.tiles = { squares, rows };
    this.place();
    this.rest();
  }

  /** Sizes follow the stage; the main picture gets what is left. */
  place() {
    const { stage, look, looks } = this.review.view;
    const { width, height } = this.review.info;
    const { squares, rows } = this.tiles;
    const sizes = arrange(stage.clientWidth - looks.offsetWidth - 8, stage.clientHeight, width / height, { squares: squares.length, rows: rows.map((row) => row.length) });
    look.style.width = `${sizes.width}px`;
    look.dataset.beside = String(sizes.beside);
    this.block.style.width = sizes.beside ? `${sizes.columns * sizes.square + 4 * (sizes.columns - 1)}px` : "";
    this.block.hidden = !squares.length;
    squares.forEach((tile) => tile.resize(sizes.square));
    rows.forEach((row, at) => row.forEach((tile) => tile.resize(sizes.rows[at])));
    this.redraw();
  }

  /**
   * Draws one frame into a tile; false while picture or place of the face are not there yet, the old one stays then,
   * under its own caption.
   * @param {{whole: boolean}} options whole: where no face was measured the whole picture does, else words stand there
   * @returns {boolean} true when the face was drawn
   */
  paint(tile, frame, caption, { whole = true } = {}) {
    const { store, info } = this.review;
    const similarity = this.faces.at(frame);
    const bitmap = store.isPresent(frame) ? store.get(frame) : null;
    const ready = similarity !== undefined && (bitmap || !store.isPresent(frame));
    tile.root.dataset.waiting = String(!ready);
    if (!ready) return false;
    tile.root.dataset.frame = String(frame);
    tile.say(similarity ? caption : `${caption} · no face`);
    if (!bitmap) tile.message(`The image of frame ${frame} is missing.`);
    else if (similarity) tile.face(bitmap, similarity, info.width);
    else if (whole) tile.whole(bitmap);
    else tile.message(this.faces.problem ?? `No face was measured in frame ${frame}.`);
    return Boolean(bitmap && similarity);
  }

  drawn(frame) {
    if (!this.faces || frame < 0) return;
    for (const view of this.shown) view.draw?.(frame);
  }

  /** What does not follow the playhead: neutral frame, onset, apex and offset, the magnified pack. */
  rest() {
    if (!this.faces) return;
    this.review.store.keep(this.shown.flatMap((view) => view.frames ?? []));
    for (const view of this.shown) view.rest?.();
    this.drawn(this.review.player.drawn);
  }

  redraw() {
    this.rest();
  }

  /** A picture was decoded: it may be one that a view still waits for. */
  bitmap(frame) {
    if (!this.faces) return;
    for (const view of this.shown) {
      if (view.frames?.includes(frame)) view.rest();
      if (view.shows?.(frame)) view.draw(this.review.player.drawn);
    }
  }

  boundsChanged() {
    if (this.shown.length) this.rest();
  }

  /** The wheel brings all views closer to one place of the face, dragging moves them, a double click shows it whole. */
  pointer(look) {
    let from = null;
    const place = (event) => {
      const box = event.target.getBoundingClientRect();
      return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    };
    const handlers = {
      wheel: (event) => {
        event.preventDefault();
        const { x, y } = place(event);
        this.lens.zoom(Math.exp(-event.deltaY * 0.0015), x, y);
      },
      pointerdown: (event) => {
        from = { ...place(event), left: this.lens.left, top: this.lens.top };
        this.dragged = false;
      },
      pointermove: (event) => {
        if (!from || !event.buttons || this.lens.side === FACE.side) return;
        this.dragged = true;
        const { x, y } = place(event);
        this.lens.move(from.left + (from.x - x) * this.lens.side, from.top + (from.y - y) * this.lens.side);
      },
      dblclick: () => this.lens.reset(),
    };
    const listeners = Object.entries(handlers).map(([name, handler]) => [name, (event) => {
      if (event.target.tagName !== "CANVAS") return;
      handler(event);
      if (name !== "pointerdown") this.redraw();
    }]);
    for (const [name, listener] of listeners) look.addEventListener(name, listener, { passive: false });
    return () => listeners.forEach(([name, listener]) => look.removeEventListener(name, listener));
  }

  closed() {
    this.resizer?.disconnect();
    this.stopPointer?.();
    for (const view of Object.values(this.views)) view.hidden?.();
    this.views.face.closed();
  }
}
