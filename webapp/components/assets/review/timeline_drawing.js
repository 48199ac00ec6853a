// How the detail timeline looks: one function per layer, all reading a plain description. No events, no requests.
//
// scene: theme, timestamps, items, tiers (stacking.js), lanes ({title, unit, min, max, channels, source, thresholds}),
// marks (marks.js), reviewed, selected, draft, handles, suspect, playhead, loading.

import { drawLane, scaleText } from "./lanes_drawing.js";
import { drawMarks } from "./marks.js";
import { drawMinimap } from "./minimap.js";
import { between } from "./stacking.js";

export const LAYOUT = { ruler: 18, tier: 20, lane: 8, gap: 3, reviewed: 5, minimap: 22, gutter: 66 };
// Whatever is stacked, this share of the height belongs to the curves.
const CURVES_SHARE = 0.35;

/** Where everything stands: tiers from top to bottom between the curves and the strip of the whole video. */
export function rows(height, { lanes, tiers }) {
  const { ruler, gap, reviewed, minimap } = LAYOUT;
  const minimapTop = height - minimap;
  const room = (minimapTop - ruler - reviewed) * (1 - CURVES_SHARE) - gap * (tiers.length + 1);
  const wanted = tiers.map((tier) => Math.max(LAYOUT.tier, LAYOUT.lane * tier.lanes));
  const scale = Math.min(1, room / wanted.reduce((sum, one) => sum + one, 0));
  let bottom = minimapTop;
  const placed = tiers.map((tier, at) => ({ tier, height: wanted[at] * scale })).reverse().map(({ tier, height: own }) => {
    bottom -= gap + own;
    return { tier, top: bottom, height: own };
  }).reverse();
  const top = bottom - gap - reviewed - 2;
  const each = (top - ruler) / Math.max(1, lanes.length);
  const own = placed.findLast(({ tier }) => tier.key === "mine") ?? placed.at(-1);
  return { ruler, bottom: top, reviewed: top + 1, tiers: placed, handles: own.top + own.height, minimap: minimapTop, lane: (i) => [ruler + i * each, ruler + (i + 1) * each] };
}

export function draw(context, scene) {
  const { width, height, ratio, theme } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  const place = rows(height, scene);
  context.save();
  context.beginPath();
  context.rect(LAYOUT.gutter, 0, width, height);
  context.clip();
  drawSelection(context, scene, place);
  drawRuler(context, scene, place);
  scene.lanes.forEach((lane, i) => drawLane(context, scene, lane, place.lane(i)));
  drawReviewed(context, scene, place.reviewed);
  for (const row of place.tiers) drawTier(context, scene, row);
  drawHandles(context, scene, place);
  drawPlayhead(context, scene, place);
  drawMinimap(context, { ...scene, gutter: LAYOUT.gutter }, place.minimap);
  context.restore();
  drawNames(context, scene, place);
}

function drawNames(context, { lanes, theme }, place) {
  context.font = "11px sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = theme.muted;
  const write = (text, y) => context.fillText(text, 6, y, LAYOUT.gutter - 8);
  lanes.forEach((lane, i) => {
    const [top, bottom] = place.lane(i);
    const middle = (top + bottom) / 2;
    const roomy = bottom - top > 26;
    write(lane.title, roomy ? middle - 6 : middle);
    if (roomy) write(scaleText(lane), middle + 7);
  });
  write("min:s", place.ruler / 2);
  for (const { tier, top, height } of place.tiers) write(tier.title, top + height / 2);
  write("all", place.minimap + LAYOUT.minimap / 2);
}

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];

function drawRuler(context, { width: whole, theme, x, timestamps, first, last, marks }, place) {
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
  if (marks) drawMarks(context, { x, width: whole, theme, marks, first, last }, { top: place.ruler - 3, height: 3 });
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

function drawReviewed(context, { width, theme, x, reviewed }, top) {
  context.fillStyle = theme.faint;
  context.fillRect(0, top, width, LAYOUT.reviewed);
  context.fillStyle = theme.reviewed;
  for (const [first, last] of reviewed) context.fillRect(x(first), top, Math.max(1, x(last + 1) - x(first)), LAYOUT.reviewed);
}

function drawTier(context, scene, { tier, top, height }) {
  const { width, theme, first, last, x, selected, draft } = scene;
  context.fillStyle = theme.tier;
  context.fillRect(0, top, width, height);
  const each = height / tier.lanes;
  const [from, to] = between(tier, Math.floor(first), Math.ceil(last));
  const filled = []; // per lane: where and how the last bar ended, for thousands that share one pixel
  let moving = tier.key === "mine" ? draft : null;
  for (let i = from; i < to; i++) {
    const bar = tier.bars[i];
    const drafted = moving && bar.id === moving.id;
    if (drafted) moving = null;
    drawBar(context, { theme, x, width, filled, chosen: bar.id !== null && bar.id === selected }, bar, drafted ? draft : bar.bounds, top + bar.lane * each, each);
  }
  if (moving && !tier.bars.some((bar) => bar.id === moving.id)) {
    const lane = moving.type === "macro" ? 0 : tier.macroLanes;
    drawBar(context, { theme, x, width, filled, chosen: true }, { status: "adjusted", sign: "✓", lane }, moving, top + lane * each, each);
  }
}

function drawBar(context, { theme, x, width, filled, chosen }, bar, bounds, top, height) {
  const [left, right] = [x(bounds.onset), x(bounds.offset + 1)];
  if (right < 0 || left > width) return;
  const size = Math.max(1, right - left);
  const faded = bar.sign === undefined ? bar.status !== "undecided" : bar.status === "rejected";
  const end = Math.floor(left + size);
  const style = `${bounds.type}${faded}`;
  if (!chosen && size <= 1 && filled[bar.lane]?.end === end && filled[bar.lane].style === style) return;
  filled[bar.lane] = { end, style };
  context.globalAlpha = faded ? 0.38 : 1;
  context.fillStyle = theme[bounds.type];
  context.fillRect(left, top + 0.5, size, height - 1);
  context.globalAlpha = 1;
  if (chosen) {
    context.strokeStyle = theme.text;
    context.lineWidth = 1.5;
    context.strokeRect(left - 0.5, top, size + 1, height);
  }
  if (bar.sign && size > 9 && height > 7) {
    context.fillStyle = faded ? theme.text : "#fff";
    context.font = "bold 9px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(bar.sign, left + size / 2, top + height / 2 + 0.5);
  }
}

function drawSelection(context, { theme, x, handles, suspect }, place) {
  const band = handles ?? suspect;
  if (!band) return;
  context.fillStyle = theme.selection;
  context.fillRect(x(band.onset), place.ruler, x(band.offset + 1) - x(band.onset), place.handles - place.ruler);
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
    context.fillRect(Math.round(left) - 1, place.ruler, edge === "apex" ? 1 : 2, place.handles - place.ruler);
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
