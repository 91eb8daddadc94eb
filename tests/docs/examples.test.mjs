// The examples of the documentation, run as a reader would run them: those that are files, and those in Markdown.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { init, MemoryKeyStore, signUp } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const examples = join(root, 'docs', 'examples');
// Inside the project, so that `tidelock` means this package there, too.
const extracted = join(root, 'target', 'examples');

// What Markdown examples write for the reader's own platform, share code and address.
const PLATFORM = 'http://127.0.0.1:8787';
const CODE = 'ABCD-EFGH-JKMN';

const node = async (file, env) => promisify(execFile)(process.execPath, [file], { env: { ...process.env, ...env }, timeout: 120_000 });

/** The JavaScript of a page, one program for each block. */
async function blocksOf(page) {
  const text = await readFile(join(root, page), 'utf8');
  return [...text.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, block]) => block);
}

describe('the examples', () => {
  let platform;
  let code;
  before(async () => {
    platform = await Platform.start();
    await mkdir(extracted, { recursive: true });
    await init();
    const account = { email: 'clinic@example.org', password: 'correct-horse-battery', kind: 'practitioner', fullName: 'Dr Gram' };
    const { session } = await signUp({ url: platform.url, keyStore: new MemoryKeyStore(), ...account });
    const { id } = await session.clinicApi.createClinic({ name: 'Harbour Clinic' });
    ({ code } = await session.clinicApi.getShareCode(id));
  });
  after(async () => {
    await platform?.stop();
    await rm(extracted, { recursive: true, force: true });
  });

  it('that are files', async (t) => {
    const files = (await readdir(examples)).filter((name) => name.endsWith('.mjs'));
    assert.ok(files.length > 0, 'there are none');
    for (const file of files) {
      await t.test(file, async () => {
        const { stdout } = await node(join(examples, file), { TIDELOCK_URL: platform.url });
        assert.notEqual(stdout, '', 'it says nothing');
      });
    }
  });

  it('of the read-me', async (t) => {
    const blocks = await blocksOf('README.md');
    assert.ok(blocks.length > 0, 'there are none');
    for (const [index, block] of blocks.entries()) {
      await t.test(`block ${index + 1}`, async () => {
        const lines = block.trimEnd().split('\n').length;
        assert.ok(lines <= 15, `it has ${lines} lines`);
        const file = join(extracted, `read-me-${index + 1}.mjs`);
        await writeFile(file, block.replaceAll(PLATFORM, platform.url).replaceAll(CODE, code));
        const { stdout } = await node(file);
        assert.match(stdout, /Harbour Clinic/);
      });
    }
  });

  it('are all listed', async () => {
    const list = await readFile(join(examples, 'README.md'), 'utf8');
    const files = (await readdir(examples)).filter((name) => name.endsWith('.mjs'));
    for (const file of files) assert.ok(list.includes(file), `${file} is not in docs/examples/README.md`);
  });
});
