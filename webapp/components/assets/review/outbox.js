// Decisions on their way: kept in localStorage from the key press until the server confirms, sent one by one in order.
// Every entry has its own key, so two tabs never overwrite each other's. What a decision means is not known here.

const PREFIX = "glint.outbox.";
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8000;
const ALIVE_MS = 4000;

export class Outbox {
  /**
   * @param {{post: (operation: object) => Promise<object>, storage: Storage, session: string, previous: string|null,
   *   author: number, videoId: number, on: (event: string, detail: object) => void}} options
   *   previous: the session this tab had before a reload; its entries are ours at once
   */
  constructor({ post, storage, session, previous, author, videoId, on }) {
    Object.assign(this, { post, storage, session, author, videoId, on });
    this.entries = this.read().filter((entry) => this.mine(entry, previous));
    this.sequence = Date.now();
    this.failures = 0;
    this.running = false;
    this.timer = null;
    this.stopped = false;
    this.beat();
    this.heart = setInterval(() => { this.beat(); this.adopt(); }, ALIVE_MS / 2);
  }

  /** Entries of living tabs stay theirs; of the dead ones we take those that the same person made. */
  mine(entry, previous) {
    if (entry.operation.annotator_id !== this.author) return false;
    const alive = Number(this.storage.getItem(`glint.tab.${entry.session}`) ?? 0);
    return entry.session === previous || entry.session === this.session || Date.now() - alive > ALIVE_MS;
  }

  /** What a tab left behind that died after we began: a crashed one is known as dead only a little later. */
  adopt() {
    const known = new Set(this.entries.map((entry) => entry.operation.id));
    const found = this.read().filter((entry) => !known.has(entry.operation.id) && this.mine(entry, null));
    if (!found.length) return;
    this.entries = [...this.entries, ...found].sort((a, b) => a.sequence - b.sequence);
    this.on("adopted", { operations: found.map((entry) => entry.operation) });
    this.on("count", {});
    this.flush();
  }

  /** The page is going: whoever opens the next one may take over at once. */
  leave() {
    this.storage.removeItem(`glint.tab.${this.session}`);
  }

  beat() {
    this.storage.setItem(`glint.tab.${this.session}`, String(Date.now()));
  }

  read() {
    const found = [];
    for (let i = 0; i < this.storage.length; i++) {
      const key = this.storage.key(i);
      if (!key?.startsWith(PREFIX)) continue;
      try {
        found.push(JSON.parse(this.storage.getItem(key)));
      } catch {
        // A damaged entry cannot be sent; it stays where it is for a person to look at.
      }
    }
    return found.sort((a, b) => a.sequence - b.sequence);
  }

  /** Unsent decisions in this browser that another person made: shown, never sent under our name. */
  foreign() {
    return this.read().filter((entry) => entry.operation.annotator_id !== this.author).length;
  }

  get unconfirmed() {
    return this.entries.length;
  }

  get refused() {
    return this.entries.filter((entry) => entry.problem);
  }

  /** Operations of this video that the server may not know yet, oldest first. */
  waiting() {
    return this.entries.filter((entry) => entry.operation.video_id === this.videoId).map((entry) => entry.operation);
  }

  add(operation) {
    this.sequence = Math.max(this.sequence + 1, Date.now());
    const entry = { operation, session: this.session, sequence: this.sequence, problem: null };
    this.store(entry);
    this.entries.push(entry);
    this.on("count", {});
    this.flush();
  }

  store(entry) {
    try {
      this.storage.setItem(PREFIX + entry.operation.id, JSON.stringify(entry));
    } catch {
      this.on("storage full", {});
    }
  }

  drop(entry) {
    this.storage.removeItem(PREFIX + entry.operation.id);
    this.entries = this.entries.filter((other) => other !== entry);
    this.on("count", {});
  }

  /** Removes everything waiting for one interval; used once a conflict or a refusal is settled. */
  dropInterval(intervalId) {
    for (const entry of this.entries.filter((other) => other.operation.interval_id === intervalId)) this.drop(entry);
  }

  /** Later entries of an interval whose version turned out to be another one than expected. */
  rebase(intervalId, shift) {
    for (const entry of this.entries.filter((other) => other.operation.interval_id === intervalId)) {
      entry.operation.base_version += shift;
      this.store(entry);
    }
  }

  retry(entry) {
    entry.problem = null;
    this.store(entry);
    this.flush();
  }

  /** The oldest entry that may go: one that waits for a person holds back only its own interval. */
  next() {
    const held = new Set();
    for (const entry of this.entries) {
      const interval = entry.operation.interval_id;
      if (entry.problem) held.add(interval);
      else if (!interval || !held.has(interval)) return entry;
    }
    return null;
  }

  async flush() {
    if (this.running || this.stopped) return;
    clearTimeout(this.timer);
    this.running = true;
    try {
      for (let entry = this.next(); entry && !this.stopped; entry = this.next()) {
        if (!(await this.sendOne(entry))) break;
      }
    } finally {
      this.running = false;
    }
  }

  async sendOne(entry) {
    const { operation } = entry;
    try {
      const result = await this.post(operation);
      this.failures = 0;
      if (!this.entries.includes(entry)) return true;
      this.drop(entry);
      this.on("confirmed", { operation, result });
      return true;
    } catch (error) {
      if (!this.entries.includes(entry)) return true;
      if (error.status === 409) return this.block(entry, "conflict", error);
      if ([400, 403, 404, 413, 422].includes(error.status)) return this.block(entry, "refused", error);
      this.failures += 1;
      const wait = Math.min(FIRST_WAIT_MS * 2 ** (this.failures - 1), LONGEST_WAIT_MS);
      this.timer = setTimeout(() => this.flush(), wait);
      this.on("waiting", { error, wait });
      return false;
    }
  }

  block(entry, kind, error) {
    this.failures = 0;
    entry.problem = { kind, message: error.message, theirs: error.body?.theirs ?? null, version: error.body?.version ?? null };
    this.store(entry);
    this.on(kind, { entry, operation: entry.operation, ...entry.problem });
    this.on("count", {});
    return true;
  }

  close() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.heart);
    this.leave();
  }
}
