// The packed package in other people's projects, without configuration.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Platform } from '../e2e/platform.mjs';
import { Built } from './built.mjs';
import { develop } from './development.mjs';
import { packedPackage, project, removePacked } from './project.mjs';
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

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:*";
const strict = { headers: { 'content-security-policy': policy } };
const alone = availableParallelism() < 2 && 'one processor, so no workers';
const [many, read] = ['&many=3000', { read: 3000 }];

for (const bundler of ['vite', 'webpack']) {
  describe(`an empty application, built by ${bundler}`, () => {
    let built;
    before(async () => {
      built = await Built.by(bundler);
    });
    after(() => built?.remove());

    it('runs the package in a browser', async () => {
      assert.deepEqual(await built.show(), { version, attempts: 1 });
      assert.deepEqual(await built.show({}, '?inline'), { inline: version });
    });

    it('runs it under a content security policy that allows WebAssembly', async () => {
      assert.deepEqual(await built.show(strict), { version, attempts: 1 });
      assert.deepEqual(await built.show(strict, '?inline'), { inline: version });
    });

    it('can load its WebAssembly module after a failure', async () => {
      assert.deepEqual(await built.show({ failures: 1 }), { version, attempts: 2 });
    });

    it('shares and reads with it', async () => {
      assert.deepEqual((await built.showWithPlatform()).shown, { version, attempts: 1, story: told });
    });

    it('shares and reads with it under such a policy', async () => {
      assert.deepEqual((await built.showWithPlatform(strict)).shown, { version, attempts: 1, story: told });
      assert.deepEqual((await built.showWithPlatform(strict, '&inline')).shown, { inline: version, story: told });
    });

    it('has workers that seal and open many readings, under such a policy, too', { skip: alone }, async () => {
      for (const options of [{}, strict]) {
        const { shown, workers } = await built.showWithPlatform(options, many);
        assert.deepEqual(shown, read);
        assert.ok(workers > 1, `${workers}`);
      }
    });

    it('works without workers where a policy forbids them', { skip: alone }, async () => {
      const forbidding = { headers: { 'content-security-policy': `${policy}; worker-src 'none'` } };
      assert.deepEqual(await built.showWithPlatform(forbidding, many), { shown: read, workers: 0 });
    });

    it('works with no platform that does not know it', async () => {
      const platform = await Platform.start({ web: false });
      try {
        const query = `?platform=${encodeURIComponent(platform.url)}`;
        await assert.rejects(built.show({}, query), /failed: .*network|could not be reached/s);
      } finally {
        await platform.stop();
      }
    });

    // Only Vite says in the names of files what they are, and has a server for development.
    if (bundler !== 'vite') return;

    it('can load the deferred part of the module after a failure', async () => {
      const parts = (await readdir(join(built.dist, 'assets'))).filter((name) => name.includes('deferred'));
      assert.deepEqual(parts.map((name) => extname(name)).sort(), ['.js', '.wasm']);
      const lost = async (failures) => (await built.showWithPlatform({ failures, failing: /deferred/ })).shown;
      // Either file will do.
      assert.deepEqual(await lost(1), { version, attempts: 1, story: told });
      assert.deepEqual(await lost(2), { version, attempts: 1, lost: 'network', story: told });
    });

    it('works without workers where their module is lost', { skip: alone }, async () => {
      const lost = { failures: 1, failing: /tidelock_worker_bg.*wasm$/ };
      assert.deepEqual(await built.showWithPlatform(lost, many), { shown: read, workers: 0 });
    });

    describe('in development', () => {
      let server;
      before(async () => {
        server = await develop(built.folder);
      });
      after(() => server?.close());

      it('shares and reads with it', async () => {
        assert.deepEqual((await built.seeWithPlatform(server.url)).shown, { version, attempts: 1, story: told });
        assert.deepEqual((await built.seeWithPlatform(server.url, '&inline')).shown, { inline: version, story: told });
      });

      it('has workers, too', { skip: alone }, async () => {
        const { shown, workers } = await built.seeWithPlatform(server.url, many);
        assert.deepEqual(shown, read);
        assert.ok(workers > 1, `${workers}`);
      });
    });
  });
}
