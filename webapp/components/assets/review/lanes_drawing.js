// Curves of the timeline in their lanes. No events, no requests.

/** A scale in words: "0–12 %"; from 0 unless the lane says where it begins. */
export function scaleText({ min = 0, max, unit }) {
  const short = (value) => (Math.abs(value) < 10 && value % 1 ? value.toFixed(1) : value.toFixed(0));
  return `${short(min)}–${short(max)} ${unit ?? ""}`.trim();
}

export function drawLane(context, scene, lane, [top, bottom]) {
  const { width, theme, x, first, last } = scene;
  context.fillStyle = theme.faint;
  context.fillRect(0, Math.round(bottom) - 1, width, 1);
  const inner = bottom - top - 5;
  const least = lane.min ?? 0;
  const y = (value) => bottom - 2 - Math.min(Math.max((value - least) / (lane.max - least || 1), 0), 1.02) * inner;
  context.lineWidth = 1;
  context.setLineDash([4, 4]);
  for (const [kind, level] of Object.entries(lane.thresholds ?? {})) {
    context.strokeStyle = theme[kind] ?? theme.muted;
    line(context, 0, y(level), width, y(level));
  }
  context.setLineDash([]);
  context.save();
  context.beginPath();
  context.rect(0, top, width, bottom - top);
  context.clip();
  for (const { name, colour, weight, source } of lane.channels) {
    const part = (source ?? lane.source)?.best(first, last);
    const channel = part?.channels.get(name);
    if (channel) drawChannel(context, part, channel, { x, y, first, last, colour, weight, width });
  }
  context.restore();
}

function drawChannel(context, part, channel, { x, y, first, last, colour, weight, width }) {
  const count = channel.low.length;
  const perBin = (part.last - part.first + 1) / count;
  const centre = channel.x ? (i) => channel.x[i] + 0.5 : (i) => part.first + (i + 0.5) * perBin;
  const from = channel.x ? Math.max(0, bisect(channel.x, first) - 1) : Math.max(0, Math.floor((first - part.first) / perBin) - 1);
  const to = channel.x ? Math.min(count - 1, bisect(channel.x, last) + 1) : Math.min(count - 1, Math.ceil((last - part.first) / perBin) + 1);
  context.strokeStyle = colour;
  context.lineWidth = weight;
  context.lineJoin = "round";
  context.beginPath();
  if (to - from <= width * 1.5 && channel.low === channel.high) {
    let down = false; // a frame without a face is not a number: the line breaks there
    for (let i = from; i <= to; i++) {
      const value = channel.high[i];
      if (Number.isNaN(value)) down = false;
      else if (down) context.lineTo(x(centre(i)), y(value));
      else context.moveTo(x(centre(i)), y(value));
      down = !Number.isNaN(value);
    }
  } else drawExtremes(context, channel, { from, to, centre, x, y });
  context.stroke();
}

/** One vertical stroke per pixel column from the smallest to the largest value in it. */
function drawExtremes(context, channel, { from, to, centre, x, y }) {
  let column = null;
  let [low, high] = [Infinity, -Infinity];
  let previous = null;
  const flush = () => {
    if (column === null || high < low) return;
    if (previous === null || column - previous > 3) context.moveTo(column + 0.5, y(low));
    else context.lineTo(column + 0.5, y(low));
    context.lineTo(column + 0.5, y(high));
    previous = column;
  };
  for (let i = from; i <= to; i++) {
    const here = Math.floor(x(centre(i)));
    if (here !== column) {
      flush();
      column = here;
      [low, high] = [Infinity, -Infinity];
    }
    if (channel.low[i] < low) low = channel.low[i];
    if (channel.high[i] > high) high = channel.high[i];
  }
  flush();
}

function bisect(values, wanted) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
