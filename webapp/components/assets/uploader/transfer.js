// One file on its way to the server: chunks by offset, so that a lost connection, an expired token or a closed page
// costs at most one chunk. No drawing here; every change of state is announced through `changed(transfer)`.

const CHUNK_BYTES = 4 * 1024 * 1024;
const LONGEST_WAIT_MS = 15000;
const REMEMBERED = "glint.uploads";

export class Transfer {
  /** @param {File} file
   *  @param {{token: () => string, renew: (token: string | null) => void, changed: (t: Transfer) => void}} door */
  constructor(file, door) {
    this.file = file;
    this.door = door;
    this.subject = "";
    this.state = "chosen"; // chosen, sending, waiting, checking, done, failed, cancelled
    this.message = "";
    this.offset = 0;
    this.id = null;
    this.videoId = null;
    this.stopped = false;
    this.abort = null;
    this.wake = null;
    this.started = 0;
    this.startedAt = 0;
  }

  get bytesPerSecond() {
    const seconds = (performance.now() - this.startedAt) / 1000;
    return this.state === "sending" && seconds > 0.5 ? (this.offset - this.started) / seconds : 0;
  }

  async run() {
    this.stopped = false;
    this.become("sending");
    let attempt = 0;
    while (!this.stopped) {
      try {
        await this.step();
        attempt = 0;
        if (this.state === "done") return;
      } catch (problem) {
        if (this.stopped) return;
        if (problem instanceof Refusal) {
          this.become("failed", problem.message);
          return;
        }
        attempt += 1;
        if (problem instanceof Expired && attempt === 1 && (await this.renewed())) continue;
        const wait = Math.min(500 * 2 ** (attempt - 1), LONGEST_WAIT_MS);
        const why = problem instanceof Expired ? "The page is asking for a new pass" : problem.message;
        this.become("waiting", `${why}. Trying again by itself; nothing sent so far is lost.`);
        await this.pause(wait);
        if (!this.stopped) this.become("sending");
      }
    }
  }

  async step() {
    if (this.id === null) return this.open();
    if (this.offset < this.file.size) return this.send();
    return this.finish();
  }

  async open() {
    const known = remembered()[this.identity()];
    if (known) {
      const answer = await this.ask(`/api/uploads/${known}`, { method: "GET" }, [404, 410, 403, 409]);
      if (answer.ok) {
        this.begin(known, (await answer.json()).offset);
        return;
      }
      remember(this.identity(), null);
    }
    const answer = await this.ask("/api/uploads", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ filename: this.file.name, size: this.file.size, subject: this.subject || null }),
    });
    const made = await answer.json();
    remember(this.identity(), made.id);
    this.begin(made.id, made.offset || 0);
  }

  begin(id, offset) {
    this.id = id;
    this.offset = this.started = offset;
    this.startedAt = performance.now();
    this.door.changed(this);
  }

  async send() {
    const chunk = this.file.slice(this.offset, this.offset + CHUNK_BYTES);
    const answer = await this.ask(
      `/api/uploads/${this.id}?offset=${this.offset}`,
      { method: "PUT", body: chunk, headers: { "Content-Type": "application/octet-stream" } },
      [404, 409],
    );
    if (answer.status === 404) {
      // The server forgot this upload (cleaned up, or another data folder): start over with the same file.
      this.forget();
      return;
    }
    const said = await answer.json();
    if (answer.status === 409 && said.offset === this.offset) throw new Error(said.error); // another page sends it too
    if (typeof said.offset !== "number") throw new Refusal(said.error || "The server did not say how far it got.");
    this.offset = said.offset;
    this.door.changed(this);
  }

  async finish() {
    this.become("checking");
    let answer;
    try {
      answer = await this.ask(`/api/uploads/${this.id}/finish`, { method: "POST" });
    } catch (problem) {
      // Refused for good (the same content is in the library): another try has to start from nothing.
      if (problem instanceof Refusal) this.forget();
      throw problem;
    }
    this.videoId = (await answer.json()).video_id;
    remember(this.identity(), null);
    this.become("done");
  }

  forget() {
    remember(this.identity(), null);
    this.id = null;
    this.offset = 0;
  }

  async cancel() {
    this.stopped = true;
    this.abort?.abort();
    this.wake?.();
    const id = this.id;
    this.forget();
    this.become("cancelled");
    // The server's cleaning takes what this request fails to remove.
    if (id !== null) await fetch(at(`/api/uploads/${id}`), { method: "DELETE", headers: this.headers() }).catch(() => {});
  }

  /** Fetch with the token. Statuses in `expected` are returned; others become Refusal, Expired or a plain Error. */
  async ask(path, options, expected = []) {
    this.abort = new AbortController();
    let answer;
    try {
      answer = await fetch(at(path), {
        ...options,
        headers: { ...options.headers, ...this.headers() },
        signal: this.abort.signal,
      });
    } catch {
      throw new Error("The connection to the server was lost");
    }
    if (answer.ok || expected.includes(answer.status)) return answer;
    if (answer.status === 401) throw new Expired();
    const said = await answer.json().catch(() => ({}));
    if (answer.status === 502 || answer.status === 503) throw new Error("The server is busy or restarting");
    throw new Refusal(said.error || `The server answered with status ${answer.status}.`);
  }

  /** Ask for a new token with the old one; when that is refused, the page itself must hand out another. */
  async renewed() {
    const answer = await fetch(at("/api/token/renew"), { headers: this.headers() }).catch(() => null);
    const token = answer?.ok ? (await answer.json().catch(() => ({}))).token : null;
    this.door.renew(token);
    return Boolean(token);
  }

  headers() {
    return { "X-Glint-Token": this.door.token() };
  }

  pause(milliseconds) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      window.addEventListener("online", done);
      this.wake = done;
    });
  }

  become(state, message = "") {
    this.state = state;
    this.message = message;
    this.door.changed(this);
  }

  identity() {
    return `${this.file.name}|${this.file.size}|${this.file.lastModified}`;
  }
}

class Refusal extends Error {}
class Expired extends Error {}

function at(path) {
  return new URL(path, location.origin).href;
}

// Uploads begun in this browser, so that choosing the same file again after a reload goes on where it stopped.
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) || "{}");
  } catch {
    return {};
  }
}

function remember(identity, id) {
  const all = remembered();
  if (id === null) delete all[identity];
  else all[identity] = id;
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(all));
  } catch {
    // Storage full or forbidden: resuming after a reload is lost, the upload itself is not.
  }
}

/** Subject code that a file name suggests; people see it and may change it. Empty when nothing looks like one. */
export function guessSubject(filename) {
  const stem = filename.replace(/\.[^.]*$/, "");
  const named = stem.match(/(?:^|[^a-z])((?:subject|subj|sub|participant|proband|vp|spno\.?|s|p)[-_. ]?\d{1,4})(?![a-z\d])/i);
  if (named) return named[1].replace(/[-_. ]/g, "").toLowerCase();
  const leading = stem.match(/^(\d{2,4})[-_]/); // CAS(ME)^2 15_0101..., SAMM 006_1...
  if (leading) return leading[1];
  const lettered = stem.match(/(?:^|[-_ .])([a-z]{1,3}\d{1,4})(?=$|[-_ .])/i);
  if (lettered) return lettered[1].toLowerCase();
  return stem.slice(0, 40);
}
