// Landmarks and regions drawn over the frame on screen. They are measurements of the run, fetched for frames that rest.

export class Landmarks {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.asking = null;
    this.actions = { overlay: () => this.toggle() };
  }

  rendered() {
    this.review.view.overlay.dataset.on = String(this.review.player.showOverlay);
  }

  toggle() {
    const { review } = this;
    review.player.showOverlay = !review.player.showOverlay;
    this.drawn(review.player.drawn);
    review.player.setOverlay(review.player.overlay);
    review.render();
  }

  /** Landmarks of the frame on screen; while playing none are asked for. */
  async drawn(frame) {
    const { review } = this;
    if (!review.player?.showOverlay || review.clock.playing || frame < 0 || review.player.overlay?.frame === frame || this.asking === frame) return;
    this.asking = frame;
    try {
      const answer = await review.api.json(`/api/videos/${review.data.video}/landmarks?frame=${frame}`);
      if (answer.found && frame === review.player.drawn) review.player.setOverlay({ frame, ...regionsOf(answer) });
      else if (!answer.found && frame === review.player.drawn) review.say("No face was found in this frame, or no landmarks are stored yet.");
    } catch (error) {
      review.say(`Landmarks: ${error.message}`);
    } finally {
      this.asking = null;
      if (review.player.drawn !== frame) this.drawn(review.player.drawn);
    }
  }
}

/** Landmarks as points, regions with their names for people. */
function regionsOf({ points, regions }) {
  return { points, regions: Object.entries(regions).map(([name, point]) => ({ point, name: name.replaceAll("_", " ") })) };
}
