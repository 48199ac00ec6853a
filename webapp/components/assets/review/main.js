// The door for Streamlit: mounts one reviewing surface per place on the page and hands new data to it at every rerun.

import { Api } from "./api.js";
import { Review } from "./review.js";

const mounted = new WeakMap();
const GRACE_MS = 400;

/**
 * Called at every rerun of the page with the same parentElement.
 * @param {{data: object, parentElement: ShadowRoot, setTriggerValue: (name: string, value: unknown) => void}} component
 * @returns {() => void} called when Streamlit lets go; a surface that is not mounted again at once is closed
 */
export function mount({ data, parentElement, setTriggerValue }) {
  let held = mounted.get(parentElement);
  if (held) clearTimeout(held.leaving);
  if (held && (held.review.closed || held.video !== data.video)) {
    held.review.close();
    held = null;
  }
  if (held) {
    held.notify = setTriggerValue;
    held.api.setToken(data.token);
    held.review.update(data);
  } else {
    held = open(data, parentElement, setTriggerValue);
    mounted.set(parentElement, held);
  }
  return () => {
    // At once: a correction under way is saved, and the old place no longer gets into the address of the next page.
    held.review.leave();
    held.leaving = setTimeout(() => {
      if (mounted.get(parentElement) !== held) return;
      held.review.close();
      mounted.delete(parentElement);
    }, GRACE_MS);
  };
}

function open(data, parent, notify) {
  parent.querySelectorAll(".glint, .glint-problem, .glint-style").forEach((old) => old.remove());
  const style = document.createElement("link");
  Object.assign(style, { rel: "stylesheet", className: "glint-style", href: new URL(data.style, location.origin).href });
  parent.append(style);
  const held = { video: data.video, notify, leaving: null };
  const tell = (name, value) => held.notify(name, value);
  held.api = new Api(data.token, () => tell("renew", Date.now()));
  held.review = new Review(parent, held.api, data, tell);
  // Sizes are measured while starting, so the style must be there; without it the surface still works.
  const styled = new Promise((resolve) => {
    style.onload = style.onerror = resolve;
  });
  styled.then(() => held.review.start()).catch((error) => {
    if (held.review.closed) return;
    const note = document.createElement("p");
    note.className = "glint-problem";
    note.textContent = `This video cannot be shown: ${error.message}`;
    held.review.view.stage.append(note);
    console.error(error);
  });
  return held;
}
