// How the detail timeline looks: one function per layer, all reading a plain description. No events, no requests.

import { boundsOf, statusOf } from "./state.js";

export const LAYOUT = { ruler: 18, tier: 20, gap: 3, reviewed: 5, minimap: 22, gutter: 66 };

export function rows(height, lanes) {
  const { ruler, tier, gap, reviewed, minimap } = LAYOUT;
  const minimapTop = height - minimap;
  const mine = minimapTop - gap - tier;
  const proposals = mine - gap - tier;
  const bottom = proposals - gap - reviewed - 2;
  const each = (bottom - ruler) / Math.max(1, lanes);
  return { ruler, bottom, reviewed: bottom + 1, proposals, mine, minimap: minimapTop, tier, lane: (i) => [ruler + i * each, ruler + (i + 1) * each] };
}

export function draw(context, scene) {
  const { width, height, ratio, theme } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  const place = rows(height, scene.lanes.length);
  context.save();
  context.beginPath();
  context.rect(LAYOUT.gutter, 0, width, height);
  context.clip();
  drawSelection(context, scene, place);
  drawRuler(context, scene, place);
  scene.lanes.forEach((lane, i) => drawLane(context, scene, lane, place.lane(i)));
  drawReviewed(context, scene, place.reviewed);
  drawTiers(context, scene, place);
  drawHandles(context, scene, place);
  drawPlayhead(context, scene, place);
  drawMinimap(context, scene, place.minimap);
  context.restore();
  drawNames(context, scene, place);
}

function drawNames(context, { lanes, theme }, place) {
  context.font = "11px sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = theme.muted;
  lanes.forEach((lane, i) => {
    const middle = (place.lane(i)[0] + place.lane(i)[1]) / 2;
    context.fillText(lane.title, 6, middle);
    if (!lane.unit) context.fillText(`0–${lane.max}`, 6, middle + 13);
    else context.fillText(`0–${lane.max < 10 ? lane.max.toFixed(1) : lane.max.toFixed(0)} ${lane.unit}`, 6, middle + 13);
  });
  context.fillText("min:s", 6, place.ruler / 2);
  context.fillText("proposals", 6, place.proposals + place.tier / 2);
  context.fillText("mine", 6, place.mine + place.tier / 2);
  context.fillText("all", 6, place.minimap + LAYOUT.minimap / 2);
}

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];

function drawRuler(context, { width: whole, theme, x, timestamps, first, last }, place) {
  const width = whole - LAYOUT.gutter;
  const at = (frame) => timestamps[Math.min(Math.max(Math.round(frame), 0), timestamps.length - 1)];
  const span = Math.max(at(last) - at(first), 0.001);
  const step = STEPS.find((candidate) => (candidate / span) * width >= 70) ?? 3600;
  context.fillStyle = theme.faint;
  context.font = "11px sans-serif";
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (let t = Math.ceil(at(first) / step) * step; t <= at(last) + 1e-9; t += step) {
    const left = x(frameOf(timestamps, t) + 0.5);
    context.fillRect(Math.round(left), 0, 1, place.bottom);
    context.fillStyle = theme.muted;
    context.fillText(label(t, step), left + 4, place.ruler / 2);
    context.fillStyle = theme.faint;
  }
}

function label(seconds, step) {
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  const minutes = Math.floor((seconds + 1e-9) / 60);
  const rest = (seconds - minutes * 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return `${minutes}:${rest}`;
}

function frameOf(timestamps, seconds) {
  let [low, high] = [0, timestamps.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timestamps[middle] < seconds - 1e-6) low = middle + 1;
    else high = middle;
  }
  return low;
}

