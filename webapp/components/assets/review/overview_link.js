// The chart of the whole video below the surface and the timeline are one: the chart shows where the timeline is, a click
// or a drag in it goes there. All of it happens in the browser; a rerun of the page per turn of the wheel would be too slow.

const PLOT = ".mark-group.role-frame.root .background";

export class OverviewLink {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.chart = `.st-key-overview-${review.data.video}`;
    this.window = document.createElement("div");
    this.window.className = "glint-window";
    Object.assign(this.window.style, { position: "absolute", boxSizing: "border-box", pointerEvents: "none", border: "1px solid rgba(127, 127, 140, 0.9)", background: "rgba(127, 140, 170, 0.16)", borderRadius: "2px" });
    this.dragging = false;
    this.listeners = [["pointerdown", (event) => this.down(event)], ["pointermove", (event) => this.move(event)], ["pointerup", () => (this.dragging = false)], ["pointercancel", () => (this.dragging = false)]];
  }

  started() {
    for (const [name, handler] of this.listeners) document.addEventListener(name, handler, true);
    // The chart is drawn after the surface, and anew when the page or its width changes.
    this.observer = new MutationObserver(() => this.follow());
    this.observer.observe(document.body, { childList: true, subtree: true });
    this.follow();
  }

  /** Where the chart's plot is on the page; null while there is none. */
  plot() {
    return document.querySelector(this.chart)?.querySelector(PLOT) ?? null;
  }

  follow() {
    this.queued ||= requestAnimationFrame(() => {
      this.queued = 0;
      if (!this.review.closed) this.place();
    });
  }

  view() {
    if (this.observer) this.follow();
  }

  place() {
    const { timeline, timestamps } = this.review;
    const chart = document.querySelector(this.chart);
    const box = this.plot()?.getBoundingClientRect();
    if (!box?.width) return this.window.remove();
    if (this.window.parentElement !== chart) {
      chart.style.position = "relative";
      chart.append(this.window);
    }
    const outer = chart.getBoundingClientRect();
    const x = (frame) => (timeAt(timestamps, frame) / Math.max(timestamps.at(-1), 1e-3)) * box.width;
    const [left, right] = [x(timeline.first), x(timeline.last + 1)];
    const style = { left: `${box.left - outer.left + left}px`, width: `${Math.max(3, right - left)}px`, top: `${box.top - outer.top}px`, height: `${box.height}px` };
    return Object.assign(this.window.style, style);
  }

  down(event) {
    const box = this.plot()?.getBoundingClientRect();
    if (event.button || !box || !event.target.closest?.(this.chart) || !inside(box, event)) return;
    this.dragging = true;
    this.go(event, box);
  }

  move(event) {
    if (!this.dragging) return;
    if (!event.buttons) this.dragging = false;
    else this.go(event, this.plot().getBoundingClientRect());
  }

  go(event, box) {
    const { review } = this;
    const { timeline, timestamps } = review;
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    const frame = frameAt(timestamps, share * timestamps.at(-1));
    const half = (timeline.last - timeline.first) / 2;
    timeline.show(frame - half, frame + half);
    review.seek(frame, event);
  }

  closed() {
    for (const [name, handler] of this.listeners) document.removeEventListener(name, handler, true);
    this.observer?.disconnect();
    cancelAnimationFrame(this.queued);
    this.window.remove();
  }
}

function inside({ left, right, top, bottom }, { clientX, clientY }) {
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}

/** Seconds of a frame, between two frames too. */
export function timeAt(timestamps, frame) {
  const low = Math.min(Math.max(Math.floor(frame), 0), timestamps.length - 1);
  const high = Math.min(low + 1, timestamps.length - 1);
  return timestamps[low] + (timestamps[high] - timestamps[low]) * Math.min(Math.max(frame - low, 0), 1);
}

/** The frame on screen at that time. */
export function frameAt(timestamps, seconds) {
  let [low, high] = [0, timestamps.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (timestamps[middle] <= seconds + 1e-6) low = middle;
    else high = middle - 1;
  }
  return low;
}
