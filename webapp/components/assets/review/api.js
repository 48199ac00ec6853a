// Talks to Glint's own routes: adds the token, renews it after a 401, turns errors into sentences.
// Nothing about video or decisions belongs here.

const RENEW_WAIT_MS = 15000;

export class ApiError extends Error {
  /** @param {number} status 0 means that no answer came (network, server down). */
  constructor(status, message, body = null) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

export class Api {
  /**
   * @param {string} token short-lived, from the page
   * @param {() => void} askPage asks the page for a rerun, which hands over a fresh token
   */
  constructor(token, askPage) {
    this.token = token;
    this.askPage = askPage;
    this.renewing = null;
    this.waiting = [];
  }

  setToken(token) {
    if (!token || token === this.token) return;
    this.token = token;
    for (const resolve of this.waiting.splice(0)) resolve(true);
  }

  /** One request; a 401 is answered by a renewal and exactly one repetition. */
  async request(path, options = {}) {
    let response = await this.send(path, options);
    if (response.status === 401 && (await this.renew(response.usedToken))) response = await this.send(path, options);
    if (response.ok) return response;
    throw await asError(response);
  }

  async send(path, { method = "GET", body, file, signal, keepalive = false } = {}) {
    const usedToken = this.token;
    const headers = { "X-Glint-Token": usedToken };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      const response = await fetch(new URL(path, location.origin), {
        method,
        headers,
        signal,
        keepalive,
        body: file ?? (body === undefined ? undefined : JSON.stringify(body)),
      });
      response.usedToken = usedToken;
      return response;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "The server does not answer.");
    }
  }

  async json(path, options) {
    return (await this.request(path, options)).json();
  }

  async bytes(path, options) {
    return (await this.request(path, options)).arrayBuffer();
  }

  post(path, body) {
    return this.json(path, { method: "POST", body });
  }

  /** True once a token other than the refused one is there; requests that fail together share one renewal. */
  renew(refused) {
    if (this.token !== refused) return Promise.resolve(true);
    this.renewing ??= this.renewOnce().finally(() => (this.renewing = null));
    return this.renewing;
  }

  async renewOnce() {
    try {
      const response = await this.send("/api/token/renew");
      if (response.ok) {
        this.setToken((await response.json()).token);
        return true;
      }
    } catch {
      // The page below is the second way to a token.
    }
    const arrived = new Promise((resolve) => {
      this.waiting.push(resolve);
      setTimeout(() => resolve(false), RENEW_WAIT_MS);
    });
    this.askPage();
    return arrived;
  }
}

async function asError(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    // Not JSON: the status alone has to do.
  }
  const error = new ApiError(response.status, body?.error ?? body?.message ?? `The server answered ${response.status}.`, body);
  error.retryAfter = Number(response.headers.get("Retry-After")) || null;
  return error;
}
