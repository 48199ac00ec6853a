// Where the face is in every frame: similarities of the run, fetched in blocks, and what they mean on a canvas. No drawing.

/** The square of the face that is shown, in inter-ocular distances from the middle of the eyes; as in spotcore/stabilising. */
export const FACE = { left: -1.4, top: -1.05, side: 2.8 };
const BLOCK = 4096;

export class Faces {
  /**
   * @param {(first: number, last: number) => Promise<ArrayBuffer>} load
   * @param {() => void} onload a block arrived, or cannot be had
   */
  constructor(load, frameCount, onload) {
    Object.assign(this, { load, frameCount, onload });
    this.blocks = new Map(); // number -> Float32Array(4 per frame), or null while it is on its way
    this.problem = null; // why there are none, in words
  }

  /** Four numbers; null: no face was measured there; undefined: not known yet, and asked for. */
  at(frame) {
    const block = this.blocks.get(Math.floor(frame / BLOCK));
    if (!block) return this.ask(Math.floor(frame / BLOCK));
    const row = block.subarray((frame % BLOCK) * 4, (frame % BLOCK) * 4 + 4);
    return row.length === 4 && row.every(Number.isFinite) ? row : null;
  }

  ask(number) {
    if (!this.blocks.has(number) && !this.problem) this.fetch(number);
    return this.problem ? null : undefined;
  }

  async fetch(number) {
    this.blocks.set(number, null);
    try {
      const last = Math.min((number + 1) * BLOCK, this.frameCount) - 1;
      this.blocks.set(number, new Float32Array(await this.load(number * BLOCK, last)));
    } catch (error) {
      this.blocks.delete(number);
      this.problem = error.message;
    }
    this.onload();
  }
}

/** The part of the face that is looked at: all of it, or a smaller square after the wheel turned over a picture. */
export class Lens {
  constructor() {
    this.reset();
  }

  reset() {
    Object.assign(this, FACE);
  }

  /** @param {number} factor above 1 comes closer @param {number} x @param {number} y place that stays, 0..1 of the picture */
  zoom(factor, x, y) {
    const side = Math.min(FACE.side, Math.max(FACE.side / 6, this.side / factor));
    this.move(this.left + (this.side - side) * x, this.top + (this.side - side) * y, side);
  }

  move(left, top, side = this.side) {
    const inside = (value, lowest) => Math.min(Math.max(value, lowest), lowest + FACE.side - side);
    Object.assign(this, { left: inside(left, FACE.left), top: inside(top, FACE.top), side });
  }
}

/**
 * The matrix [a, b, c, d, e, f] for `context.setTransform` that draws a bitmap of a frame with its face at rest.
 * @param {ArrayLike<number>} similarity picture -> face, whose pixels have their centre at whole numbers
 * @param {number} scale pixels of the bitmap per pixel of the video
 * @param {number} size side of the square canvas, its own pixels
 */
export function faceTransform([across, turned, right, down], scale, lens, size) {
  const k = size / lens.side;
  const [a, b] = [(k * across) / scale, (k * turned) / scale];
  const e = k * (right - 0.5 * across + 0.5 * turned - lens.left);
  const f = k * (down - 0.5 * turned - 0.5 * across - lens.top);
  return [a, b, -b, a, e, f];
}
