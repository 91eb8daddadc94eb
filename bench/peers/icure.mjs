// iCure's SDK at the same work, with a platform in memory: it answers at once and keeps what it gets.
//
// `@icure/api` takes the function that it fetches with, so no server of theirs is needed. What it stands for is CouchDB
// behind their API: entities with revisions, and for each data owner the keys exchanged with others. It checks nothing,
// and a real one takes its time as well: what is measured is at most what the SDK itself costs.
import { createRequire } from 'node:module';
import { webcrypto } from 'node:crypto';

const PREFIX = '/rest/v1/';

/** A platform in memory, and what was asked of it. */
class MemoryPlatform {
  requests = 0;
  bytes = 0;
  #entities = new Map();

  /** What the SDK calls instead of `fetch`. */
  fetch = async (input, { method = 'GET', body = '' } = {}) => {
    this.requests += 1;
    this.bytes += body.length;
    const [kind, ...rest] = new URL(input).pathname.slice(PREFIX.length).split('/');
    const found = method === 'GET' ? this.#find(kind, rest) : this.put(kind, JSON.parse(body));
    return new Response(JSON.stringify(found ?? {}), { status: found ? 200 : 404, headers: { 'content-type': 'application/json' } });
  };

  put(kind, entity) {
    const stored = { ...entity, rev: String(Number(entity.rev ?? 0) + 1) };
    this.#entities.set(`${kind}/${entity.id}`, stored);
    return stored;
  }

  stored(kind, id) {
    return this.#entities.get(`${kind}/${id}`);
  }

  #find(kind, [id, part]) {
    if (part !== 'aesExchangeKeys') return this.stored(kind, id);
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

/** Runs with the SDK's many messages about what it does not find in its caches left out. */
async function quietly(work) {
  const { log, info, warn, error } = console;
  Object.assign(console, { log() {}, info() {}, warn() {}, error() {} });
  try {
    return await work();
  } finally {
    Object.assign(console, { log, info, warn, error });
  }
}

/** Shares one patient with so many delegates with whom nothing was shared before; resolves to time, requests and bytes. */
export function shareWithNewDelegates(count, body) {
  return quietly(async () => {
    const { Api } = createRequire(import.meta.url)('@icure/api');
    const platform = new MemoryPlatform();
    const memory = new Map();
    const storage = {
      getItem: async (key) => memory.get(key),
      setItem: async (key, value) => void memory.set(key, value),
      deleteItem: async (key) => void memory.delete(key),
    };
    const { cryptoApi, patientApi } = await Api(`http://localhost${PREFIX.slice(0, -1)}`, 'user', 'password', webcrypto, platform.fetch, true, false, storage);
    const { RSA } = cryptoApi;
    const spki = async ({ publicKey }) => Buffer.from(await RSA.exportKey(publicKey, 'spki')).toString('hex');
    const practitioner = (publicKey) => {
      const id = webcrypto.randomUUID();
      platform.put('hcparty', { id, publicKey, hcPartyKeys: {}, aesExchangeKeys: {}, transferKeys: {} });
      return id;
    };

    const own = await RSA.generateKeyPair();
    const me = practitioner(await spki(own));
    await cryptoApi.loadKeyPairsAsTextInBrowserLocalStorage(me, new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', own.privateKey)));
    const user = { id: webcrypto.randomUUID(), healthcarePartyId: me, autoDelegations: {} };
    const delegates = [];
    while (delegates.length < count) delegates.push(practitioner(await spki(await RSA.generateKeyPair())));

    const created = await patientApi.createPatientWithUser(user, await patientApi.newInstance(user, body));
    const size = () => JSON.stringify(platform.stored('patient', created.id)).length;
    const before = { size: size(), requests: platform.requests, bytes: platform.bytes };
    const begin = performance.now();
    const [secretId] = (await cryptoApi.extractDelegationsSFKs(created, me)).extractedKeys;
    const [key] = (await cryptoApi.extractEncryptionsSKs(created, me)).extractedKeys;
    let patient = created;
    for (const delegate of delegates) patient = await cryptoApi.addDelegationsAndEncryptionKeys(null, patient, me, delegate, secretId, key);
    patient = await patientApi.modifyPatientWithUser(user, patient);
    const milliseconds = performance.now() - begin;
    // The author, too, has a delegation there.
    if (Object.keys(patient.delegations).length !== count + 1) throw new Error('iCure did not share with everybody.');
    return {
      milliseconds,
      requests: platform.requests - before.requests,
      bytes: platform.bytes - before.bytes,
      storedBytesPerDelegate: (size() - before.size) / count,
    };
  });
}
