// A worker of Node.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { ChunkJob, ChunkOutcome } from './chunks.js';
import { answering } from './worker-jobs.js';

/** As much stays in a core's cache between encryption and hash. */
const PIECE = 2 ** 16;
const TAG = 16;

/** In place, and at once: WebCrypto copies what it is given, and what it gives is new memory each time. */
function ofChunk({ seal, secret, bytes }: ChunkJob): ChunkOutcome {
  const [key, nonce] = [secret.subarray(0, 32), secret.subarray(32)];
  const hash = createHash('sha256');
  const size = seal ? bytes.length : bytes.length - TAG;
  const sealed = new Uint8Array(bytes.buffer, bytes.byteOffset, size + TAG);
  const pieces = function* () {
    for (let from = 0; from < size; from += PIECE) yield [from, sealed.subarray(from, Math.min(from + PIECE, size))] as const;
  };
  const digest = () => new Uint8Array(hash.digest());
  if (seal) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    for (const [from, piece] of pieces()) {
      const made = cipher.update(piece);
      hash.update(made);
      sealed.set(made, from);
    }
    cipher.final();
    sealed.set(cipher.getAuthTag(), size);
    hash.update(sealed.subarray(size));
    return { bytes: sealed, digest: digest() };
  }
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
  decipher.setAuthTag(sealed.slice(size));
  // Nothing that was decrypted leaves before the tag is found right.
  for (const [from, piece] of pieces()) {
    hash.update(piece);
    sealed.set(decipher.update(piece), from);
  }
  hash.update(sealed.subarray(size));
  try {
    decipher.final();
  } catch {
    return { bytes: undefined, digest: digest() };
  }
  return { bytes: sealed.subarray(0, size), digest: digest() };
}

const answer = answering((message, transfer) => parentPort?.postMessage(message, transfer as ArrayBuffer[]), ofChunk);
parentPort?.on('message', answer);
