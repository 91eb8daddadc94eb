// Files: sealed and opened by the package, beside one call of WebCrypto's AES-GCM over the same bytes, and beside those calls
// of WebCrypto that the package cannot do without: chunks are hashed, too. Once alone, with nothing in the time but what the
// package does between the file and a request; once to a platform and back.
import { HealthcareElement } from 'tidelock';
import { FilesInMemory } from './files-in-memory.mjs';
import { collectRubbish, median, unmeasured } from './measure.mjs';
import { newPatient } from './people.mjs';

const MIB = 2 ** 20;
/** The package's chunks. */
const CHUNK = 2 ** 19;
const SIZES = [16, 64];
/** Those before do not count: the just-in-time compiler has its work then. */
const WARM_UP = 5;
const RUNS = 15;
const RUNS_AT_PLATFORM = 3;
/** How many chunks the package has under way at once. */
const UNDER_WAY = 4;

/**
 * MiB per second of the package and of WebCrypto. Where `memoryOf` is given, which does some work and tells how much memory
 * it took, also how much the package takes beyond the file itself.
 */
export async function benchAttachments(url, memoryOf) {
  const { healthcareElementApi, attachmentApi } = await newPatient(url);
  const element = await healthcareElementApi.createOrModify(new HealthcareElement({ note: 'with files' }));
  const sizes = [];
  for (const mebibytes of SIZES) sizes.push(await ofSize(attachmentApi, element, mebibytes, memoryOf));
  return { sizes };
}

async function ofSize(attachmentApi, element, mebibytes, memoryOf) {
  const content = randomBytes(mebibytes * MIB);
  const platform = new FilesInMemory();
  const attachment = await platform.keeping(() => attachmentApi.upload(element, content));
  const upload = () => attachmentApi.upload(element, content);
  const download = async (which = attachment) => {
    let bytes = 0;
    const reader = (await attachmentApi.download(which)).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
    if (bytes !== content.length) throw new Error(`${bytes} of ${content.length} bytes were read.`);
  };

  const alone = await platform.alone(() => besideWebCrypto(platform, content, upload, download));
  const perSecond = (name, times = alone) => mebibytes / median(times[name]);
  const result = {
    mebibytes,
    tidelock: { sealed: perSecond('seal'), opened: perSecond('open') },
    webCrypto: { sealed: perSecond('rawSeal'), opened: perSecond('rawOpen') },
    webCryptoInChunks: { sealed: perSecond('sealChunks'), opened: perSecond('openChunks') },
    ratio: { seal: perSecond('seal') / perSecond('rawSeal'), open: perSecond('open') / perSecond('rawOpen') },
    ratioInChunks: { seal: perSecond('seal') / perSecond('sealChunks'), open: perSecond('open') / perSecond('openChunks') },
  };
  if (memoryOf) Object.assign(result, await memory(platform, memoryOf, upload, download));

  const there = { up: [], down: [] };
  await unmeasured(async () => {
    for (let run = 0; run < RUNS_AT_PLATFORM; run += 1) {
      let uploaded;
      there.up.push(await seconds(async () => (uploaded = await upload())));
      there.down.push(await seconds(() => download(uploaded)));
      await attachmentApi.delete(uploaded);
    }
  });
  result.atPlatform = { uploaded: perSecond('up', there), downloaded: perSecond('down', there) };
  return result;
}

/** The seconds of each, one after the other, so that all have the same machine. */
async function besideWebCrypto(platform, content, upload, download) {
  const key = await crypto.subtle.importKey('raw', crypto.getRandomValues(new Uint8Array(32)), 'AES-GCM', false, ['encrypt', 'decrypt']);
  const algorithm = { name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)) };
  const encrypt = (bytes) => crypto.subtle.encrypt(algorithm, key, bytes);
  const decrypt = (bytes) => crypto.subtle.decrypt(algorithm, key, bytes);
  const hash = (bytes) => crypto.subtle.digest('SHA-256', bytes);
  const sealed = await encrypt(content);
  const chunks = [];
  for (let from = 0; from < content.length; from += CHUNK) chunks.push(content.subarray(from, from + CHUNK));
  const sealedChunks = [];
  await inChunks(chunks, async (chunk) => sealedChunks.push(await encrypt(chunk)));
  const work = {
    rawSeal: () => encrypt(content),
    sealChunks: () => inChunks(chunks, async (chunk) => hash(await encrypt(chunk))),
    seal: upload,
    rawOpen: () => decrypt(sealed),
    openChunks: () => inChunks(sealedChunks, (chunk) => Promise.all([hash(chunk), decrypt(chunk)])),
    open: () => download(),
  };
  const times = Object.fromEntries(Object.keys(work).map((name) => [name, []]));
  for (let run = -WARM_UP; run < RUNS; run += 1) {
    for (const [name, one] of Object.entries(work)) {
      platform.renew();
      await collectRubbish();
      const taken = await seconds(one);
      if (run >= 0) times[name].push(taken);
    }
  }
  return times;
}

/** Does something to each of some chunks, a few at once. */
async function inChunks(chunks, work) {
  const left = chunks.values();
  const some = async () => {
    for (const chunk of left) await work(chunk);
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, some));
}

/** Beyond the file, in MiB: what is held, and what is taken as the runtime leaves rubbish lying about, its requests' too. */
async function memory(platform, memoryOf, upload, download) {
  const [heldMebibytes, takenMebibytes] = [{}, {}];
  platform.renew();
  for (const [name, work] of Object.entries({ seal: upload, open: () => download() })) {
    takenMebibytes[name] = (await memoryOf((seen) => platform.watched(seen, work), false)) / MIB;
    heldMebibytes[name] = (await memoryOf((seen) => platform.watched(seen, work), true)) / MIB;
  }
  return { heldMebibytes, takenMebibytes };
}

async function seconds(work) {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1_000;
}

function randomBytes(size) {
  const bytes = new Uint8Array(size);
  for (let from = 0; from < size; from += 65_536) crypto.getRandomValues(bytes.subarray(from, from + 65_536));
  return bytes;
}
