// Where somebody is: the address carries video, run, set, interval and frame, so that a reload or a link comes back to it.

/** @returns {{interval: string|null, frame: number}} frame is not a number when the address names none */
export function readPlace() {
  const query = new URLSearchParams(location.search);
  return { interval: query.get("interval"), frame: query.has("frame") ? Number(query.get("frame")) : NaN };
}

export function writePlace(place) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(place)) {
    if (value === null || value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

/** What this browser remembers under a key; nothing when it remembers nonsense. */
export function readStored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}
