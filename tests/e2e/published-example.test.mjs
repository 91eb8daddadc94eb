// The published example of iCure's documentation in browsers: the module that Node runs, on the package as it is published.
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../package/static.mjs';
import { BROWSERS, launch } from './browsers.mjs';
import { Platform } from './platform.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A page with nothing but the package, its one dependency and the example, as a page without a bundler has them. */
const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>The published example</title>
<script type="importmap">{ "imports": { "tidelock": "./tidelock/index.js", "idb-keyval": "./idb-keyval/index.js" } }</script>
`;

describe('the published example', () => {
  let folder;
  let server;
  let platform;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidelock-example-'));
    await Promise.all([
      cp(join(root, 'dist'), join(folder, 'tidelock'), { recursive: true }),
      cp(join(root, 'node_modules/idb-keyval/dist'), join(folder, 'idb-keyval'), { recursive: true }),
      cp(join(root, 'tests/node/published-example.mjs'), join(folder, 'published-example.js')),
      writeFile(join(folder, 'index.html'), PAGE),
    ]);
    server = await serve(folder);
    platform = await Platform.start({ web: false, env: { TIDELOCK_ORIGINS: new URL(server.url).origin } });
  });

  after(async () => {
    await platform?.stop();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const name of BROWSERS) {
    for (const trust of ['first-use', 'verified']) {
      it(`runs in ${name} with trust ${trust}`, async () => {
        const { browser, page, faults } = await launch(name);
        try {
          await page.goto(server.url);
          const told = await page.evaluate(
            async (url, trust) => {
              const [tidelock, { publishedExample }] = await Promise.all([import('tidelock'), import('./published-example.js')]);
              await tidelock.init();
              return publishedExample(tidelock, url, trust);
            },
            platform.url,
            trust,
          );
          assert.equal(told, 'Hello world');
          assert.deepEqual(faults, []);
        } finally {
          await browser.close();
        }
      });
    }
  }
});
