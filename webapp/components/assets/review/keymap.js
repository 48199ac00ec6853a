// The keymap as one table: what is shown on ?, and what keyboard.js listens for. What an action does is elsewhere.

/** [keys, action, text]; "Shift+" is part of a key only for names and arrows, letters ignore it unless written. */
export const KEYMAP = [
  ["Decide", null, null],
  [["a"], "accept", "accept (keeps your corrections), go on"],
  [["r"], "reject", "reject, then the letter of the reason"],
  [["u"], "unsure", "unsure"],
  [["t"], "type", "change type macro / micro"],
  [["i", "Insert"], "add", "add a missed interval at the playhead"],
  [["Delete", "Backspace"], "delete", "delete an interval of your own"],
  [["z", "Control+z", "Meta+z"], "undo", "undo"],
  [["Shift+Z", "Control+y", "Control+Shift+Z", "Meta+Shift+Z"], "redo", "redo what was undone"],
  [["v"], "reviewed", "mark the whole video reviewed, or not"],
  [["Shift+V"], "reviewed-window", "mark the visible stretch reviewed"],
  ["Correct", null, null],
  [["1"], "set-onset", "onset to the playhead"],
  [["2"], "set-apex", "apex to the playhead"],
  [["3"], "set-offset", "offset to the playhead"],
  [["[", "BracketLeft"], "onset-", "onset one frame earlier"],
  [["]", "BracketRight"], "onset+", "onset one frame later"],
  [[";", "Semicolon"], "apex-", "apex one frame earlier"],
  [["'", "Quote"], "apex+", "apex one frame later"],
  [[",", "Comma"], "offset-", "offset one frame earlier"],
  [[".", "Period"], "offset+", "offset one frame later"],
  [["Shift+X"], "snap", "onset, apex, offset to the curve: shown, again takes it (Shift while dragging)"],
  ["Code", null, null],
  [["Enter"], "code", "action units and the other fields; Tab goes on, Esc comes back"],
  [["Shift+C"], "copy", "copy action units and emotion of the last coded interval"],
  [["Shift+I"], "history", "history of the interval"],
  ["Go", null, null],
  [["n", "ArrowDown"], "next", "next in the queue"],
  [["p", "ArrowUp"], "previous", "previous in the queue"],
  [["g"], "next-undecided", "next undecided"],
  [["Shift+G"], "sweep", "next suspicious stretch that was never proposed"],
  [["ArrowLeft"], "step-", "one frame back"],
  [["ArrowRight"], "step+", "one frame on"],
  [["Shift+ArrowLeft"], "step-10", "ten frames back"],
  [["Shift+ArrowRight"], "step+10", "ten frames on"],
  [["j"], "jump", "to a frame by its number"],
  [["q"], "go-onset", "to the onset"],
  [["w"], "go-apex", "to the apex"],
  [["e"], "go-offset", "to the offset"],
  [["Shift+O"], "order", "another order of the queue"],
  [["Shift+U"], "undecided-only", "only undecided items, or all"],
  [["Shift+F"], "advance", "go on by itself after a decision, or stay"],
  ["Play and look", null, null],
  [[" "], "play", "play, pause"],
  [["l"], "loop", "loop the interval"],
  [["-"], "slower", "slower"],
  [["=", "+"], "faster", "faster"],
  [["m"], "mute", "sound on, off (heard at speed 1)"],
  [["o"], "overlay", "landmarks and regions"],
  [["s"], "look-face", "face held still, beside the picture"],
  [["Shift+S"], "pin", "pin this frame as the neutral one, or let go of it"],
  [["d"], "look-magnified", "movement of the interval magnified, in a loop"],
  [["Shift+D"], "magnify-more", "more magnified, up to 20 times, then from 2 again"],
  [["k"], "look-triptych", "onset, apex, offset and what moved"],
  [["b"], "look-blink", "onset (or neutral) and apex in turn"],
  [["h"], "look-strip", "two frames before and after"],
  [["y"], "why", "what moved around the interval, and what else it may be"],
  [["Shift+M"], "signals", "signals of other programs: import, show, delete"],
  [["f"], "fit", "whole picture"],
  [["x"], "zoom", "picture larger"],
  [["9"], "darker", "picture darker"],
  [["0"], "brighter", "picture brighter"],
  [["Control+ArrowLeft"], "look-left", "enlarged picture: to the left"],
  [["Control+ArrowRight"], "look-right", "enlarged picture: to the right"],
  [["Control+ArrowUp"], "look-up", "enlarged picture: up"],
  [["Control+ArrowDown"], "look-down", "enlarged picture: down"],
  [["Shift+L"], "legend", "curves: choose with the arrows, Space shows or hides"],
  [["c"], "centre", "timeline to the interval"],
  [["Home"], "whole", "timeline: whole video"],
  [["Shift+ArrowUp"], "timeline-in", "timeline: closer"],
  [["Shift+ArrowDown"], "timeline-out", "timeline: wider"],
  [["PageUp"], "timeline-left", "timeline: earlier"],
  [["PageDown"], "timeline-right", "timeline: later"],
  [["Shift+E"], "session-card", "this sitting: intervals, seconds, keys, unsynced"],
  [["Shift+P"], "problems", "decisions that are not saved yet"],
  [["?", "/"], "help", "this help"],
  [["Shift+K"], "keys", "keys of your own"],
  [["Escape"], "escape", "close, cancel"],
];

/** Keys of an action, an annotator's own before the delivered ones. */
export function keysOf(action, own = {}) {
  return own[action] ?? KEYMAP.find(([, name]) => name === action)?.[0] ?? [];
}

/** Keys that are worth showing: places of keys stand for layouts that print something else there. */
export function shownKeys(action, own = {}) {
  return keysOf(action, own).filter((key) => !/^(Bracket(Left|Right)|Semicolon|Quote|Comma|Period)$|^Meta\+/.test(key));
}

const LABELS = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Delete: "Del", Escape: "Esc", Insert: "Ins", PageUp: "PgUp", PageDown: "PgDn", Control: "Ctrl" };

/** A key as it is printed: "Shift+ArrowLeft" is "Shift ←". */
export function keyLabel(key) {
  const parts = key.length > 1 ? key.split("+") : [key];
  return parts.map((part) => LABELS[part] ?? part).join(" ");
}

/** What to press for an action, in words. */
export function keyText(action, own = {}) {
  return shownKeys(action, own).map(keyLabel).join(" or ") || "no key";
}
