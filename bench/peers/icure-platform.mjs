// What iCure's SDK talks to: CouchDB behind their API, as far as sharing goes. Entities with revisions, and for each data
// owner the keys exchanged with others. It is kept in memory and checks nothing: a real one takes longer.

const PREFIX = '/rest/v1/';

export class MemoryPlatform {
  #entities = new Map();

  /** The status and the body of the answer to a request. */
  answer(method, path, body) {
    const [kind, ...rest] = path.slice(PREFIX.length).split('/');
    const found = method === 'GET' ? this.#find(kind, rest) : this.#put(kind, JSON.parse(body));
    return { status: found ? 200 : 404, body: JSON.stringify(found ?? {}) };
  }

  #put(kind, entity) {
    const stored = { ...entity, rev: String(Number(entity.rev ?? 0) + 1) };
    this.#entities.set(`${kind}/${entity.id}`, stored);
    return stored;
  }

  #find(kind, [id, part]) {
    if (part !== 'aesExchangeKeys') return this.#entities.get(`${kind}/${id}`);
    if (kind !== 'hcparty') return undefined;
    const keys = {};
    for (const { id: delegator, aesExchangeKeys = {} } of this.#entities.values()) {
      for (const [publicKey, delegates] of Object.entries(aesExchangeKeys)) {
        if (delegates[id]) (keys[delegator] ??= {})[publicKey] = delegates[id];
      }
    }
    return keys;
  }
}

/** How the SDK is given a platform in its own process: a function to fetch with. */
export function inMemory() {
  const platform = new MemoryPlatform();
  return async (url, { method = 'GET', body = '' } = {}) => {
    const answer = platform.answer(method, new URL(url).pathname, body);
    return new Response(answer.body, { status: answer.status, headers: { 'content-type': 'application/json' } });
  };
}
