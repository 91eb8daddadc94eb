// The packed package in other people's projects, without configuration.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromium } from './chromium.mjs';
import { packedPackage, project, removePacked } from './project.mjs';
import { serve } from './static.mjs';

const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));

after(removePacked);

describe('the tarball', () => {
  it('holds everything that the exports map names', async () => {
    const { files } = await packedPackage();
    const { exports } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    const named = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)));
    for (const path of named) assert.ok(files.includes(path.replace('./', '')), `${path} is missing`);
  });

  it('holds nothing but the package', async () => {
    const { files } = await packedPackage();
    const allowed = /^(dist\/.*|package\.json|README\.md|LICEN[CS]E.*)$/;
    assert.deepEqual(files.filter((path) => !allowed.test(path)), []);
  });
});

describe('an empty Node project', () => {
  let node;
  before(async () => {
    node = await project('node');
  });
  after(() => node?.remove());

  it('imports the package', async () => {
    assert.deepEqual(JSON.parse(await node.run(process.execPath, 'main.mjs')), { version });
  });

  it('requires the package', { skip: !process.features.require_module && 'this Node cannot require modules' }, async () => {
    assert.deepEqual(JSON.parse(await node.run(process.execPath, 'required.cjs')), { version });
  });

  it('type-checks against the package', async () => {
    const tsc = new URL('../../node_modules/.bin/tsc', import.meta.url).pathname;
    await node.run(tsc, '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', 'types.ts');
  });
});

describe('an empty Vite application', () => {
  let vite;
  let browser;
  before(async () => {
    [vite, browser] = await Promise.all([project('vite'), chromium()]);
    await vite.run('npx', 'vite', 'build');
  });
  after(async () => {
    await browser?.close();
    await vite?.remove();
  });

  /** What the built application shows when it is opened, and the errors on its way. */
  async function open(options) {
    const server = await serve(join(vite.folder, 'dist'), options);
    const page = await browser.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(server.url);
    const shown = await page.waitForFunction(() => document.querySelector('output').textContent, { timeout: 30_000 });
    const text = await shown.jsonValue();
    await page.close();
    server.close();
    assert.deepEqual(errors, []);
    return text;
  }

  it('runs the package in a browser', async () => {
    assert.deepEqual(JSON.parse(await open()), { version, inline: version, attempts: 1 });
  });

  it('runs it under a content security policy that allows WebAssembly', async () => {
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
    const options = { headers: { 'content-security-policy': policy } };
    assert.deepEqual(JSON.parse(await open(options)), { version, inline: version, attempts: 1 });
  });

  it('can load its WebAssembly module after a failure', async () => {
    assert.deepEqual(JSON.parse(await open({ failures: 1 })), { version, inline: version, attempts: 2 });
  });
});
