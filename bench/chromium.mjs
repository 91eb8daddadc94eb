// What the benchmarks measure in Chromium: their modules in one file, on a page that the platform serves.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { browsers, root } from '../scripts/environment.mjs';
import { medians } from './measure.mjs';

// It is installed with the peers, which are needed for measuring only.
const { build } = createRequire(new URL('./peers/', import.meta.url))('esbuild');

/** The pages: one that measures while it is open, and two that have loaded nothing. */
const PAGES = { index: 'page', cold: 'cold', 'cold-icure': 'cold-icure' };

/** How often a page is opened that has loaded nothing. */
const COLD_RUNS = 11;

/** Starts Chromium and lets `work` use it. */
async function inChromium(work) {
  // A benchmark is one call that may take minutes.
  const browser = await puppeteer.launch({
    browser: 'chrome',
    executablePath: browsers.chromium(),
    headless: true,
    protocolTimeout: 0,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--js-flags=--expose-gc'],
  });
  try {
    return { browser: await browser.version(), ...(await work(browser)) };
  } finally {
    await browser.close();
  }
}

/** A page of the platform, once it has what it is opened for. */
async function open(browser, url, name) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto(url);
  await page.waitForFunction((wanted) => wanted in globalThis, {}, name);
  return page;
}

/** Measures on the pages that a platform serves, see `bundle`. */
export function benchChromium(url) {
  return inChromium(async (browser) => {
    const page = await open(browser, url, 'benchmarks');
    const entities = await page.evaluate(() => globalThis.benchmarks.entities());
    const engine = await page.evaluate(() => globalThis.benchmarks.engine());
    const attachments = await page.evaluate(() => globalThis.benchmarks.attachments());
    await page.close();
    return { entities, engine, attachments, cold: { tidelock: await cold(browser, url, 'cold'), icure: await cold(browser, url, 'cold-icure') } };
  });
}

/** The medians of what pages say that have loaded nothing; the files are in the browser's cache after the first, which is left out. */
async function cold(browser, url, name) {
  const runs = [];
  while (runs.length <= COLD_RUNS) {
    const page = await open(browser, new URL(`/${name}.html`, url), 'cold');
    runs.push(await page.evaluate(() => globalThis.cold()));
    await page.close();
  }
  return medians(runs.slice(1));
}

/** Puts the pages with the benchmarks into a folder. */
export async function bundle(folder, engineFolder) {
  const assets = join(folder, 'assets');
  mkdirSync(assets, { recursive: true });
  // Each by itself: what pages have in common would be in files of its own.
  const entries = [...Object.values(PAGES).map((name) => join(root, 'bench', `${name}.mjs`)), join(root, 'dist', 'worker.js')];
  for (const entry of entries) {
    await build({
      entryPoints: [entry],
      outdir: assets,
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      define: { global: 'globalThis' },
      alias: { engine: join(engineFolder, 'tidelock_bench_engine.js') },
      logLevel: 'error',
    });
  }
  const parts = ['tidelock_bg', 'tidelock_deferred', 'tidelock_worker_bg'].map((name) => join(root, 'dist', `${name}.wasm`));
  const modules = [...parts, join(engineFolder, 'tidelock_bench_engine_bg.wasm')];
  for (const module of modules) copyFileSync(module, join(assets, basename(module)));
  for (const [page, name] of Object.entries(PAGES)) {
    const html = `<!doctype html><title>Benchmarks</title><script type="module" src="/assets/${name}.js"></script>`;
    writeFileSync(join(folder, `${page}.html`), html);
  }
}
