// What `npm run bench` measures, in a process of its own: `node bench/main.mjs RESULTS ENGINE LOAD [DATA]` writes the results as
// JSON. ENGINE is the folder with the engine's module and bindings, LOAD the program that puts the server under load.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { init, version } from 'tidelock';
import { nodeWorkers } from '../dist/node-workers.js';
import { Platform } from '../tests/e2e/platform.mjs';
import { benchAttachments } from './attachments.mjs';
import { benchChromium, bundle } from './chromium.mjs';
import { loadReadings } from './data-set.mjs';
import { benchEngine } from './engine.mjs';
import { benchEntities } from './entities.mjs';
import { benchLostKey } from './lost-key.mjs';
import { memoryOf } from './memory.mjs';
import { benchPage } from './page-tasks.mjs';
import { startServer } from './peers/icure-server.mjs';
import { benchRecord } from './record.mjs';
import { benchTidelock } from './sealing.mjs';
import { benchServer } from './server.mjs';
import { targets } from './targets.mjs';

/** How many readings are sealed and opened alone. */
const ALONE = 5_000;

const [file, engineFolder, load, data] = process.argv.slice(2);
const { name, samples } = loadReadings(data);
console.log(`Data: ${samples.length} readings, ${name}`);

const pages = mkdtempSync(join(tmpdir(), 'tidelock-bench-page-'));
await bundle(pages, engineFolder);
const server = await benchServer(load);
await init();
const platform = await Platform.start({ web: pages, env: { TIDELOCK_LOG: 'warn' } });
const icure = await startServer();
try {
  // Before what fills the memory: the rubbish of others would be counted as work.
  const attachments = await benchAttachments(platform.url, memoryOf);
  const entities = await benchEntities(platform.url, icure);
  const engine = await inNode();
  const chromium = await benchChromium(platform.url);
  const page = await benchPage();
  const record = await benchRecord(platform.url, samples);
  const memory = JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, 'peak-memory.mjs'), platform.url, ...(data ? [data] : [])], { encoding: 'utf8' }));
  const lostKey = await benchLostKey(platform.url, samples);
  const sealing = await benchTidelock(platform.url, samples.slice(0, ALONE));
  const machine = { processor: cpus()[0].model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const versions = { tidelock: version(), node: process.versions.node, v8: process.versions.v8, openssl: process.versions.openssl, browser: chromium.browser };
  const results = { date: new Date().toISOString().slice(0, 10), machine, versions, data: name, server, record, memory, lostKey, entities, sealing, engine, chromium, page, attachments };
  results.targets = targets(results);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  icure.stop();
  await platform.stop();
  rmSync(pages, { recursive: true, force: true });
}

/** The engine in this process. */
async function inNode() {
  const { default: initEngine, ...engine } = await import(pathToFileURL(join(engineFolder, 'tidelock_bench_engine.js')));
  await initEngine({ module_or_path: readFileSync(join(engineFolder, 'tidelock_bench_engine_bg.wasm')) });
  return benchEngine(engine, nodeWorkers);
}
