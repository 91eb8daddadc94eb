// Taking the texts of panics out of a WebAssembly module, with one that is small enough to know everything that has to come of it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import binaryen from 'binaryen';
import { withoutPanics } from '../../scripts/panics.mjs';

const panic = '_ZN4core9panicking5panic17h0123456789abcdefE';
const other = '_ZN3app5panic17h0123456789abcdefE';
const source = 'src/some/file.rs';
const kept = 'other/text.rs, and more';

/** Little-endian words, as WebAssembly's text has them. */
const words = (...numbers) => numbers.map((number) => [0, 8, 16, 24].map((bits) => `\\${((number >> bits) & 255).toString(16).padStart(2, '0')}`).join('')).join('');

/** Has the path of a file at 1024, a place in it at 1040, and at 1056 the address of what is no path of a file. */
function bytesOf(panicking) {
  binaryen.setDebugInfo(true);
  const module = binaryen.parseText(`(module
    (memory (export "memory") 1)
    (data (i32.const 1024) "${source}${words(1024, source.length, 7, 9)}${words(1072, kept.length, 7, 9)}${kept}")
    (func $${panicking} (result i32) (i32.const 1))
    (func (export "panics") (result i32) (call $${panicking}))
    (func (export "works") (result i32) (i32.const 2)))`);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

describe('a module without texts of panics', () => {
  it('traps at once where it panicked, and has no names of source files; the rest is as it was', async () => {
    const { instance: { exports } } = await WebAssembly.instantiate(withoutPanics(bytesOf(panic)));
    assert.throws(() => exports.panics(), WebAssembly.RuntimeError);
    assert.equal(exports.works(), 2);
    const [path, place, rest] = [[1024, 16], [1040, 16], [1056, 16 + kept.length]].map(([from, length]) => Buffer.from(exports.memory.buffer, from, length));
    assert.ok([...path, ...place].every((byte) => byte === 0));
    assert.deepEqual([rest.readUInt32LE(0), rest.readUInt32LE(8), rest.subarray(16).toString()], [1072, 7, kept]);
  });

  it('is not made of one in which nothing panics', () => {
    assert.throws(() => withoutPanics(bytesOf(other)), /no function that panics/);
  });
});
