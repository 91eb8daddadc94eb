// Writes what `npm run bench` measured into README.md, between the markers for it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './environment.mjs';
import { Failure, main, say } from './run.mjs';

const results = join(root, 'bench', 'results', 'latest.json');
const page = join(root, 'README.md');
const place = /(<!-- figures -->\n)[\s\S]*?(<!-- \/figures -->)/;

const number = (value) => value.toLocaleString('en', { maximumFractionDigits: 0 });
/** Two digits are as many as a measurement deserves. */
const rounded = (value) => Number(value.toPrecision(2)).toLocaleString('en');

/** The results as Markdown. */
export function figures({ date, machine, versions, size, data, server, record, memory, lostKey, entities, sealing, engine, chromium, attachments }) {
  const [few, ...larger] = record.share;
  const many = larger.at(-1);
  const shared = ({ requests, bytes, milliseconds }) => `${requests} request${requests === 1 ? '' : 's'}, ${number(bytes)} bytes, ${rounded(milliseconds)} ms`;
  const { tidelock, icure, icureInMemory } = entities.shareOne;
  const readings = (name) => [engine, chromium.engine].map((measured) => `${rounded((100_000 / measured.readings[100_000][name].milliseconds) * 1_000)}`).join(' and ');
  const wraps = (name) => [engine, chromium.engine].map((measured) => rounded(measured.wrap[100][name].milliseconds)).join(' and ');
  const files = (one) => attachments.sizes.map(({ mebibytes, tidelock: ours, webCrypto: theirs }) => `${mebibytes} MiB ${rounded(ours[one])} MiB/s (${rounded(theirs[one])})`).join(', ');
  const underLoad = ({ readings, bytes, server: ours, bare }) => `${rounded(ours * readings)} readings/s, ${rounded((ours * bytes) / 1e6)} MB/s; the same statements on the bare database ${rounded(bare * readings)} readings/s`;
  const rows = [
    ['WebAssembly module, compressed with brotli', `${number(size.brotli / 1_000)} kB; what is rarely used, loaded then: ${number(size.deferred.brotli / 1_000)} kB; JavaScript: ${number(size.javascript.brotli / 1_000)} kB`],
    [`Import of ${number(record.import.readings)} readings`, `${rounded(record.import.seconds)} s: ${rounded(record.import.readingsPerSecond)} readings/s, ${record.import.requests} requests`],
    [`Most memory of a Node process that imports, then reads ${number(memory.readings)} readings`, `${rounded(memory.mebibytes.importing)}, then ${rounded(memory.mebibytes.reading)} MiB; before, with them as objects, ${rounded(memory.mebibytes.before)} MiB`],
    [`Sharing a record of ${number(many.readings)} readings with a clinic`, shared(many)],
    [`Sharing a record of ${few.readings} readings`, shared(few)],
    [`The clinic reads the record: ${number(record.openAsClinic.readings)} readings`, `${rounded(record.openAsClinic.seconds)} s: ${rounded(record.openAsClinic.readingsPerSecond)} readings/s`],
    [`Sharing one record with ${entities.delegates} new delegates`, `${rounded(tidelock.milliseconds)} ms, ${tidelock.requests} requests; \`@icure/api\` ${rounded(icure.milliseconds)} ms, ${number(icure.requests)} requests (${rounded(icureInMemory.milliseconds)} ms if its platform answers in the same process)`],
    ['Stored for each delegate and record', `${number(tidelock.storedBytesPerDelegate)} bytes; \`@icure/api\` ${number(icure.storedBytesPerDelegate)}`],
    [`Sharing ${number(entities.shareMany.entities)} records with one delegate`, shared(entities.shareMany)],
    [`Giving a lost record back to its owner: ${number(lostKey.readings)} readings`, shared(lostKey.giveBack)],
    ['She restores it, and it is counted what can be read', shared(lostKey.restore)],
    [`Server: writes of ${server.write.readings} readings of ${server.readingBytes} bytes, ${server.clients} clients at once`, underLoad(server.write)],
    [`Server: pages of a record with ${number(server.read.readings)} such readings, likewise`, underLoad(server.read)],
    ['Seal and open, everything that is done with a reading', `${rounded(sealing.sealedPerSecond)} and ${rounded(sealing.openedPerSecond)} readings/s`],
    ['Seal and open 100,000 readings, the engine alone, in Node and Chromium', `${readings('tidelock')} readings/s, with workers ${readings('tidelockWorkers')}; WebCrypto ${readings('webCrypto')}; noble ${readings('noble')}`],
    ['Wrap a key for 100 recipients, in Node and Chromium', `${wraps('tidelock')} ms; WebCrypto's part of it ${wraps('webCrypto')}; \`@hpke/core\` ${wraps('hpkeCore')}; noble ${wraps('noble')}`],
    ['Seal a file (one call of WebCrypto over all of it)', files('sealed')],
    ['Open a file (likewise)', files('opened')],
  ];
  const { processor, cores, memoryGiB } = machine;
  return [
    '| | |',
    '| --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    `Measured on ${date} by \`npm run bench\`: Node ${versions.node}, ${versions.browser}, ${processor}, ${cores} cores, ${memoryGiB} GiB, platform`,
    `server and client on the same machine. Data: ${data}. Medians of several runs, but for the import (1 run).`,
    '“Everything that is done” is JSON, keys, AES-GCM, hashes, signatures and history, without the time at the platform. “The engine',
    'alone” is bytes to verified signed batches and back; for WebCrypto and noble, one HKDF and one AES-GCM for every reading.',
    'Files are sealed and hashed in chunks, or checked and opened, without the line to the platform.',
  ].join('\n');
}

if (process.argv[1] === join(root, 'scripts', 'figures.mjs')) {
  await main(async () => {
    if (!existsSync(results)) throw new Failure('There are no results: npm run bench');
    const text = readFileSync(page, 'utf8');
    if (!place.test(text)) throw new Failure('README.md has no place for figures');
    const table = figures(JSON.parse(readFileSync(results, 'utf8')));
    writeFileSync(page, text.replace(place, (_, begin, end) => `${begin}${table}\n${end}`));
    say('README.md has the newest figures');
  });
}
