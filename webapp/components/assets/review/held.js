// The face held still: the frame on screen moved, turned and scaled so that eyes and nose stay where they are,
// and beside it the neutral frame that this annotator pinned for the subject, in whichever video it was found.

import { jpegOf, parsePack } from "./formats.js";
import { Tile } from "./tiles.js";

const WIDTH = 960;

export class Held {
  /** @param {import("./looking.js").Looking} look */
  constructor(look) {
    this.look = look;
    this.tile = new Tile("face", look.lens);
    this.neutralTile = new Tile("neutral", look.lens);
    this.pinned = null; // {video, title, frame}, as the server keeps it
    this.other = null; // picture and place of the face where the pinned frame is of another video
  }

  get base() {
    return `/api/videos/${this.look.review.data.video}/neutral`;
  }

  async load() {
    try {
      await this.take(await this.look.review.api.json(this.base));
    } catch (error) {
      this.look.review.say(`The neutral frame of this subject: ${error.message}`);
    }
  }

  /** The frame on screen becomes the neutral one of the subject; the same frame again lets go of it. */
  async pin(frame) {
    const same = this.neutral === frame;
    await this.take(await this.look.review.api.json(this.base, { method: "PUT", body: { frame: same ? null : frame } }));
  }

  async take({ neutral }) {
    this.pinned = neutral;
    this.other?.bitmap?.close();
    this.other = null;
    if (neutral && neutral.video !== this.look.review.data.video) this.other = await this.fetchOther(neutral);
  }

  /** One picture of another video of the subject, and where its face is. */
  async fetchOther({ video, frame }) {
    const { api } = this.look.review;
    try {
      const base = `/api/videos/${video}`;
      const info = await api.json(base);
      const [pack, face] = await Promise.all([api.bytes(`${base}/packs/${Math.floor(frame / info.pack_frames)}?width=${WIDTH}`), api.bytes(`${base}/faces?first=${frame}&last=${frame}`)]);
      const parsed = parsePack(pack);
      const similarity = new Float32Array(face);
      if (!similarity.every(Number.isFinite)) throw new Error("no face was measured in it");
      const bitmap = await createImageBitmap(jpegOf(parsed.pictures[frame - parsed.first]));
      return { bitmap, similarity, width: info.width };
    } catch (error) {
      return { problem: error.message };
    }
  }

  /** Its number, where it is a frame of the video on screen. */
  get neutral() {
    return this.pinned && this.pinned.video === this.look.review.data.video ? this.pinned.frame : null;
  }

  get tiles() {
    return this.pinned ? [this.neutralTile, this.tile] : [this.tile];
  }

  get frames() {
    return this.neutral === null ? [] : [this.neutral];
  }

  draw(frame) {
    this.look.paint(this.tile, frame, `face held still · ${frame}`, { whole: false });
  }

  rest() {
    if (this.neutral !== null) this.look.paint(this.neutralTile, this.neutral, `neutral · ${this.neutral}`, { whole: false });
    else if (this.other) this.paintOther();
  }

  paintOther() {
    const { neutralTile: tile, pinned, other } = this;
    Object.assign(tile.root.dataset, { frame: String(pinned.frame), waiting: "false" });
    tile.say(`neutral · ${pinned.title} · ${pinned.frame}`);
    if (other.bitmap) tile.face(other.bitmap, other.similarity, other.width);
    else tile.message(`Frame ${pinned.frame} of ${pinned.title} cannot be shown: ${other.problem}.`);
  }

  closed() {
    this.other?.bitmap?.close();
  }
}
