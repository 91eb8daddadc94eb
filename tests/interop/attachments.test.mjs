// The attachments of tests/vectors/attachments.json, sealed and read by a second implementation.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fromHex, hex } from './hpke-core.mjs';
import { sha256 } from './notation.mjs';
import { checkDigests, openChunk, readAttachment, sealChunks, streamOf } from './reader.mjs';
import { code, eachAlteredByte } from './refusals.mjs';

const { attachments } = JSON.parse(await readFile(new URL('../vectors/attachments.json', import.meta.url)));

const contentOf = ({ size }) => Uint8Array.from({ length: size }, (_, place) => place + Math.floor(place / 251));
const digestsOf = (sealed) => Promise.all(sealed.map((chunk) => sha256(chunk)));

async function openAll(read, sealed, digests) {
  await checkDigests(read, digests);
  return Buffer.concat(await Promise.all(sealed.map((chunk, index) => openChunk(read, index, chunk, digests[index]))));
}

for (const vector of attachments) {
  test(`${vector.size} bytes in ${vector.segments.length} segments are sealed as they were, and read`, async () => {
    const read = readAttachment(fromHex(vector.bytes));
    assert.deepEqual([read.where[0], hex(read.where[1]), hex(read.where[2])], [vector.vault, vector.entity, vector.id]);
    assert.deepEqual([read.size, hex(read.root)], [vector.size, vector.root]);
    for (const [index, [first, streamKey]] of read.segments.entries()) {
      const { info, key, prefix } = await streamOf(read, streamKey);
      const said = { first, stream_key: hex(streamKey), info: hex(info), key: hex(key), prefix: hex(prefix) };
      assert.deepEqual(said, vector.segments[index]);
    }
    const sealed = await sealChunks(read, contentOf(vector));
    const digests = await digestsOf(sealed);
    assert.deepEqual(digests.map(hex), vector.digests);
    if (vector.last_chunk) assert.equal(hex(sealed.at(-1)), vector.last_chunk);
    assert.equal(Buffer.compare(await openAll(read, sealed, digests), contentOf(vector)), 0);
  });
}

test('what was altered, moved or left out is refused', async () => {
  const vector = attachments.at(-1);
  const read = readAttachment(fromHex(vector.bytes));
  const sealed = await sealChunks(read, contentOf(vector));
  const digests = await digestsOf(sealed);
  const swapped = [sealed[1], sealed[0], sealed[2]];
  const altered = sealed.with(1, Uint8Array.from(sealed[1], (byte, place) => (place === 77 ? byte ^ 1 : byte)));
  for (const chunks of [swapped, altered, sealed.with(2, sealed[0]), sealed.with(0, sealed[2])]) {
    const theirs = await digestsOf(chunks);
    await assert.rejects(openAll(read, chunks, digests), code('tampered'));
    await assert.rejects(openAll(read, chunks, theirs), code('tampered'));
    // Even where the root says so, position and end are in the nonce.
    await assert.rejects(Promise.all(chunks.map((chunk, index) => openChunk(read, index, chunk, theirs[index]))), code('tampered'));
  }
});

test('each altered byte of a description is refused, or opens nothing', async () => {
  const vector = attachments[1];
  const sealed = await sealChunks(readAttachment(fromHex(vector.bytes)), contentOf(vector));
  const digests = await digestsOf(sealed);
  const read = async (bytes) => openAll(readAttachment(bytes), sealed, digests);
  assert.equal((await read(fromHex(vector.bytes))).length, 5);
  await eachAlteredByte(fromHex(vector.bytes), read, 'tampered', 'unsupported');
});
