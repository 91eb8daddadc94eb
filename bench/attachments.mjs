// Files: sealed and opened by the package, everything but the line to the platform included, beside one call of WebCrypto's
// AES-GCM over the same bytes.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HealthcareElement } from 'tidelock';
import { median } from './measure.mjs';
import { newPatient } from './people.mjs';

const MIB = 2 ** 20;
const SIZES = [1, 16, 64];
const RUNS = 7;

/** MiB per second of the package and of WebCrypto, and how much memory the package takes beyond the file itself. */
export async function benchAttachments(url) {
  const { healthcareElementApi, attachmentApi } = await newPatient(url);
  const element = await healthcareElementApi.createOrModify(new HealthcareElement({ note: 'with files' }));
  const sizes = [];
  for (const mebibytes of SIZES) sizes.push(await ofSize(attachmentApi, element, mebibytes));
  return { sizes };
}

async function ofSize(attachmentApi, element, mebibytes) {
  const content = new Uint8Array(mebibytes * MIB);
  for (let from = 0; from < content.length; from += 65_536) crypto.getRandomValues(content.subarray(from, from + 65_536));
  const key = await crypto.subtle.importKey('raw', crypto.getRandomValues(new Uint8Array(32)), 'AES-GCM', false, ['encrypt', 'decrypt']);
  const algorithm = { name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)) };
  const read = async (attachment) => {
    let bytes = 0;
    for await (const part of await attachmentApi.download(attachment)) bytes += part.length;
    if (bytes !== content.length) throw new Error(`${bytes} of ${content.length} bytes were read.`);
  };

  const platform = new FilesInMemory();
  try {
    platform.keeping = true;
    const attachment = await attachmentApi.upload(element, content);
    platform.keeping = false;
    // One after the other, so that both have the same machine.
    const times = { seal: [], open: [], rawSeal: [], rawOpen: [] };
    for (let run = 0; run < RUNS; run += 1) {
      times.rawSeal.push(await seconds(() => crypto.subtle.encrypt(algorithm, key, content)));
      times.seal.push(await seconds(() => attachmentApi.upload(element, content)));
      const sealed = await crypto.subtle.encrypt(algorithm, key, content);
      times.rawOpen.push(await seconds(() => crypto.subtle.decrypt(algorithm, key, sealed)));
      times.open.push(await seconds(() => read(attachment)));
    }
    const perSecond = (name) => mebibytes / median(times[name]);
    const held = {};
    const taken = {};
    for (const [name, work] of Object.entries({ seal: () => attachmentApi.upload(element, content), open: () => read(attachment) })) {
      taken[name] = (await platform.memoryOf(work)) / MIB;
      platform.collecting = true;
      held[name] = (await platform.memoryOf(work)) / MIB;
      platform.collecting = false;
    }
    return {
      mebibytes,
      tidelock: { sealed: perSecond('seal'), opened: perSecond('open') },
      webCrypto: { sealed: perSecond('rawSeal'), opened: perSecond('rawOpen') },
      ratio: { seal: perSecond('seal') / perSecond('rawSeal'), open: perSecond('open') / perSecond('rawOpen') },
      // Beyond the file: what is held, and what is taken as the runtime leaves rubbish lying about, its own and that of what
      // stands in for the platform.
      heldMebibytes: held,
      takenMebibytes: taken,
    };
  } finally {
    platform.leave();
  }
}

async function seconds(work) {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1_000;
}

/** Stands in for the platform where files come and go; everything else still reaches it. */
class FilesInMemory {
  #there = globalThis.fetch;
  #answers = new Map();
  #most = 0;
  /** Whether what is uploaded is kept, for being fetched later. */
  keeping = false;
  /** Whether rubbish is collected before memory is looked at. */
  collecting = false;

  constructor() {
    globalThis.fetch = (request, options) => this.#answer(new Request(request, options));
  }

  leave() {
    globalThis.fetch = this.#there;
  }

  async #answer(request) {
    if (this.collecting) await collectGarbage();
    this.#most = Math.max(this.#most, memory());
    const { pathname } = new URL(request.url);
    if (!pathname.includes('/attachments')) return this.#there(request);
    if (request.method === 'GET') return answer(this.#answers.get(pathname));
    if (this.keeping) {
      if (request.method === 'PUT') this.#answers.set(pathname, new Uint8Array(await request.clone().arrayBuffer()));
      const { url, headers } = request;
      // When an upload is complete, the platform's list of its chunks is kept.
      const given = await this.#there(request);
      if (request.method === 'POST') {
        const listed = await this.#there(url, { headers });
        this.#answers.set(pathname, new Uint8Array(await listed.arrayBuffer()));
      }
      return given;
    }
    return answer(new Uint8Array());
  }

  /** The most memory that was taken during some work beyond what was taken before, looked at whenever a chunk comes or goes. */
  async memoryOf(work) {
    await collectGarbage();
    const before = memory();
    this.#most = before;
    await work();
    return this.#most - before;
  }
}

/** A success with these bytes, which nothing else has, as if they had come over the line. */
const answer = (bytes) => new Response(bytes.slice());

function memory() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Buffers are given back beside the collection, and are gone at the next. */
async function collectGarbage() {
  collect();
  await new Promise(setImmediate);
  collect();
}
