// How many keys and clicks a decision took: counted here, sent with the operation (services/effort.py reads them).

const MOST = 9999; // more is a cat on the keyboard

export class Effort {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.count = 0;
    this.press = (event) => { this.count = after(this.count, event); };
    this.root = review.view.root;
    // Capture: the surface stops keys that it takes, and they count as well.
    window.addEventListener("keydown", this.press, true);
    this.root.addEventListener("pointerdown", this.press, true);
  }

  submitting(operation) {
    operation.keys = this.count;
    this.count = 0;
  }

  closed() {
    window.removeEventListener("keydown", this.press, true);
    this.root.removeEventListener("pointerdown", this.press, true);
  }
}

/** The count after another event: a key that is held repeats by itself, and a modifier alone does nothing. */
export function after(count, event) {
  if (event.repeat || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return count;
  return Math.min(count + 1, MOST);
}
