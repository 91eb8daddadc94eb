// §10.7 of docs/protocol.md: attachments.
import {
  bstr, check, concat, decodeLabelled, digest, expand, hmac, id, labelled, leafHash, list, map, root, same, secret, sha256, tampered, tstr, tuple,
  u32, uint,
} from './notation.mjs';

const { subtle } = globalThis.crypto;

export const CHUNK = 524_288;
const MAXIMUM_CHUNKS = 8_192;
const MAXIMUM_SEGMENTS = 64;

const place = map({ 0: tstr, 1: id, 2: id });
const attachment = map({ 0: place, 1: uint, 2: digest, 3: list(tuple(u32, secret)) });

/** Reads what an entity's content has of an attachment. */
export function readAttachment(bytes) {
  const body = decodeLabelled(bytes, 'attachment', attachment);
  const { 0: where, 1: size, 2: top, 3: segments } = body;
  const chunks = Math.max(1, Math.ceil(Number(size) / CHUNK));
  check(chunks <= MAXIMUM_CHUNKS, 'too large');
  check(/^[\w-]+$/.test(where[0]), 'no id of a vault');
  check(segments.length >= 1 && segments.length <= MAXIMUM_SEGMENTS && segments[0][0] === 0, 'segments');
  check(segments.every(([first], index) => first < chunks && (index === 0 || segments[index - 1][0] < first)), 'order of segments');
  return { where, size: Number(size), root: top, segments, chunks };
}

/** The key and the nonce's prefix of a segment: two blocks of HKDF-Expand. */
export async function streamOf({ where }, streamKey) {
  const info = labelled('attachment stream', new Map([[0, where[0]], [1, where[1]], [2, where[2]]]));
  const first = await expand(streamKey, info);
  const second = await hmac(streamKey, concat(first, info, [2]));
  return { info, key: first, prefix: second.subarray(0, 7) };
}

/** The algorithm and the key by which a chunk is sealed and opened. */
async function cipherOf(read, index) {
  const [, streamKey] = read.segments.findLast(([first]) => first <= index);
  const { key, prefix } = await streamOf(read, streamKey);
  const position = [index >>> 24, (index >>> 16) & 255, (index >>> 8) & 255, index & 255];
  const algorithm = { name: 'AES-GCM', iv: concat(prefix, position, [index + 1 === read.chunks ? 1 : 0]) };
  return [algorithm, await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])];
}

/** Seals a content as its author does. */
export async function sealChunks(read, content) {
  const sealed = [];
  for (let index = 0; index < read.chunks; index += 1) {
    const chunk = content.subarray(index * CHUNK, (index + 1) * CHUNK);
    sealed.push(new Uint8Array(await subtle.encrypt(...(await cipherOf(read, index)), chunk)));
  }
  return sealed;
}

/** Makes sure that a list of digests is that of the attachment's author. */
export async function checkDigests(read, digests) {
  check(digests.length === read.chunks, 'number of chunks');
  check(same(await root(await Promise.all(digests.map((each) => leafHash(bstr(each))))), read.root), 'root');
}

/** Opens one chunk. */
export async function openChunk(read, index, sealed, listed) {
  check(same(await sha256(sealed), listed), 'digest of a chunk');
  let chunk;
  try {
    chunk = new Uint8Array(await subtle.decrypt(...(await cipherOf(read, index)), sealed));
  } catch {
    throw tampered('a chunk does not open');
  }
  check(chunk.length === Math.min(CHUNK, read.size - index * CHUNK), 'size of a chunk');
  return chunk;
}
