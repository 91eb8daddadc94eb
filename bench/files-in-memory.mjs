// Stands in for the platform where files come and go, so that sealing and opening them can be measured alone.

/** A request of which nothing is copied: the bytes that it would send are done with. */
class BareRequest {
  constructor(url, options = {}) {
    this.url = url;
    this.options = options;
    this.method = options.method ?? 'GET';
  }
}

/** Bytes of a request, of which nothing is copied either. */
class BareBlob {}

/** An answer whose bytes are there already. It may be read any number of times, and again after they were moved elsewhere. */
class BareResponse extends Response {
  #kept;
  #bytes;

  constructor(bytes = new ArrayBuffer(0)) {
    super(null);
    this.#kept = bytes;
    this.renew();
  }

  renew() {
    if (!this.#bytes?.byteLength) this.#bytes = this.#kept.slice();
  }

  arrayBuffer() {
    return Promise.resolve(this.#bytes);
  }
}

/** What the platform answers about files, kept in memory. Everything else still reaches the platform. */
export class FilesInMemory {
  #there = { fetch: globalThis.fetch, Request: globalThis.Request, Blob: globalThis.Blob };
  #kept = new Map();
  #nothing = new BareResponse();

  /** Lets the platform have what is uploaded during some work, and keeps what it would answer to whoever downloads it. */
  keeping(work) {
    const { fetch } = this.#there;
    return this.#instead({ fetch: async (request) => {
      const pathname = pathOf(request);
      if (!isOfFiles(pathname)) return fetch(request);
      const { url, method, headers } = request;
      if (method === 'PUT') this.#kept.set(pathname, new BareResponse(await request.clone().arrayBuffer()));
      const given = await fetch(request);
      // When an upload is complete, the platform's list of its chunks is kept.
      if (method === 'POST') this.#kept.set(pathname, new BareResponse(await (await fetch(url, { headers })).arrayBuffer()));
      return given;
    } }, work);
  }

  /** Answers during some work, without the runtime's requests and answers, which copy what they carry. */
  alone(work) {
    const { fetch } = this.#there;
    return this.#instead({ Request: BareRequest, Blob: BareBlob, fetch: (request) => {
      const pathname = pathOf(request);
      if (isOfFiles(pathname)) return Promise.resolve(this.#kept.get(pathname) ?? this.#nothing);
      return request instanceof BareRequest ? fetch(request.url, request.options) : fetch(request);
    } }, work);
  }

  /** Has all bytes there again, those that were moved elsewhere, too. */
  renew() {
    for (const answer of this.#kept.values()) answer.renew();
  }

  /** Answers during some work with answers of the runtime's to requests of its own; `seen` is waited for at each of them. */
  watched(seen, work) {
    const { fetch } = this.#there;
    return this.#instead({ fetch: async (request) => {
      await seen();
      const pathname = pathOf(request);
      if (!isOfFiles(pathname)) return fetch(request);
      return new Response(await (this.#kept.get(pathname) ?? this.#nothing).arrayBuffer());
    } }, work);
  }

  async #instead(standIns, work) {
    Object.assign(globalThis, standIns);
    try {
      return await work();
    } finally {
      Object.assign(globalThis, this.#there);
    }
  }
}

/** What is fetched may be named by its address only. */
const pathOf = (request) => new URL(request.url ?? request).pathname;

const isOfFiles = (pathname) => pathname.includes('/attachments');
