// One square picture beside the main one: a canvas with a caption. It draws what it is given and knows no video.

import { h } from "./elements.js";
import { FACE, faceTransform } from "./faces.js";

export class Tile {
  /** @param {string} name for tests and screen readers @param {import("./faces.js").Lens} lens */
  constructor(name, lens) {
    this.lens = lens;
    this.size = 0;
    this.canvas = h("canvas", { role: "img", "aria-label": name });
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.caption = h("figcaption");
    this.root = h("figure", { class: "tile", "data-tile": name }, this.canvas, this.caption);
  }

  /** @param {number} side CSS pixels */
  resize(side) {
    const size = Math.max(1, Math.round(side * (window.devicePixelRatio || 1)));
    this.root.style.width = this.root.style.height = `${side}px`;
    if (size === this.size) return;
    this.size = this.canvas.width = this.canvas.height = size;
  }

  /** Text in the corner; `kind` colours it. */
  say(caption, kind = "") {
    if (this.caption.textContent !== caption) this.caption.textContent = caption;
    this.root.dataset.kind = kind;
  }

  clear() {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.fillStyle = "#101014";
    this.context.fillRect(0, 0, this.size, this.size);
    this.canvas.removeAttribute("aria-description");
  }

  /** A frame with its face at rest. */
  face(bitmap, similarity, videoWidth) {
    this.clear();
    const matrix = faceTransform(similarity, bitmap.width / videoWidth, this.lens, this.size);
    this.context.setTransform(...matrix);
    // Averaging costs a copy of every new bitmap, and only pictures that shrink need it.
    this.context.imageSmoothingQuality = Math.hypot(matrix[0], matrix[1]) < 0.6 ? "medium" : "low";
    this.context.drawImage(bitmap, 0, 0);
  }

  /** A picture of the whole square of the face: magnified frames, maps. */
  square(picture, { clear = true, alpha = 1 } = {}) {
    if (clear) this.clear();
    const { context, lens } = this;
    const k = this.size / lens.side;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = alpha;
    context.imageSmoothingQuality = (FACE.side * k) / picture.width < 0.6 ? "medium" : "low"; // as in face()
    context.drawImage(picture, (FACE.left - lens.left) * k, (FACE.top - lens.top) * k, FACE.side * k, FACE.side * k);
    context.globalAlpha = 1;
  }

  /** The whole picture, where no face was measured. */
  whole(bitmap) {
    this.clear();
    const scale = Math.min(this.size / bitmap.width, this.size / bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    this.context.drawImage(bitmap, (this.size - width) / 2, (this.size - height) / 2, width, height);
  }

  /** Words in place of a picture, broken into lines. */
  message(text) {
    this.clear();
    const { context, size } = this;
    const ratio = window.devicePixelRatio || 1;
    context.fillStyle = "#c9c9d0";
    context.font = `${12 * ratio}px sans-serif`;
    context.textAlign = "center";
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (context.measureText(longer).width > size * 0.86) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    lines.forEach((line, row) => context.fillText(line, size / 2, size / 2 + (row - (lines.length - 1) / 2) * 16 * ratio));
    this.canvas.setAttribute("aria-description", text);
  }
}
