// The listeners that take keys before Streamlit sees them. The table of keys is keymap.js; what an action does is elsewhere.

import { KEYMAP } from "./keymap.js";

/**
 * Key -> action.
 * @param {Object<string, string[]>} own action -> keys that an annotator chose instead of the delivered ones; they win
 */
export function tableOf(own = {}) {
  const rows = KEYMAP.filter(([, action]) => action);
  const delivered = rows.filter(([, action]) => !own[action]).flatMap(([keys, action]) => keys.map((key) => [key, action]));
  const chosen = rows.filter(([, action]) => own[action]).flatMap(([, action]) => own[action].map((key) => [key, action]));
  return new Map([...delivered, ...chosen]);
}

const DELIVERED = tableOf();

/** Action of a key press: what is printed on the key first, its place second (other alphabets, other layouts). */
export function actionOf(event, table = DELIVERED) {
  return namesOf(event).map((name) => table.get(name)).find(Boolean) ?? null;
}

/** The name under which a key press is assigned to an action; null for modifiers and dead keys alone. */
export function keyName(event) {
  const name = namesOf(event)[0] ?? null;
  return name && !/(^|\+)(Shift|Control|Alt|AltGraph|Meta|CapsLock|Dead|Process|Unidentified)$/.test(name) ? name : null;
}

/** Names a key press may be listed under, the closest first. */
function namesOf({ key, code, shiftKey, ctrlKey, metaKey, altKey }) {
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  // A letter that this layout does not print stands where the Latin one would: Cyrillic and Greek boards work too.
  const printed = place && !/[ -~]/.test(key) && !/\p{Script=Latin}/u.test(key) ? place.toLowerCase() : key;
  const letter = printed.length === 1 && printed.toLowerCase() !== printed.toUpperCase();
  const base = letter ? printed.toLowerCase() : printed;
  // AltGr (on some systems Ctrl+Alt, on others Alt) is how many layouts print [ ] and their like.
  if (altKey) return base.length === 1 && !/[\p{L}\p{N} ]/u.test(base) ? [base] : [];
  if (ctrlKey || metaKey) return [`${ctrlKey ? "Control" : "Meta"}+${shiftKey && letter ? `Shift+${base.toUpperCase()}` : base}`];
  if (!shiftKey) return [base, code];
  if (letter) return [`Shift+${base.toUpperCase()}`, base, code];
  return base.length > 1 ? [`Shift+${base}`, ...(base.startsWith("Arrow") ? [] : [base])] : [base, code];
}

/** Is somebody writing? Then no key is ours. */
export function isTyping(event) {
  const target = event.composedPath?.()[0] ?? event.target;
  if (!target || !target.tagName) return false;
  if (target.isContentEditable) return true;
  if (target.tagName === "INPUT") return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target.tagName === "TEXTAREA" || target.tagName === "SELECT";
}

const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

/** Does the key belong to a control of the page itself: all in a list or dialogue, the moving ones on a slider, Enter on a link? */
function isPageControl(event, root) {
  const path = event.composedPath();
  if (path.includes(root)) return false;
  const roles = path.filter((node) => node.getAttribute).map((node) => node.getAttribute("role"));
  if (roles.some((role) => ["listbox", "dialog", "combobox"].includes(role))) return true;
  if (event.key === "Enter" && path[0].closest?.("a[href], button, summary, [role=button], [role=tab]")) return true;
  const slider = roles.includes("slider") || path[0].type === "range";
  return slider && MOVES.includes(event.key);
}

/**
 * Listens in the capture phase of the window, for keydown and keyup, so that Streamlit's own r and c never fire and
 * Space activates no focused button.
 * @param {Element} root the component's root
 * @param {(action: string, event: KeyboardEvent) => boolean|void} perform false: not handled
 * @param {(event: KeyboardEvent) => boolean} intercept true: a dialogue or a pending reason took the key
 * @param {() => Map<string, string>} table key -> action, as it is now
 * @returns {() => void} stops listening
 */
export function listen(root, perform, intercept, table = () => DELIVERED) {
  const taken = new Set();
  const down = (event) => {
    if (isTyping(event) || isPageControl(event, root) || event.isComposing) return;
    const action = actionOf(event, table());
    const used = intercept(event) || (action !== null && perform(action, event) !== false);
    if (!used) return;
    taken.add(event.code);
    stop(event);
  };
  const up = (event) => {
    if (taken.delete(event.code)) stop(event);
  };
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  window.addEventListener("keydown", down, true);
  window.addEventListener("keyup", up, true);
  return () => {
    window.removeEventListener("keydown", down, true);
    window.removeEventListener("keyup", up, true);
  };
}
