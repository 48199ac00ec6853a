// The strip below the timeline that shows the whole video: what does not move with the view is painted once and copied.

import { drawMarks } from "./marks.js";
import { boundsOf, statusOf } from "./state.js";

const HEIGHT = 22;
const kept = { canvas: null, key: [] };

/** Position of a frame in the strip. */
export function minimapX(frame, { frameCount, width, gutter }) {
  return gutter + (frame / frameCount) * (width - gutter);
}

export function drawMinimap(context, scene, top) {
  const { width, theme, first, last, playhead, ratio } = scene;
  const at = (frame) => minimapX(frame, scene);
  context.drawImage(painted(scene, at), 0, 0, Math.ceil(width * ratio), HEIGHT * ratio, 0, top, Math.ceil(width * ratio) / ratio, HEIGHT);
  context.strokeStyle = theme.muted;
  context.lineWidth = 1;
  context.strokeRect(at(first) + 0.5, top + 0.5, Math.max(3, at(last + 1) - at(first) - 1), HEIGHT - 1);
  context.fillStyle = theme.playhead;
  if (playhead >= 0) context.fillRect(at(playhead), top, 1.5, HEIGHT);
}

/** Bars, reviewed spans and marks of the whole video; painted anew when one of them changes, not when the view does. */
function painted(scene, at) {
  const { width, theme, items, reviewed, marks, frameCount, ratio } = scene;
  const key = [items, reviewed, marks, theme.background, frameCount, width, ratio];
  if (kept.canvas && key.every((part, i) => part === kept.key[i])) return kept.canvas;
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * ratio);
  canvas.height = HEIGHT * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, HEIGHT);
  context.fillStyle = theme.tier;
  context.fillRect(0, 0, width, HEIGHT);
  context.fillStyle = theme.reviewed;
  for (const [a, b] of reviewed) context.fillRect(at(a), HEIGHT - 3, Math.max(1, at(b + 1) - at(a)), 3);
  const half = (HEIGHT - 8) / 2;
  for (const item of items) {
    const bounds = boundsOf(item);
    const status = statusOf(item);
    context.globalAlpha = status === "undecided" ? 1 : 0.45;
    context.fillStyle = status === "rejected" ? theme.muted : theme[bounds.type];
    context.fillRect(at(bounds.onset), 2 + (bounds.type === "macro" ? 0 : half), Math.max(1, at(bounds.offset + 1) - at(bounds.onset)), half - 1);
  }
  context.globalAlpha = 1;
  if (marks) drawMarks(context, { x: at, width, theme, marks, first: 0, last: frameCount - 1 }, { top: 0, height: 2 });
  Object.assign(kept, { canvas, key });
  return canvas;
}
