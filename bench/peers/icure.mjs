// iCure's SDK at the same work. `@icure/api` takes the function that it fetches with, so no server of theirs is needed; see
// icure-platform.mjs for what answers.
import { Api } from '@icure/api';
import { collectRubbish } from '../measure.mjs';
import { inMemory } from './icure-platform.mjs';

const PATH = '/rest/v1';

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

/** The SDK for a platform, for somebody who has stored nothing yet. */
function open({ url, fetch }) {
  const memory = new Map();
  const storage = {
    getItem: async (key) => memory.get(key),
    setItem: async (key, value) => void memory.set(key, value),
    deleteItem: async (key) => void memory.delete(key),
  };
  return Api(url + PATH, 'user', 'password', crypto, fetch, true, false, storage);
}

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
const spki = async ({ publicKey }) => hex(await crypto.subtle.exportKey('spki', publicKey));

/** A platform that answers in this process, at once. */
export const memory = () => ({ url: 'http://localhost', fetch: inMemory() });

/** The public keys of so many delegates. */
export function newDelegates(count) {
  return quietly(async () => {
    const { RSA } = (await open(memory())).cryptoApi;
    const keys = [];
    while (keys.length < count) keys.push(await spki(await RSA.generateKeyPair()));
    return keys;
  });
}

/**
 * Shares one patient with delegates with whom nothing was shared before, in the way of `giveAccessTo` of their SDK for medical
 * devices: one after the other. Resolves to time, requests and bytes.
 */
export function shareWithNewDelegates(platform, publicKeys, body) {
  return quietly(async () => {
    const sent = { requests: 0, bytes: 0 };
    const fetch = (url, options) => {
      sent.requests += 1;
      sent.bytes += options?.body?.length ?? 0;
      return platform.fetch(url, options);
    };
    const { cryptoApi, patientApi, healthcarePartyApi } = await open({ url: platform.url, fetch });
    const practitioner = async (publicKey) => {
      const id = crypto.randomUUID();
      await healthcarePartyApi.createHealthcareParty({ id, publicKey, hcPartyKeys: {}, aesExchangeKeys: {}, transferKeys: {} });
      return id;
    };

    const own = await cryptoApi.RSA.generateKeyPair();
    const me = await practitioner(await spki(own));
    await cryptoApi.loadKeyPairsAsTextInBrowserLocalStorage(me, new Uint8Array(await crypto.subtle.exportKey('pkcs8', own.privateKey)));
    const user = { id: crypto.randomUUID(), healthcarePartyId: me, autoDelegations: {} };
    const delegates = [];
    for (const publicKey of publicKeys) delegates.push(await practitioner(publicKey));

    let patient = await patientApi.createPatientWithUser(user, await patientApi.newInstance(user, body));
    const stored = async () => (await (await platform.fetch(`${platform.url}${PATH}/patient/${patient.id}`)).text()).length;
    const size = await stored();
    const before = { ...sent };
    await collectRubbish();
    const begin = performance.now();
    const [secretId] = (await cryptoApi.extractDelegationsSFKs(patient, me)).extractedKeys;
    const [key] = (await cryptoApi.extractEncryptionsSKs(patient, me)).extractedKeys;
    for (const delegate of delegates) {
      patient = await cryptoApi.addDelegationsAndEncryptionKeys(null, patient, me, delegate, secretId, key);
      patient = await patientApi.modifyPatientWithUser(user, patient);
    }
    const milliseconds = performance.now() - begin;
    // The author, too, has a delegation there.
    if (Object.keys(patient.delegations).length !== delegates.length + 1) throw new Error('iCure did not share with everybody.');
    return {
      milliseconds,
      requests: sent.requests - before.requests,
      bytes: sent.bytes - before.bytes,
      storedBytesPerDelegate: ((await stored()) - size) / delegates.length,
    };
  });
}
