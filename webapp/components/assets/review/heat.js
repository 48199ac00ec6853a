// How far each place of the face moved, as colours that stay apart for colour-blind eyes, with a legend and its unit.

import { h } from "./elements.js";

// Support points of viridis (van der Walt and Smith, 2015): lightness rises evenly, so it also reads in grey.
const VIRIDIS = ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"];
const COLOURS = VIRIDIS.map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
const NOISE = 0.4; // per cent of the inter-ocular distance that re-encoding alone moves; drawn transparent
const TOPS = [1, 2, 3, 5, 8, 12, 20, 30, 50];

/** @param {number} share 0..1 @returns {number[]} red, green, blue 0..255 */
export function colourAt(share) {
  const place = Math.min(Math.max(share, 0), 1) * (COLOURS.length - 1);
  const low = Math.min(Math.floor(place), COLOURS.length - 2);
  return COLOURS[low].map((value, channel) => Math.round(value + (COLOURS[low + 1][channel] - value) * (place - low)));
}

/** A round end for the scale that nearly everything stays below. */
export function topOf(values) {
  const sorted = Float32Array.from(values).sort();
  const high = sorted[Math.floor(sorted.length * 0.995)] ?? 0;
  return TOPS.find((top) => top >= high) ?? TOPS.at(-1);
}

/** The binary answer of the route. @returns {{side: number, from: number, to: number, values: Float32Array}} */
export function parseMotion(buffer) {
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, 4));
  if (magic !== "GHM1") throw new Error(`expected GHM1, got ${magic}`);
  const length = new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  return { ...header, values: new Float32Array(buffer, 8 + length, header.side ** 2) };
}

/** A canvas to lay over a face; where hardly anything moved it is transparent. */
export function heatPicture({ side, values }, top) {
  const canvas = h("canvas", { width: side, height: side });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(side, side);
  values.forEach((value, at) => {
    const alpha = Math.min(1, Math.max(0, (value - NOISE) / (0.3 * top)));
    picture.data.set([...colourAt(value / top), Math.round(175 * alpha)], at * 4);
  });
  context.putImageData(picture, 0, 0);
  return canvas;
}

/** "0 [colours] 5 % of eye distance". */
export function legendOf(top) {
  const stops = Array.from({ length: 9 }, (_, step) => `rgb(${colourAt(step / 8).join(" ")})`);
  const bar = h("i", { style: `background: linear-gradient(90deg, ${stops.join(", ")})` });
  return h("div", { class: "scale", title: "Movement from onset to apex, head motion taken away" }, "0", bar, `${top} % of eye distance`);
}
