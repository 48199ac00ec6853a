// The page's skeleton: every element the reviewing surface has, made once. No behaviour beyond creating them.

/** h("button", {class: "x", onclick: f}, "text", child) makes an element; texts are always text, never markup. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A button for the mouse; it never keeps the focus, so Space stays play. */
function button(action, text, title, perform, extra = {}) {
  return h("button", { type: "button", "data-action": action, title, tabindex: "-1", onclick: (event) => perform(action, event), ...extra }, text);
}

/** Heads of the columns, so that every number has its unit. */
function queueHeads() {
  const heads = [["type", ""], ["onset", "minutes:seconds"], ["length", "seconds"], ["score", "of the model, 0 to 1"], ["decision", ""]];
  return h("div", { class: "heads", "aria-hidden": "true" }, ...heads.map(([text, unit]) => h("span", { title: unit ? `${text}: ${unit}` : text }, text)));
}

/** What the badge beside the frame number means. */
export const BADGES = {
  exact: "This picture is the frame of that number, read by its own timestamp",
  "irregular source": "This picture is the frame of that number; frames of this source do not come at even distances",
  "repeated picture": "This picture is the frame of that number; the source shows the picture of the frame before once more",
  "missing image": "The source has no picture for this frame",
};

const SPEEDS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2];
export { SPEEDS };

