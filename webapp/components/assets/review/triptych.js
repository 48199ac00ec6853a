// Onset, apex and offset side by side with a map of what moved, and the two of them in turn at one place.

import { timecode } from "./formats.js";
import { heatPicture, legendOf, parseMotion, topOf } from "./heat.js";
import { Tile } from "./tiles.js";

const EDGES = ["onset", "apex", "offset"];
const TURN_MS = 170; // three times a second to and fro: movement catches the eye, and it does not flash
const SETTLE_MS = 400;

/** Frames to show for an interval; an apex that nobody set is looked for in the middle. */
export function shownFrames({ onset, apex, offset }) {
  return { onset, apex: apex ?? Math.round((onset + offset) / 2), offset };
}

export class Triptych {
  /** @param {import("./looking.js").Looking} look */
  constructor(look) {
    this.look = look;
    this.small = EDGES.map((edge) => new Tile(edge, look.lens));
    this.maps = new Map(); // "onset-apex" -> {picture, legend}, {problem} or null while it is on its way
    this.showHeat = true;
    this.legend = null;
    this.small[1].canvas.addEventListener("click", () => {
      if (look.dragged) return;
      this.showHeat = !this.showHeat;
      this.rest();
    });
  }

  get rows() {
    return [this.small];
  }

  get bounds() {
    const { bounds } = this.look.review;
    return bounds ? { ...shownFrames(bounds), guessed: bounds.apex === null } : null;
  }

  get frames() {
    const { bounds } = this;
    return bounds ? EDGES.map((edge) => bounds[edge]) : [];
  }

  rest() {
    const { bounds } = this;
    this.legend?.remove();
    if (!bounds) return this.small.forEach((tile) => tile.message("Nothing is selected."));
    const times = this.look.review.timestamps;
    EDGES.forEach((edge, place) => {
      const frame = bounds[edge];
      const name = edge === "apex" && bounds.guessed ? "middle (no apex)" : edge;
      const drawn = this.look.paint(this.small[place], frame, `${name} · ${frame} · ${timecode(times[frame])}`);
      if (edge === "apex" && drawn && this.showHeat) this.heat(bounds);
    });
    return undefined;
  }

  heat({ onset, apex }) {
    const key = `${onset}-${apex}`;
    if (!this.maps.has(key)) return this.ask(key, onset, apex);
    const map = this.maps.get(key);
    if (map?.picture) {
      this.small[1].square(map.picture, { clear: false });
      this.legend = map.legend;
      this.small[1].root.append(map.legend);
    } else if (map) this.small[1].say(`apex · ${apex} · ${map.problem}`);
    return undefined;
  }

  /** Only once the edges rest: while one is dragged no map is worth computing. */
  ask(key, onset, apex) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(async () => {
      this.maps.set(key, null);
      try {
        const motion = parseMotion(await this.look.fetch("motion", { from: onset, to: apex }));
        const top = topOf(motion.values);
        this.maps.set(key, { picture: heatPicture(motion, top), legend: legendOf(top) });
      } catch (error) {
        this.maps.set(key, { problem: error.message });
      }
      if (this.maps.size > 40) this.maps.delete(this.maps.keys().next().value);
      this.look.rest();
    }, SETTLE_MS);
  }

  hidden() {
    clearTimeout(this.waiting);
  }

  outdated() {
    this.maps.clear();
  }
}

/** Two frames in turn at one place: what differs between them moves, everything else stands still. */
export class Blink {
  /** @param {import("./looking.js").Looking} look */
  constructor(look) {
    this.look = look;
    this.tile = new Tile("blink", look.lens);
    this.second = false;
    this.timer = null;
  }

  get tiles() {
    return [this.tile];
  }

  /** The pinned neutral frame, or else the onset, against the apex. */
  get pair() {
    const { bounds } = this.look.review;
    if (!bounds) return null;
    const { onset, apex } = shownFrames(bounds);
    const { neutral } = this.look;
    return neutral === null ? [["onset", onset], ["apex", apex]] : [["neutral", neutral], ["apex", apex]];
  }

  get frames() {
    return this.pair?.map(([, frame]) => frame) ?? [];
  }

  rest() {
    this.timer ??= setInterval(() => {
      this.second = !this.second;
      this.rest();
    }, TURN_MS);
    const { pair } = this;
    if (!pair) return this.tile.message("Nothing is selected.");
    const [name, frame] = pair[Number(this.second)];
    return this.look.paint(this.tile, frame, `${pair[0][0]} / apex · ${name} ${frame}`);
  }

  hidden() {
    clearInterval(this.timer);
    this.timer = null;
  }
}
