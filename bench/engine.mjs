// The library's own operations without a platform, beside WebCrypto (the limit), @hpke/core and noble at the same work.
import { collectRubbish, median } from './measure.mjs';
import * as hpkeCore from './peers/hpke-core.mjs';
import * as noble from './peers/noble.mjs';
import * as webCrypto from './peers/web-crypto.mjs';

const RECIPIENTS = [1, 10, 100, 1_000];
const READINGS = [1_000, 100_000];
/** How many readings are sealed and opened in one call: what is imported comes and goes in parts. */
const AT_ONCE = 10_000;

/**
 * The medians of some works in milliseconds, and how far they are apart. They take turns, so that what the machine does meanwhile
 * is shared, forwards and backwards, so that none always comes after the same other, which leaves the machine as it needs it.
 */
async function compare(runs, works) {
  const times = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  const entries = Object.entries(works);
  for (let run = 0; run < runs; run += 1, entries.reverse()) {
    for (const [name, work] of entries) {
      await collectRubbish();
      const begin = performance.now();
      await work();
      times[name].push(performance.now() - begin);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, each]) => [name, { milliseconds: median(each), least: Math.min(...each), most: Math.max(...each) }]));
}

/** Measures all of it; `engine` are the bindings of `bench/engine`, `workers` those of the package for this runtime. */
export async function benchEngine(engine, workers) {
  const { Recipient, Vault, newIdentity, wrap } = engine;
  const identity = await compare(21, { tidelock: newIdentity, webCrypto: webCrypto.newIdentity, noble: noble.newIdentity });

  const recipient = await Recipient.generate();
  const wraps = {};
  const unwraps = {};
  for (const count of RECIPIENTS) {
    const recipients = Array.from({ length: count }, () => recipient.public);
    const all = joined(recipients);
    const runs = count > 100 ? 5 : 21;
    wraps[count] = await compare(runs, {
      tidelock: () => wrap(all),
      webCrypto: () => webCrypto.wrap(recipients),
      hpkeCore: () => hpkeCore.wrap(recipients),
      noble: () => noble.wrap(recipients),
    });
    const wrapped = await wrap(all);
    unwraps[count] = await compare(runs, {
      tidelock: () => recipient.unwrap(wrapped),
      webCrypto: await webCrypto.unwrapMany(count),
      hpkeCore: await hpkeCore.unwrapMany(count),
    });
  }

  const vault = await Vault.found();
  const readings = {};
  for (const count of READINGS) {
    const records = Array.from({ length: count }, (_, number) => reading(number));
    const runs = count > 10_000 ? 3 : 9;
    readings[count] = { bytes: records[0].length, ...(await compareBatches(runs, records, { engine, vault, workers })) };
  }
  return { identity, wrap: wraps, unwrap: unwraps, readings };
}

/** Seals all records and opens them again: on the thread that asks alone, with workers, and as the others do. */
async function compareBatches(runs, records, { engine, vault, workers }) {
  const parts = Array.from({ length: Math.ceil(records.length / AT_ONCE) }, (_, part) => records.slice(part * AT_ONCE, (part + 1) * AT_ONCE));
  const eachPart = (sealAndOpen) => async () => {
    let opened = 0;
    for (const part of parts) opened += await sealAndOpen(part);
    if (opened !== records.length) throw new Error('Not all was opened.');
  };
  const both = ({ seal, open }) => eachPart(async (part) => (await open(await seal(part))).length);
  const ours = eachPart(async (part) => {
    let end = 0;
    return vault.open(await vault.seal(joined(part), Uint32Array.from(part, (record) => (end += record.length))));
  });
  const withWorkers = async () => {
    engine.setWorkers(workers);
    await ours();
    engine.setWorkers(undefined);
  };
  await started(workers);
  return compare(runs, {
    tidelock: ours,
    tidelockWorkers: withWorkers,
    webCrypto: both(await webCrypto.newBatch()),
    noble: both(await noble.newBatch()),
  });
}

/** Waits until workers do jobs: those who ask first do not wait for them to start. Where they never do, the first figures say so. */
async function started(workers) {
  for (let attempt = 0; attempt < 500 && !(await workers([])); attempt += 1) await new Promise((resolve) => setTimeout(resolve, 10));
}

const encoder = new TextEncoder();

/** A reading of a continuous glucose monitor as the web application writes it. */
const reading = (number) => encoder.encode(JSON.stringify({
  openingDate: 20_140_203_000_000 + number,
  labels: [{ id: 'LOINC|99504-3|2.77', type: 'LOINC', code: '99504-3', version: '2.77' }],
  content: { en: { measureValue: { value: 70 + (number % 200), unit: 'mg/dL' } } },
  origin: { source: 'Hall et al. 2018, subject 2133-039', time: 20_140_203_000_000 + number, device: 'Dexcom G4 CGM Platinum' },
}));

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
