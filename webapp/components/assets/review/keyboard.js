// The listeners that take keys before Streamlit sees them. The table of keys is keymap.js; what an action does is elsewhere.

import { KEYMAP } from "./keymap.js";

const TABLE = new Map(KEYMAP.flatMap(([keys, action]) => (action ? keys.map((key) => [key, action]) : [])));

/** Name of a key press: what is printed on the key first, its place second (other alphabets, other layouts). */
export function actionOf(event) {
  const { key, code, shiftKey, ctrlKey, metaKey, altKey } = event;
  if (altKey && !ctrlKey) return null;
  if (ctrlKey || metaKey) return TABLE.get(`${ctrlKey ? "Control" : "Meta"}+${key.toLowerCase()}`) ?? null;
  if (shiftKey && TABLE.has(`Shift+${key}`)) return TABLE.get(`Shift+${key}`);
  if (shiftKey && key.startsWith("Arrow")) return null;
  if (TABLE.has(key)) return TABLE.get(key);
  if (key.length === 1 && /[A-Za-z]/.test(key)) return TABLE.get(key.toLowerCase()) ?? null;
  const letter = /^Key([A-Z])$/.exec(code)?.[1].toLowerCase();
  // A letter that this layout does not print stands where the Latin one would: Cyrillic and Greek boards work too.
  if (letter && !/[ -~]/.test(key)) return TABLE.get(letter) ?? null;
  return TABLE.get(code) ?? null;
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

/** Does the key belong to a control of the page itself: all of them in a list or dialogue, the moving ones on a slider? */
function isPageControl(event, root) {
  const path = event.composedPath();
  if (path.includes(root)) return false;
  const roles = path.filter((node) => node.getAttribute).map((node) => node.getAttribute("role"));
  if (roles.some((role) => ["listbox", "dialog", "combobox"].includes(role))) return true;
  const slider = roles.includes("slider") || path[0].type === "range";
  return slider && MOVES.includes(event.key);
}

/**
 * Listens in the capture phase of the window, for keydown and keyup, so that Streamlit's own r and c never fire and
 * Space activates no focused button.
 * @param {Element} root the component's root
 * @param {(action: string, event: KeyboardEvent) => boolean|void} perform false: not handled
 * @param {(event: KeyboardEvent) => boolean} intercept true: a dialogue or a pending reason took the key
 * @returns {() => void} stops listening
 */
export function listen(root, perform, intercept) {
  const taken = new Set();
  const down = (event) => {
    if (isTyping(event) || isPageControl(event, root) || event.isComposing) return;
    const action = actionOf(event);
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
