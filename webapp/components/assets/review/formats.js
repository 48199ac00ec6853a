// The two binary formats of the routes, read into plain objects. No requests, no drawing.

function header(buffer, magic) {
  const bytes = new Uint8Array(buffer, 0, Math.min(8, buffer.byteLength));
  const found = String.fromCharCode(...bytes.slice(0, 4));
  if (bytes.length < 8 || found !== magic) throw new Error(`expected ${magic}, got ${found}`);
  const length = new DataView(buffer).getUint32(4, true);
  return { json: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length))), end: 8 + length };
}

/**
 * A pack of JPEGs.
 * @returns {{first: number, count: number, width: number, height: number, pictures: (Uint8Array|null)[], header: object}} null: no image there
 */
export function parsePack(buffer) {
  const { json, end } = header(buffer, "GPK1");
  if (json.frames.length !== json.count) throw new Error(`a pack of ${json.count} frames lists ${json.frames.length}`);
  const pictures = json.frames.map((frame) => {
    if (!frame.present || !frame.length) return null;
    if (end + frame.offset + frame.length > buffer.byteLength) throw new Error("the pack is cut short");
    return new Uint8Array(buffer, end + frame.offset, frame.length);
  });
  return { first: json.first, count: json.count, width: json.width, height: json.height, pictures, bytes: buffer.byteLength, header: json };
}

/** What createImageBitmap takes; made when a picture is decoded, because most of a pack never is and a Blob costs a millisecond. */
export function jpegOf(picture) {
  return new Blob([picture], { type: "image/jpeg" });
}

/**
 * Curves: raw samples, or minimum and maximum per bin.
 * @returns {{first: number, last: number, channels: Map<string, {x: Float64Array|null, low: Float32Array, high: Float32Array}>}}
 *   x holds the frame of each sample; for bins it is null and bin i covers an equal share of [first, last + 1).
 */
export function parseCurves(buffer) {
  const { json, end } = header(buffer, "GCV1");
  const start = Math.ceil(end / 4) * 4;
  const channels = new Map();
  const minmax = json.kind === "minmax";
  const count = minmax ? (json.bins ?? json.samples) : json.samples;
  const x = minmax ? null : Float64Array.from(json.frames ?? Array.from({ length: count }, (_, i) => json.first + i));
  json.channels.forEach((name, row) => {
    const at = start + row * count * 4 * (minmax ? 2 : 1);
    const low = new Float32Array(buffer, at, count);
    channels.set(name, { x, low, high: minmax ? new Float32Array(buffer, at + count * 4, count) : low });
  });
  return { first: json.first, last: json.last, channels, header: json };
}

/** 0-based hours, minutes, seconds and milliseconds of a timestamp. */
export function timecode(seconds) {
  const total = Math.round(Math.max(0, seconds) * 1000);
  const pad = (value, digits) => String(value).padStart(digits, "0");
  const [h, m, s] = [Math.floor(total / 3600000), Math.floor(total / 60000) % 60, Math.floor(total / 1000) % 60];
  return `${h ? `${h}:` : ""}${pad(m, 2)}:${pad(s, 2)}.${pad(total % 1000, 3)}`;
}

/** Version 4 UUID; crypto.randomUUID is missing on plain http, getRandomValues is not. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
