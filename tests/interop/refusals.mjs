// What the second implementation must refuse, for its tests.
import assert from 'node:assert/strict';

/** Asserts that an error has one of these codes. */
export const code = (...allowed) => (error) => {
  assert.ok(allowed.includes(error.code), error.stack);
  return true;
};

/** Calls `read` with the bytes and, for each place, one bit altered there: none may be read. */
export async function eachAlteredByte(bytes, read, ...allowed) {
  for (const place of bytes.keys()) {
    const altered = Uint8Array.from(bytes);
    altered[place] ^= 1 << place % 8;
    await assert.rejects(read(altered), code(...allowed), `byte ${place}`);
  }
}
