// Sealing and opening alone: the package without the time at the platform, beside WebCrypto called for every reading.
import { measure, median } from './measure.mjs';
import { newPatient } from './people.mjs';

const RUNS = 5;

/** Readings per second that the package seals and opens, everything but the waiting for the platform included. */
export async function benchTidelock(url, samples) {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { dataSampleApi } = await newPatient(url);
    const sealed = await measure(() => dataSampleApi.createDataSamples(samples));
    const opened = await measure(() => dataSampleApi.listDataSamples());
    if (opened.result.length !== samples.length) throw new Error(`${opened.result.length} of ${samples.length} readings were read.`);
    runs.push({ seal: samples.length / sealed.ownSeconds, open: samples.length / opened.ownSeconds });
  }
  return { readings: samples.length, ...perSecond(runs) };
}

/**
 * What WebCrypto can do at best with a key for every reading: HKDF-SHA-256 and AES-256-GCM, and JSON; no signature, no
 * hash, no history.
 */
export async function benchWebCrypto(samples) {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) {
    const batch = await crypto.subtle.importKey('raw', crypto.getRandomValues(new Uint8Array(32)), 'HKDF', false, ['deriveKey']);
    const begin = performance.now();
    const sealed = await inGroups(samples, (sample) => seal(batch, sample));
    const between = performance.now();
    const opened = await inGroups(sealed, (one) => open(batch, one));
    const end = performance.now();
    if (opened.some(({ openingDate }, index) => openingDate !== samples[index].openingDate)) throw new Error('Not what was sealed.');
    runs.push({ seal: (samples.length / (between - begin)) * 1_000, open: (samples.length / (end - between)) * 1_000 });
  }
  return { readings: samples.length, ...perSecond(runs) };
}

const perSecond = (runs) => ({
  sealedPerSecond: median(runs.map(({ seal }) => seal)),
  openedPerSecond: median(runs.map(({ open }) => open)),
});

/** So many at a time that every core has work, and so few that memory does not count. */
async function inGroups(items, work) {
  const done = [];
  for (let index = 0; index < items.length; index += 500) done.push(...(await Promise.all(items.slice(index, index + 500).map(work))));
  return done;
}

function keyOf(batch, id, usage) {
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: id };
  return crypto.subtle.deriveKey(derivation, batch, { name: 'AES-GCM', length: 256 }, false, [usage]);
}

async function seal(batch, sample) {
  const id = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plaintext = new TextEncoder().encode(JSON.stringify({ ...sample, labels: [...sample.labels], codes: [...sample.codes] }));
  const ciphertext = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: id }, await keyOf(batch, id, 'encrypt'), plaintext);
  return { id, iv, ciphertext };
}

async function open(batch, { id, iv, ciphertext }) {
  const plaintext = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: id }, await keyOf(batch, id, 'decrypt'), ciphertext);
  return JSON.parse(new TextDecoder().decode(plaintext));
}
