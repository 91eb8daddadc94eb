// `npm run bench`: measures the built package in Node and Chromium against the real server. The results are written to
// bench/results/latest.json, or with `-- --json FILE` to that file; `-- --data FILE` measures with other readings.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, buildBenchEngine, buildBenchServer, buildServer, buildWeb, wasmSize } from './build.mjs';
import { root } from './environment.mjs';
import { figures } from './figures.mjs';
import { ask, main, run, say } from './run.mjs';
import { setUp } from './setup.mjs';

/** What the core and the JavaScript around it ought to have, in bytes. */
const [CORE, JAVASCRIPT] = [120_000, 12_000];

await main(async () => {
  const { values } = parseArgs({ options: { json: { type: 'string' }, data: { type: 'string' } } });
  const file = values.json ? resolve(values.json) : join(root, 'bench', 'results', 'latest.json');
  await setUp('build', 'test', 'bench');
  await buildServer();
  await build();
  await buildWeb();
  const engine = await buildBenchEngine();
  const load = await buildBenchServer();

  say('Measuring');
  const folder = mkdtempSync(join(tmpdir(), 'tidelock-bench-'));
  try {
    const measured = join(folder, 'results.json');
    await run(process.execPath, ['--expose-gc', join(root, 'bench', 'main.mjs'), measured, engine, load, ...(values.data ? [resolve(values.data)] : [])]);
    const { machine, versions, ...results } = JSON.parse(readFileSync(measured, 'utf8'));
    const { sizeOfJavaScript } = await import('../bench/javascript.mjs');
    const javascript = await sizeOfJavaScript();
    versions.rust = ask('rustc', ['--version'])?.split(' ')[1];
    const all = { machine, versions, size: { ...wasmSize(), deferred: wasmSize('tidelock_deferred'), worker: wasmSize('tidelock_worker'), javascript }, ...results };
    const core = all.size.brotli;
    all.targets.push({ name: 'Bytes of the core of the WebAssembly module under brotli', value: core, target: `at most ${CORE}`, met: core <= CORE });
    const { brotli } = javascript;
    all.targets.push({ name: 'Bytes of the JavaScript that is loaded with it, under brotli', value: brotli, target: `at most ${JAVASCRIPT}`, met: brotli <= JAVASCRIPT });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
    console.log(figures(all));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
