// What a script finds besides the language, and how it is called. An expression: a function of the host.
(host) => {
  "use strict";
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const waiting = new Map();
  let next = 1;

  const describe = (error) => {
    try {
      if (error instanceof Error) return `${error.name}: ${error.message}`;
      return typeof error === "string" ? error : stringify(error) ?? String(error);
    } catch {
      return "The script threw something that cannot be described.";
    }
  };

  class Headers {
    #entries;
    constructor(init = []) {
      const pairs = typeof init[Symbol.iterator] === "function" ? [...init] : Object.entries(init);
      this.#entries = pairs.map(([name, value]) => [String(name).toLowerCase(), String(value)]);
    }
    get(name) {
      const found = this.#entries.filter(([key]) => key === String(name).toLowerCase());
      return found.length > 0 ? found.map(([, value]) => value).join(", ") : null;
    }
    has(name) {
      return this.get(name) !== null;
    }
    [Symbol.iterator]() {
      return this.#entries[Symbol.iterator]();
    }
  }

  class Response {
    #body;
    constructor({ status, headers, body }, url) {
      this.#body = body;
      this.status = status;
      this.ok = status >= 200 && status < 300;
      this.headers = new Headers(headers);
      this.url = url;
    }
    async text() {
      return this.#body;
    }
    async json() {
      return parse(this.#body);
    }
  }

  const fetch = (url, { method = "GET", headers, body } = {}) =>
    new Promise((resolve, reject) => {
      if (body !== undefined && body !== null && typeof body !== "string") {
        throw new TypeError("The body of a request must be a string.");
      }
      const request = {
        url: String(url),
        method: String(method).toUpperCase(),
        headers: [...new Headers(headers)],
        body: body ?? null,
      };
      const id = next++;
      waiting.set(id, { resolve: (answer) => resolve(new Response(answer, request.url)), reject });
      const refusal = host.send(id, stringify(request));
      if (refusal !== undefined) {
        waiting.delete(id);
        throw new TypeError(refusal);
      }
    });

  const setTimeout = (callback, delay = 0, ...args) => {
    const id = next++;
    waiting.set(id, { resolve: () => callback(...args) });
    host.wait(id, Math.max(0, Number(delay) || 0));
    return id;
  };
  const clearTimeout = (id) => void waiting.delete(id);

  const silent = () => {};
  const console = { log: silent, info: silent, warn: silent, error: silent, debug: silent };
  Object.assign(globalThis, { fetch, Headers, setTimeout, clearTimeout, console });

  const api = Object.freeze({
    denyAccess(message = "Access denied") {
      host.deny(String(message));
      throw new Error(String(message));
    },
  });

  const call = async (entry, json) => {
    const result = await entry({ ...parse(json), api });
    if (typeof result !== "object" || result === null || isArray(result)) {
      host.finish("no object", result === null ? "null" : isArray(result) ? "an array" : typeof result);
      return;
    }
    host.finish("returned", stringify(result) ?? "");
  };

  return {
    call: (entry, json) => void call(entry, json).catch((error) => host.finish("threw", describe(error))),
    settle: (id, isAnswer, value) => {
      const { resolve, reject } = waiting.get(id) ?? {};
      if (!waiting.delete(id)) return;
      if (isAnswer) resolve(value === undefined ? undefined : parse(value));
      else reject(new TypeError(value));
    },
    describe,
  };
};