function drawLane(context, scene, lane, [top, bottom]) {
  const { width, theme, x, first, last } = scene;
  context.fillStyle = theme.faint;
  context.fillRect(0, Math.round(bottom) - 1, width, 1);
  const inner = bottom - top - 5;
  const y = (value) => bottom - 2 - Math.min(Math.max(value / lane.max, 0), 1.02) * inner;
  context.lineWidth = 1;
  context.setLineDash([4, 4]);
  for (const [kind, level] of Object.entries(lane.thresholds)) {
    context.strokeStyle = theme[kind] ?? theme.muted;
    line(context, 0, y(level), width, y(level));
  }
  context.setLineDash([]);
  const part = lane.source?.best(first, last);
  if (!part) return;
  context.save();
  context.beginPath();
  context.rect(0, top, width, bottom - top);
  context.clip();
  for (const { name, colour, weight } of lane.channels) {
    const channel = part.channels.get(name);
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

function drawReviewed(context, { width, theme, x, reviewed }, top) {
  context.fillStyle = theme.faint;
  context.fillRect(0, top, width, LAYOUT.reviewed);
  context.fillStyle = theme.reviewed;
  for (const [first, last] of reviewed) context.fillRect(x(first), top, Math.max(1, x(last + 1) - x(first)), LAYOUT.reviewed);
}

function drawTiers(context, scene, place) {
  const { width, theme } = scene;
  context.fillStyle = theme.tier;
  context.fillRect(0, place.proposals, width, place.tier);
  context.fillRect(0, place.mine, width, place.tier);
  for (const item of scene.items) {
    if (item.proposal) drawBar(context, scene, item, boundsOf({ proposal: item.proposal }), place.proposals, false);
    if (item.annotation) drawBar(context, scene, item, scene.draft?.id === item.id ? scene.draft : boundsOf(item), place.mine, true);
  }
  if (scene.draft && !scene.items.some((item) => item.id === scene.draft.id && item.annotation)) {
    drawBar(context, scene, { id: scene.draft.id, annotation: { verdict: "adjusted" } }, scene.draft, place.mine, true);
  }
}

export const SIGNS = { accepted: "✓", adjusted: "✓", added: "+", rejected: "✕", unsure: "?", already: "=", undecided: "" };

function drawBar(context, { theme, x, width, selected }, item, bounds, top, mine) {
  const [left, right] = [x(bounds.onset), x(bounds.offset + 1)];
  if (right < 0 || left > width) return;
  const status = mine ? item.annotation.verdict : statusOf(item);
  const colour = theme[bounds.type];
  const size = Math.max(2, right - left);
  const faded = mine ? status === "rejected" : status !== "undecided";
  // Macro above, micro below: the two types overlap often.
  const half = LAYOUT.tier / 2;
  const upper = top + (bounds.type === "macro" ? 0 : half) + 0.5;
  context.globalAlpha = faded ? 0.38 : 1;
  context.fillStyle = colour;
  context.fillRect(left, upper, size, half - 1);
  context.globalAlpha = 1;
  if (item.id === selected) {
    context.strokeStyle = theme.text;
    context.lineWidth = 1.5;
    context.strokeRect(left - 0.5, upper - 0.5, size + 1, half);
  }
  const sign = mine ? SIGNS[status] : "";
  if (sign && size > 9) {
    context.fillStyle = faded ? theme.text : "#fff";
    context.font = "bold 9px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(sign, left + size / 2, upper + half / 2);
  }
}

function drawSelection(context, { theme, x, handles }, place) {
  if (!handles) return;
  context.fillStyle = theme.selection;
  context.fillRect(x(handles.onset), place.ruler, x(handles.offset + 1) - x(handles.onset), place.mine + place.tier - place.ruler);
}

/** Position of a handle: the onset at the left edge of its frame, the offset at the right edge, the apex in the middle. */
export function handleX(x, handles, edge) {
  return edge === "onset" ? x(handles.onset) : edge === "offset" ? x(handles.offset + 1) : x(handles.apex + 0.5);
}

export function edgesOf(handles) {
  return handles.apex === null || handles.apex === undefined ? ["onset", "offset"] : ["apex", "onset", "offset"];
}

function drawHandles(context, { theme, x, handles, hot }, place) {
  if (!handles) return;
  for (const edge of edgesOf(handles)) {
    const left = handleX(x, handles, edge);
    context.fillStyle = edge === hot ? theme.primary : theme[handles.type];
    context.globalAlpha = edge === "apex" && edge !== hot ? 0.8 : 1;
    context.fillRect(Math.round(left) - 1, place.ruler, edge === "apex" ? 1 : 2, place.mine + place.tier - place.ruler);
    context.globalAlpha = 1;
    context.beginPath();
    const y = place.ruler + 1;
    if (edge === "onset") triangle(context, left - 1, y, 10, 11);
    else if (edge === "offset") triangle(context, left + 1, y, -10, 11);
    else {
      context.moveTo(left, y - 2);
      context.lineTo(left + 5.5, y + 4.5);
      context.lineTo(left, y + 11);
      context.lineTo(left - 5.5, y + 4.5);
    }
    context.fill();
  }
}

function triangle(context, x, y, dx, dy) {
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy / 2);
  context.lineTo(x, y + dy);
}

function drawPlayhead(context, { theme, x, playhead, loading }, place) {
  if (playhead < 0) return;
  const [left, right] = [x(playhead), x(playhead + 1)];
  context.globalAlpha = loading ? 0.45 : 1;
  if (right - left > 3) {
    context.fillStyle = theme.playheadWide;
    context.fillRect(left, 0, right - left, place.minimap - 2);
  }
  context.fillStyle = theme.playhead;
  context.fillRect(Math.round((left + right) / 2), 0, 1.5, place.minimap - 2);
  context.globalAlpha = 1;
}

/** Position of a frame in the strip that shows the whole video. */
export function minimapX(frame, frameCount, width) {
  return LAYOUT.gutter + (frame / frameCount) * (width - LAYOUT.gutter);
}

function drawMinimap(context, { width, theme, items, frameCount, first, last, playhead, reviewed }, top) {
  const at = (frame) => minimapX(frame, frameCount, width);
  context.fillStyle = theme.background;
  context.fillRect(0, top - 2, width, LAYOUT.minimap + 2);
  context.fillStyle = theme.tier;
  context.fillRect(0, top, width, LAYOUT.minimap);
  context.fillStyle = theme.reviewed;
  for (const [a, b] of reviewed) context.fillRect(at(a), top + LAYOUT.minimap - 3, Math.max(1, at(b + 1) - at(a)), 3);
  for (const item of items) {
    const bounds = boundsOf(item);
    const status = statusOf(item);
    context.globalAlpha = status === "undecided" ? 1 : 0.45;
    context.fillStyle = status === "rejected" ? theme.muted : theme[bounds.type];
    const half = (LAYOUT.minimap - 8) / 2;
    context.fillRect(at(bounds.onset), top + 2 + (bounds.type === "macro" ? 0 : half), Math.max(1.5, at(bounds.offset + 1) - at(bounds.onset)), half - 1);
  }
  context.globalAlpha = 1;
  context.strokeStyle = theme.muted;
  context.lineWidth = 1;
  context.strokeRect(at(first) + 0.5, top + 0.5, Math.max(3, at(last + 1) - at(first) - 1), LAYOUT.minimap - 1);
  context.fillStyle = theme.playhead;
  if (playhead >= 0) context.fillRect(at(playhead), top, 1.5, LAYOUT.minimap);
}
