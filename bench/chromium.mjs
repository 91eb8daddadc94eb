// What the benchmarks measure in Chromium: their modules in one file, on a page that the platform serves.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { browsers, root } from '../scripts/environment.mjs';

// It is installed with the peers, which are needed for measuring only.
const { build } = createRequire(new URL('./peers/', import.meta.url))('esbuild');

/** Opens the page of a platform that serves it, and lets `work` use it. */
export async function inChromium(url, work) {
  const args = ['--no-sandbox', '--disable-dev-shm-usage'];
  // A benchmark is one call that may take minutes.
  const browser = await puppeteer.launch({ browser: 'chrome', executablePath: browsers.chromium(), headless: true, protocolTimeout: 0, args });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error.message));
    await page.goto(url);
    await page.waitForFunction(() => globalThis.benchmarks);
    return { browser: await browser.version(), ...(await work(page)) };
  } finally {
    await browser.close();
  }
}

/** Puts a page with the benchmarks into a folder. */
export async function bundle(folder, engineFolder) {
  mkdirSync(folder, { recursive: true });
  const page = join(root, 'bench', 'page.mjs');
  await build({
    entryPoints: [page],
    outfile: join(folder, 'bench.js'),
    bundle: true,
    format: 'esm',
    define: { global: 'globalThis' },
    alias: { engine: join(engineFolder, 'tidelock_bench_engine.js') },
    logLevel: 'error',
  });
  const modules = [join(root, 'dist', 'tidelock_bg.wasm'), join(root, 'dist', 'tidelock_deferred.wasm'), join(engineFolder, 'tidelock_bench_engine_bg.wasm')];
  for (const module of modules) copyFileSync(module, join(folder, basename(module)));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Benchmarks</title><script type="module" src="/bench.js"></script>');
}
