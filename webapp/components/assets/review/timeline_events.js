// What clicks and drags on the timeline decide; how they are told apart is in timeline.js.

import * as decisions from "./decisions.js";
import { draggedTo } from "./snapping.js";

/** @param {import("./review.js").Review} review */
export function timelineEvents(review) {
  const { actions } = review;
  let grabbed = null;
  const clamped = (frame) => Math.min(Math.max(frame, 0), review.info.frame_count - 1);
  return {
    seek: (frame, event) => review.seek(frame, event),
    grab: () => (grabbed = { ...review.bounds }),
    drag: (edge, frame, event) => actions.setEdge(edge, event?.shiftKey ? draggedTo(review, edge, frame) : frame, event, { save: false, from: grabbed }),
    shift: (frames, event) => actions.setBounds(shifted(grabbed, frames, review.info.frame_count), "onset", event, { save: false }),
    drop: (edge, moved) => {
      if (moved) actions.flush();
      else actions.goTo(edge);
      review.render();
    },
    // A click on a bar selects it; somebody else's bar, and the place beside the bars, move the playhead.
    pick: (frame, bar, event) => {
      const covered = bar?.status === "already" ? review.state.items[bar.id].proposal.decided_by : null;
      if (bar?.id) review.select(covered ?? bar.id);
      else review.seek(clamped(bar ? bar.bounds.onset : frame), event);
      if (bar?.words) review.say(bar.words);
    },
    create: (onset, offset) => actions.add({ type: decisions.typeByDuration(onset, offset, review.timestamps), onset, apex: null, offset }),
    centre: () => review.centre(),
  };
}

/**
 * An interval moved as a whole by frames; its length stays, and it stops at both ends of the video.
 * @param {{onset: number, apex: number|null, offset: number}} bounds
 */
export function shifted(bounds, frames, frameCount) {
  const by = Math.min(Math.max(frames, -bounds.onset), frameCount - 1 - bounds.offset);
  const apex = bounds.apex === null || bounds.apex === undefined ? null : bounds.apex + by;
  return { ...bounds, onset: bounds.onset + by, apex, offset: bounds.offset + by };
}
