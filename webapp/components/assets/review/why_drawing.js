// The small curves under the timeline: one plot per group of measurements, each with its own unit. No events, no requests.

const GAP = 8;
const HEAD = 15;

/** [title, unit, {channel: its letter}, smallest height of the scale, centre: the value in the middle, null: from 0] */
export const PLOTS = [
  ["brows", "%", { left_brow: "L", right_brow: "R" }, 2, null],
  ["corners", "%", { left_mouth: "L", right_mouth: "R" }, 2, null],
  ["lips", "%", { upper_lip: "up", lower_lip: "low" }, 2, null],
  ["cheeks", "%", { left_cheek: "L", right_cheek: "R" }, 2, null],
  ["chin", "%", { chin: "" }, 2, null],
  ["nose", "%", { nose: "" }, 2, null],
  ["lids", "%", { left_lids: "L", right_lids: "R" }, 2, null],
  ["eyes", "% open", { eye_openness: "" }, 110, null],
  ["mouth", "%/frame", { mouth_activity: "" }, 1, null],
  ["head", "°", { head_yaw: "yaw", head_pitch: "pit", head_roll: "roll" }, 4, 0],
  ["shift", "%", { head_x: "x", head_y: "y", head_size: "size" }, 8, 0],
];
const COLOURS = ["#4c8dff", "#d4548b", "#8a9a2b"];

/** Lowest and highest value of the channels of a plot; null where nothing was measured. */
export function rangeOf(curves, names) {
  let [low, high] = [Infinity, -Infinity];
  for (const name of names) {
    const channel = curves.channels.get(name);
    for (let i = 0; channel && i < channel.high.length; i++) {
      if (channel.low[i] < low) low = channel.low[i];
      if (channel.high[i] > high) high = channel.high[i];
    }
  }
  return high < low ? null : [low, high];
}

/** Values at the lower and upper edge of a plot: from 0, or as far below the centre as above it; noise is not blown up. */
export function scaleOf([low, high], smallest, centre) {
  if (centre === null) return [0, Math.max(high, smallest)];
  const reach = Math.max(Math.abs(low - centre), Math.abs(high - centre), smallest);
  return [centre - reach, centre + reach];
}

/**
 * @param {{curves: object, onset: number, offset: number}|null} found
 * @returns {string} what is drawn, in words
 */
export function drawPlots(canvas, found, { theme, playhead, width, height }) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  if (!found || width < 100) return "";
  const plots = PLOTS.filter(([, , names]) => Object.keys(names).some((name) => found.curves.channels.has(name)));
  const each = (width - GAP * (plots.length - 1)) / plots.length;
  const words = plots.map((plot, at) => drawPlot(context, found, plot, { left: at * (each + GAP), width: each, height, theme, playhead }));
  return `What was measured around the interval: ${words.join("; ")}`;
}

function drawPlot(context, { curves, onset, offset }, [title, unit, letters, smallest, centre], { left, width, height, theme, playhead }) {
  const { first, last } = curves;
  const names = Object.keys(letters);
  const x = (frame) => left + ((frame - first) / (last + 1 - first)) * width;
  const range = rangeOf(curves, names);
  context.save();
  context.beginPath();
  context.rect(left, 0, width, height);
  context.clip();
  context.fillStyle = theme.tier;
  context.fillRect(left, HEAD, width, height - HEAD);
  context.fillStyle = theme.selection;
  context.fillRect(x(onset), HEAD, x(offset + 1) - x(onset), height - HEAD);
  const [bottom, top] = scaleOf(range ?? [0, 0], smallest, centre);
  const y = (value) => height - 2 - ((value - bottom) / (top - bottom)) * (height - HEAD - 5);
  if (unit === "%" && centre === null) drawNoise(context, curves.channels.get("noise_floor"), { x, y, theme, curves });
  context.fillStyle = theme.faint;
  context.fillRect(left, y(centre ?? (unit === "% open" ? 100 : 0)), width, 1);
  names.forEach((name, at) => drawLine(context, curves, curves.channels.get(name), { x, y, colour: COLOURS[at] }));
  if (playhead >= first && playhead <= last) {
    context.fillStyle = theme.playhead;
    context.fillRect(x(playhead + 0.5), HEAD, 1, height - HEAD);
  }
  context.font = "10.5px sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = theme.text;
  context.fillText(title, left + 1, HEAD / 2);
  let end = left + 1 + context.measureText(title).width;
  names.forEach((name, at) => {
    context.fillStyle = COLOURS[at];
    context.fillText(letters[name], end + 4, HEAD / 2);
    end += letters[name] ? 4 + context.measureText(letters[name]).width : 0;
  });
  const peak = !range ? 0 : centre !== null ? (-range[0] > range[1] ? range[0] : range[1]) : unit === "% open" ? range[0] : range[1];
  const said = range ? `${peak.toFixed(unit === "% open" ? 0 : 1)}${unit === "°" ? "" : " "}${unit}` : "–";
  context.textAlign = "right";
  context.fillStyle = theme.muted;
  // Where the head of the plot is full, the number stands inside it.
  const fits = end + 8 + context.measureText(said).width < left + width;
  context.fillText(said, left + width - 2, fits ? HEAD / 2 : HEAD + 8);
  context.restore();
  return `${title} ${unit === "% open" ? "at least" : "up to"} ${said}`;
}

/** Below the floor a movement cannot be told from the measurement's own noise. */
function drawNoise(context, floor, { x, y, theme, curves }) {
  if (!floor) return;
  const places = placesOf(curves, floor);
  context.fillStyle = theme.faint;
  context.beginPath();
  context.moveTo(x(places[0]), y(0));
  places.forEach((frame, i) => context.lineTo(x(frame), y(Number.isNaN(floor.high[i]) ? 0 : floor.high[i])));
  context.lineTo(x(places.at(-1)), y(0));
  context.fill();
}

function drawLine(context, curves, channel, { x, y, colour }) {
  if (!channel) return;
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.lineJoin = "round";
  context.beginPath();
  let down = false; // a frame without a face is not a number: the line breaks there
  placesOf(curves, channel).forEach((frame, i) => {
    for (const value of channel.low === channel.high ? [channel.high[i]] : [channel.low[i], channel.high[i]]) {
      if (Number.isNaN(value)) down = false;
      else {
        if (down) context.lineTo(x(frame), y(value));
        else context.moveTo(x(frame), y(value));
        down = true;
      }
    }
  });
  context.stroke();
}

/** Frames of the samples, or the middles of the bins. */
function placesOf(curves, channel) {
  if (channel.x) return Array.from(channel.x, (frame) => frame + 0.5);
  const perBin = (curves.last + 1 - curves.first) / channel.high.length;
  return Array.from(channel.high, (_, i) => curves.first + (i + 0.5) * perBin);
}
