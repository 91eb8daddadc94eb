// The packed package in other people's projects, without configuration.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Platform } from '../e2e/platform.mjs';
import { chromium } from './chromium.mjs';
import { develop } from './development.mjs';
import { packedPackage, project, removePacked } from './project.mjs';
import { serve } from './static.mjs';
import { told } from './story.mjs';

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
  let platform;
  before(async () => {
    [node, platform] = await Promise.all([project('node'), Platform.start({ web: false })]);
  });
  after(async () => {
    await platform?.stop();
    await node?.remove();
  });

  it('imports the package, shares and reads with it', async () => {
    const result = JSON.parse(await node.run(process.execPath, 'main.mjs', platform.url));
    assert.deepEqual(result, { version, inline: version, story: told });
  });

  it('shares and reads with the package in one piece', async () => {
    const result = JSON.parse(await node.run(process.execPath, 'inline.mjs', platform.url));
    assert.deepEqual(result, { version, story: told });
  });

  it('requires the package, shares and reads with it', { skip: !process.features.require_module && 'this Node cannot require modules' }, async () => {
    const result = JSON.parse(await node.run(process.execPath, 'required.cjs', platform.url));
    assert.deepEqual(result, { version, story: told });
  });

  it('type-checks against the package', async () => {
    const tsc = new URL('../../node_modules/.bin/tsc', import.meta.url).pathname;
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--module', 'nodenext'];
    await node.run(tsc, ...options, '--target', 'es2022', '--lib', 'es2023,dom,esnext.disposable', 'types.ts');
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

  /** What the application shows when it is opened at an address, and how many workers it has; fails on errors on its way. */
  async function see(url) {
    const page = await browser.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(url);
    const shown = await page.waitForFunction(() => document.querySelector('output')?.textContent, { timeout: 60_000 });
    const [text, workers] = [await shown.jsonValue(), page.workers().length];
    await page.close();
    assert.deepEqual(errors, []);
    assert.doesNotMatch(text, /^failed/);
    return { shown: JSON.parse(text), workers };
  }

  const show = async (url) => (await see(url)).shown;

  /** What the built application shows. */
  async function open(options, query = '') {
    const server = await serve(join(vite.folder, 'dist'), options);
    try {
      return await show(`${server.url}${query}`);
    } finally {
      server.close();
    }
  }

  /** What the application at this address shows when it works with a platform at another. */
  async function tell(url, query = '', look = show) {
    const platform = await Platform.start({ web: false, env: { TIDELOCK_ORIGINS: new URL(url).origin } });
    try {
      return await look(`${url}?platform=${encodeURIComponent(platform.url)}${query}`);
    } finally {
      await platform.stop();
    }
  }

  /** The same of the built application. */
  async function tellBuilt(options, query, look) {
    const server = await serve(join(vite.folder, 'dist'), options);
    try {
      return await tell(server.url, query, look);
    } finally {
      server.close();
    }
  }

  const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:*";
  const strict = { headers: { 'content-security-policy': policy } };

  it('runs the package in a browser', async () => {
    assert.deepEqual(await open(), { version, attempts: 1 });
    assert.deepEqual(await open({}, '?inline'), { inline: version });
  });

  it('runs it under a content security policy that allows WebAssembly', async () => {
    assert.deepEqual(await open(strict), { version, attempts: 1 });
    assert.deepEqual(await open(strict, '?inline'), { inline: version });
  });

  it('can load its WebAssembly module after a failure', async () => {
    assert.deepEqual(await open({ failures: 1 }), { version, attempts: 2 });
  });

  it('shares and reads with it, as built', async () => {
    assert.deepEqual(await tellBuilt(), { version, attempts: 1, story: told });
  });

  it('shares and reads with it under such a policy', async () => {
    assert.deepEqual(await tellBuilt(strict), { version, attempts: 1, story: told });
    assert.deepEqual(await tellBuilt(strict, '&inline'), { inline: version, story: told });
  });

  it('can load the deferred part of the module after a failure', async () => {
    const parts = (await readdir(join(vite.folder, 'dist', 'assets'))).filter((name) => name.includes('deferred'));
    assert.deepEqual(parts.map((name) => extname(name)).sort(), ['.js', '.wasm']);
    const lost = (failures) => ({ failures, failing: /deferred/ });
    // Either file will do.
    assert.deepEqual(await tellBuilt(lost(1)), { version, attempts: 1, story: told });
    assert.deepEqual(await tellBuilt(lost(2)), { version, attempts: 1, lost: 'network', story: told });
  });

  it('shares and reads with it, in development', async () => {
    const server = await develop(vite.folder);
    try {
      assert.deepEqual(await tell(server.url), { version, attempts: 1, story: told });
      assert.deepEqual(await tell(server.url, '&inline'), { inline: version, story: told });
    } finally {
      await server.close();
    }
  });

  describe('with many readings', { skip: availableParallelism() < 2 && 'one processor, so no workers' }, () => {
    const [query, read] = ['&many=3000', { read: 3000 }];

    it('has workers that seal and open them, under such a policy, too', async () => {
      for (const options of [{}, strict]) {
        const { shown, workers } = await tellBuilt(options, query, see);
        assert.deepEqual(shown, read);
        assert.ok(workers > 1, `${workers}`);
      }
    });

    it('has workers in development, too', async () => {
      const server = await develop(vite.folder);
      try {
        const { shown, workers } = await tell(server.url, query, see);
        assert.deepEqual(shown, read);
        assert.ok(workers > 1, `${workers}`);
      } finally {
        await server.close();
      }
    });

    it('works without them where a policy forbids them, or their module is lost', async () => {
      const forbidding = { headers: { 'content-security-policy': `${policy}; worker-src 'none'` } };
      for (const options of [forbidding, { failures: 1, failing: /tidelock_worker_bg.*wasm$/ }]) {
        assert.deepEqual(await tellBuilt(options, query, see), { shown: read, workers: 0 });
      }
    });
  });

  it('works with no platform that does not know it', async () => {
    const server = await serve(join(vite.folder, 'dist'));
    const platform = await Platform.start({ web: false });
    try {
      await assert.rejects(show(`${server.url}?platform=${encodeURIComponent(platform.url)}`), /failed: .*network|could not be reached/s);
    } finally {
      server.close();
      await platform.stop();
    }
  });
});
