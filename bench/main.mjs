// What `npm run bench` measures, in a process of its own: `node bench/main.mjs RESULTS [DATA]` writes the results as JSON.
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { init, version } from 'tidelock';
import { Platform } from '../tests/e2e/platform.mjs';
import { loadReadings } from './data-set.mjs';
import { benchAttachments } from './attachments.mjs';
import { benchEntities } from './entities.mjs';
import { benchLostKey } from './lost-key.mjs';
import { benchRecord } from './record.mjs';
import { benchTidelock, benchWebCrypto } from './sealing.mjs';

/** How many readings are sealed and opened alone. */
const ALONE = 5_000;

/** What the measurements ought to say, and whether they do. */
function targets({ delegates, shareOne: { tidelock, icure }, shareMany }, { readings, giveBack }, attachments) {
  const most = (name, value, target) => ({ name, value, target: `at most ${target}`, met: value <= target });
  const least = (name, value, target) => ({ name, value, target: `at least ${target}`, met: value >= target });
  const ratio = icure.milliseconds / tidelock.milliseconds;
  return [
    least(`Sharing one record with ${delegates} new delegates: times as fast as @icure/api`, ratio, 10),
    most(`Sharing one record with ${delegates} new delegates: requests that write`, tidelock.writes, 1),
    most(`Sharing one record with ${delegates} new delegates: requests that read`, tidelock.requests - tidelock.writes, 1),
    most(`Sharing ${shareMany.entities} records with one delegate: requests that write`, shareMany.writes, 1),
    most(`Giving back a record of ${readings} readings: requests that write`, giveBack.writes, 1),
    ...attachments.sizes
      .filter(({ mebibytes }) => mebibytes >= 16)
      .flatMap(({ mebibytes, ratio: times, heldMebibytes }) => [
        least(`Sealing a file of ${mebibytes} MiB: times as fast as one call of WebCrypto`, times.seal, 0.8),
        least(`Opening a file of ${mebibytes} MiB: times as fast as one call of WebCrypto`, times.open, 0.8),
        most(`Sealing a file of ${mebibytes} MiB: further memory that is held, in MiB`, heldMebibytes.seal, 16),
        most(`Opening a file of ${mebibytes} MiB: further memory that is held, in MiB`, heldMebibytes.open, 16),
      ]),
  ];
}

const [file, data] = process.argv.slice(2);
const { name, samples } = loadReadings(data);
console.log(`Data: ${samples.length} readings, ${name}`);

await init();
const platform = await Platform.start({ web: false, env: { TIDELOCK_LOG: 'warn' } });
try {
  // Before what fills the memory: the rubbish of others would be counted as work.
  const attachments = await benchAttachments(platform.url);
  const entities = await benchEntities(platform.url);
  const record = await benchRecord(platform.url, samples);
  const lostKey = await benchLostKey(platform.url, samples);
  const some = samples.slice(0, ALONE);
  const sealing = { tidelock: await benchTidelock(platform.url, some), webCrypto: await benchWebCrypto(some) };
  const machine = { processor: cpus()[0].model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const versions = { tidelock: version(), node: process.versions.node, v8: process.versions.v8, openssl: process.versions.openssl };
  const results = { date: new Date().toISOString().slice(0, 10), machine, versions, data: name, record, lostKey, entities, sealing, attachments };
  results.targets = targets(entities, lostKey, attachments);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await platform.stop();
}
