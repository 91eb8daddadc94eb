// Loading the WebAssembly module: failures are errors of the package, and not the last word.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { TidelockError, checkShareCode, init, signIn, version } from 'tidelock';
import manifest from '../../package.json' with { type: 'json' };

const isError = (code, retryable) => (error) => {
  assert.ok(error instanceof TidelockError, String(error));
  assert.equal(error.code, code);
  assert.equal(error.retryable, retryable);
  assert.ok(error.cause);
  return true;
};

describe('loading the module', () => {
  it('is asked for by what needs it', async () => {
    const asked = (error) => error instanceof TidelockError && error.code === 'invalid_input' && error.details.field === 'init';
    assert.throws(() => checkShareCode('ABCD-EFGH-JKMN'), asked);
    await assert.rejects(signIn({ url: 'http://127.0.0.1:1', email: 'a@example.org', password: 'a password' }), asked);
  });

  it('fails with a code when it does not arrive', async () => {
    await assert.rejects(init(new URL('http://127.0.0.1:1/tidelock_bg.wasm')), isError('network', true));
    await assert.rejects(init(Promise.reject(new Error('lost'))), isError('network', true));
  });

  it('fails with a code when it is something else', async () => {
    await assert.rejects(init(new Uint8Array()), isError('unsupported', false));
    await assert.rejects(init(new TextEncoder().encode('<!doctype html>')), isError('unsupported', false));
  });

  it('succeeds after a failure, with bytes that the application brings', async () => {
    await init(readFile(new URL(import.meta.resolve('tidelock/wasm'))));
    assert.equal(version(), manifest.version);
    // Whoever asks for it later gets the module that is there.
    await init(new Uint8Array());
  });
});