/** @param {(action: string, event: Event) => void} perform */
export function skeleton(perform, on) {
  const canvas = h("canvas", { class: "picture", role: "img", "aria-label": "The frame on screen", "data-testid": "picture" });
  const badge = h("span", { class: "badge", "data-testid": "badge" });
  const frame = h("span", { class: "frame", "data-testid": "frame" }, "–");
  const source = h("span", { class: "source", title: "Number of this frame in the file or folder", "data-testid": "source" });
  const code = h("span", { class: "code", "data-testid": "timecode" });
  const waiting = h("span", { class: "waiting" }, "loading");
  const readout = h("div", { class: "readout" }, h("small", {}, "frame"), frame, code, source, badge, waiting);
  const prompt = h("div", { class: "prompt", "aria-live": "polite", hidden: true, "data-testid": "prompt" });
  const toast = h("div", { class: "toast", role: "status", "aria-live": "polite" });
  const look = h("div", { class: "look", hidden: true, "data-testid": "look" });
  const looks = h("div", { class: "looks", role: "toolbar", "aria-label": "Views beside the picture" },
    button("look-face", "face", "Face held still (s); Shift S pins the neutral frame", perform, { "aria-label": "Face held still" }), button("look-magnified", "×8", "Movement magnified (d); Shift D more", perform, { "aria-label": "Movement magnified" }),
    button("look-blink", "1⇄2", "Onset and apex in turn (b)", perform, { "aria-label": "Onset and apex in turn" }), button("look-triptych", "3", "Onset, apex, offset and what moved (k)", perform, { "aria-label": "Onset, apex and offset" }),
    button("look-strip", "±2", "Two frames before and after (h)", perform, { "aria-label": "Neighbouring frames" }));
  const stage = h("div", { class: "stage" }, h("div", { class: "screen" }, canvas, readout), look, looks, prompt, toast);

  const speed = h("select", { title: "Speed (- and =)", "aria-label": "Speed", tabindex: "-1", "data-testid": "speed", onchange: (event) => on.speed(Number(event.target.value)) },
    ...SPEEDS.map((value) => h("option", { value: String(value) }, `${value}×`)));
  speed.value = "1";
  const brightness = h("input", { type: "range", min: "0.5", max: "2.5", step: "0.05", value: "1", title: "Brightness (9 darker, 0 brighter; double-click: as recorded)", "aria-label": "Brightness", tabindex: "-1",
    oninput: (event) => on.brightness(Number(event.target.value)), ondblclick: (event) => { event.target.value = "1"; on.brightness(1); } });
  const play = button("play", "▶", "Play, pause (Space)", perform, { class: "wide" });
  const loop = button("loop", "⟳ loop", "Loop the interval (l)", perform);
  const mute = button("mute", "♪", "Sound on, off (m); heard at speed 1", perform);
  const overlay = button("overlay", "mesh", "Landmarks and regions (o)", perform);
  const controls = h("div", { class: "controls" },
    h("div", { class: "group" }, button("step-10", "«", "Ten frames back (Shift ←)", perform), button("step-", "‹", "One frame back (←)", perform), play,
      button("step+", "›", "One frame on (→)", perform), button("step+10", "»", "Ten frames on (Shift →)", perform)),
    h("div", { class: "group" }, loop, speed, mute),
    h("div", { class: "group decide" },
      button("accept", "Accept", "Accept (a)", perform, { class: "accept" }), button("reject", "Reject", "Reject, then the letter of the reason (r)", perform, { class: "reject" }),
      button("unsure", "Unsure", "Unsure (u)", perform), button("type", "Type", "Change type (t)", perform), button("add", "+ Missed", "Add a missed interval at the playhead (i)", perform),
      button("undo", "↶", "Undo (z)", perform)),
    h("div", { class: "group right" }, overlay, h("label", { class: "bright", title: "Brightness" }, "☀", brightness), button("fit", "fit", "Whole picture (f)", perform), button("help", "?", "All keys (?)", perform)));

  const lanes = h("canvas", { class: "lanes", role: "img", "aria-label": "Timeline of curves, proposals and decisions; the queue lists the same intervals", "data-testid": "timeline" });
  const legend = h("div", { class: "legend", role: "toolbar", "aria-label": "Curves" });
  const timeline = h("div", { class: "timeline" }, h("div", { class: "plot" }, lanes), legend);
  const why = h("section", { class: "why", hidden: true, "aria-label": "What else it may be" });

  const queue = h("div", { class: "queue", role: "listbox", tabindex: "0", "aria-label": "Queue", "data-testid": "queue" });
  const count = h("span", { class: "count", "data-testid": "count" });
  const undecided = h("input", { type: "checkbox", tabindex: "-1", "data-testid": "undecided-only", onchange: (event) => on.option("undecidedOnly", event.target.checked) });
  const sort = h("select", { tabindex: "-1", title: "Order (Shift O)", "aria-label": "Order of the queue", "data-testid": "sort", onchange: (event) => { event.target.blur(); on.option("sort", event.target.value); } },
    h("option", { value: "time" }, "by time"), h("option", { value: "score" }, "surest first"), h("option", { value: "doubt" }, "least sure first"), h("option", { value: "disagreement" }, "two runs disagree"));
  const other = h("select", { class: "other", hidden: true, tabindex: "-1", "aria-label": "The second run", "data-testid": "other-run" });
  const remaining = h("span", { class: "remaining", "data-testid": "remaining" });
  const advance = h("input", { type: "checkbox", tabindex: "-1", "data-testid": "advance", onchange: (event) => on.option("advance", event.target.checked) });
  const fields = h("div", { class: "fields", role: "group", "aria-label": "The selected interval" });
  const reviewed = button("reviewed", "Mark reviewed", "The whole video is looked at: no expression elsewhere (v)", perform, { class: "reviewed", "data-testid": "reviewed" });
  const unsent = h("button", { type: "button", class: "unsent", hidden: true, tabindex: "-1", "data-testid": "unsent", onclick: () => on.unsent() });
  const saved = h("span", { class: "saved" }, "all saved");
  const side = h("aside", { class: "side" },
    h("header", {}, count, sort),
    h("div", { class: "filters" }, h("label", { title: "Only undecided items (Shift U)" }, undecided, " undecided only"), h("label", { title: "Go to the next undecided item after a decision (Shift F)" }, advance, " go on"), remaining),
    other, queueHeads(), queue, fields, h("footer", {}, reviewed, h("span", { class: "status" }, unsent, saved)));

  const layer = h("div", { class: "layer" });
  const live = { selection: h("div", { class: "unseen", "aria-live": "polite", "data-testid": "said" }), frame: h("div", { class: "unseen", "aria-live": "polite", "data-testid": "said-frame" }) };
  const root = h("div", { class: "glint", role: "application", "aria-label": "Review", tabindex: "0", "data-ready": "false", "data-frame": "-1", "data-unconfirmed": "0", "data-selected": "" },
    h("main", {}, stage, controls, timeline, why), side, layer, live.selection, live.frame);
  return { root, canvas, badge, frame, source, code, waiting, stage, prompt, toast, speed, brightness, play, loop, mute, overlay, lanes, legend, queue, count,
    undecided, sort, other, remaining, advance, fields, reviewed, unsent, saved, layer, live, readout, look, looks, why };
}
