// What buttons, lists and the mouse do besides deciding and playing, by keys: order and filter of the queue, brightness,
// moving an enlarged picture, the curves of the legend, unsaved decisions.

const BRIGHTER = 0.1;
const MOVE = 0.12; // share of the picture that one press moves

export class Reach {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.actions = {
      order: () => this.order(),
      "undecided-only": () => this.option("undecidedOnly", review.view.undecided, "Only undecided items are listed.", "All items are listed."),
      advance: () => this.option("advance", review.view.advance, "After a decision the next undecided item follows.", "After a decision the item stays."),
      darker: () => this.brightness(-BRIGHTER),
      brighter: () => this.brightness(BRIGHTER),
      "look-left": () => this.look(-MOVE, 0),
      "look-right": () => this.look(MOVE, 0),
      "look-up": () => this.look(0, -MOVE),
      "look-down": () => this.look(0, MOVE),
      legend: () => this.legend(),
      problems: () => review.saving.outbox.unconfirmed ? review.saving.showProblems() : review.say("Everything is saved."),
    };
  }

  order() {
    const { sort } = this.review.view;
    sort.selectedIndex = (sort.selectedIndex + 1) % sort.options.length;
    this.review.setOption("sort", sort.value);
    this.review.say(`Queue: ${sort.selectedOptions[0].textContent}.`);
  }

  option(name, box, yes, no) {
    box.checked = !box.checked;
    this.review.setOption(name, box.checked);
    this.review.say(box.checked ? yes : no);
  }

  brightness(step) {
    const { view, player, say } = this.review;
    const { brightness } = view;
    brightness.value = String(Number(brightness.value) + step);
    player.setBrightness(Number(brightness.value));
    say.call(this.review, `Brightness ${Math.round(Number(brightness.value) * 100)} % of the recording.`);
  }

  look(x, y) {
    const { player } = this.review;
    if (player.view.scale === 1) return this.review.say("The whole picture is shown; enlarge it first.");
    const { scale } = player.rectangle();
    player.view.x += (x * player.size.width) / scale;
    player.view.y += (y * player.size.height) / scale;
    return player.settle();
  }

  /** The chips are a toolbar: one of them has the focus, arrows move it. */
  legend(place = 0) {
    const chips = [...this.review.view.legend.querySelectorAll("button")];
    if (!chips.length) return this.review.say("There are no curves yet.");
    return chips[(place + chips.length) % chips.length].focus();
  }

  takes(event) {
    const { legend, root } = this.review.view;
    const chips = [...legend.querySelectorAll("button")];
    const at = chips.indexOf(root.getRootNode().activeElement);
    if (at < 0) return false;
    if (event.key === "ArrowRight") this.legend(at + 1);
    else if (event.key === "ArrowLeft") this.legend(at - 1);
    else if (event.key === "Escape") root.focus({ preventScroll: true });
    else if (event.key === " " || event.key === "Enter") {
      chips[at].click();
      this.legend(at); // clicking makes the chips anew
    } else return false;
    return true;
  }
}
