// What a script finds besides the language, and how it is called. An expression: a function of the host. Whatever it works
// with is taken before the script can replace it, and every text that goes to the host is well-formed.
(host) => {
  "use strict";
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { entries: entriesOf, freeze } = Object;
  const { Error, Number, Promise, String, TypeError } = globalThis;
  const bound = (method) => Function.prototype.call.bind(method);
  const wellFormed = bound(String.prototype.toWellFormed);
  const lower = bound(String.prototype.toLowerCase);
  const upper = bound(String.prototype.toUpperCase);
  const [get, set, remove] = [Map.prototype.get, Map.prototype.set, Map.prototype.delete].map(bound);
  const [then, caught] = [Promise.prototype.then, Promise.prototype.catch].map(bound);
  const iterator = Symbol.iterator;
  const waiting = new Map();
  let next = 1;

  const text = (value) => wellFormed(String(value));
  const describe = (error) => {
    try {
      if (error instanceof Error) return text(`${error.name}: ${error.message}`);
      return text(typeof error === "string" ? error : stringify(error) ?? error);
    } catch {
      return "The script threw something that cannot be described.";
    }
  };

  class Headers {
    #entries;
    constructor(init = []) {
      const pairs = typeof init[iterator] === "function" ? [...init] : entriesOf(init);
      this.#entries = pairs.map(([name, value]) => [lower(text(name)), text(value)]);
    }
    get(name) {
      const found = this.#entries.filter(([key]) => key === lower(text(name)));
      return found.length > 0 ? found.map(([, value]) => value).join(", ") : null;
    }
    has(name) {
      return this.get(name) !== null;
    }
    [iterator]() {
      return this.#entries[iterator]();
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
        url: text(url),
        method: upper(text(method)),
        headers: [...new Headers(headers)],
        body: typeof body === "string" ? text(body) : null,
      };
      const id = next++;
      set(waiting, id, { resolve: (answer) => resolve(new Response(answer, request.url)), reject });
      const refusal = host.send(id, text(stringify(request)));
      if (refusal !== undefined) {
        remove(waiting, id);
        throw new TypeError(refusal);
      }
    });

  const setTimeout = (callback, delay = 0, ...args) => {
    const id = next++;
    const milliseconds = Number(delay);
    if (!host.wait(id, milliseconds > 0 ? milliseconds : 0)) throw new Error("Too many timers wait.");
    set(waiting, id, { resolve: () => callback(...args) });
    return id;
  };
  const clearTimeout = (id) => {
    if (typeof id === "number" && remove(waiting, id)) host.forget(id);
  };

  const silent = () => {};
  const console = { log: silent, info: silent, warn: silent, error: silent, debug: silent };
  Object.assign(globalThis, { fetch, Headers, setTimeout, clearTimeout, console });

  const api = freeze({
    denyAccess(...given) {
      // What was denied stays denied, whatever the message is.
      const isFirst = host.deny();
      let message = "Access denied";
      try {
        if (given[0] !== undefined) message = text(given[0]);
      } catch {}
      if (isFirst) host.explain(message);
      throw new Error(message);
    },
  });

  const call = async (entry, json) => {
    const result = await entry({ ...parse(json), api });
    if (typeof result !== "object" || result === null || isArray(result)) {
      host.finish("no object", result === null ? "null" : isArray(result) ? "an array" : typeof result);
      return;
    }
    host.finish("returned", text(stringify(result) ?? ""));
  };
  const failed = (error) => host.finish(error === null ? "no memory" : "threw", describe(error));

  return {
    call: (entry, json) => void caught(call(entry, json), failed),
    settle: (id, isAnswer, value) => {
      const waiter = get(waiting, id);
      if (!remove(waiting, id)) return;
      if (isAnswer) waiter.resolve(value === undefined ? undefined : parse(value));
      else waiter.reject(new TypeError(value));
    },
    describe,
  };
};
