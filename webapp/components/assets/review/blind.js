// Coding blind: the server withholds proposals and curves until the whole video is judged; here that is said, and the
// proposals are fetched as soon as it is over. Nothing is hidden in the page: what is withheld never comes here.

import { h } from "./elements.js";
import { keyText } from "./keymap.js";
import { merged } from "./state.js";

export class Blind {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.banner = h("div", { class: "blind", role: "status", hidden: true, "data-testid": "blind" });
    review.view.queue.parentElement.querySelector("header").after(this.banner);
  }

  rendered() {
    const { review } = this;
    const { blind, outbox } = review.saving;
    this.banner.hidden = !blind;
    review.view.root.dataset.blind = String(blind);
    if (!blind) return;
    const text = `Blind: no proposals until you mark this video reviewed (${keyText("reviewed", review.ownKeys).split(" or ")[0]}).`;
    if (this.banner.textContent !== text) this.banner.replaceChildren(h("strong", {}, "Blind"), text.slice(5));
    // The server must know it first: only it can end the blindness.
    if (covers(review.state.reviewed, review.info.frame_count) && !outbox.unconfirmed && !this.asking) this.end();
  }

  async end() {
    const { review } = this;
    this.asking = true;
    try {
      const found = await review.fetchReview();
      if (review.closed) return;
      review.actions.flush();
      review.saving.load(found);
      review.render();
      if (!found.blind) review.say(endWords(found.proposals));
    } catch (error) {
      review.say(`Proposals: ${error.message}`);
    } finally {
      this.asking = false;
    }
  }
}

/** What is asked before the key that ends the blindness for good; null where it would not end. */
export function lastQuestion(blind, reviewed, span, frameCount, coded) {
  if (!blind || !covers([...reviewed, span], frameCount)) return null;
  const found = coded === 1 ? "1 interval" : `${coded} intervals`;
  return ["End the blind coding", `You coded ${found} without the model. Once the video is marked reviewed this counts as your blind result, and the proposals are shown; they cannot be hidden again.`, "Mark reviewed"];
}

/** "The model proposes 12; 5 of them you have found." */
export function endWords(proposals) {
  if (!proposals.length) return "The blind coding is over. The model proposes nothing here.";
  const met = proposals.filter((proposal) => proposal.decided_by).length;
  return `The blind coding is over. The model proposes ${proposals.length}; ${met} of them you have found.`;
}

function covers(reviewed, frameCount) {
  return merged(reviewed).some(([first, last]) => first <= 0 && last >= frameCount - 1);
}
