// A worker of a browser.
import type { ChunkJob, ChunkOutcome } from './chunks.js';
import { answering } from './worker-jobs.js';

const { subtle } = crypto;

/** Each worker has a thread of its own for what WebCrypto does. */
async function ofChunk({ seal, secret, bytes }: ChunkJob): Promise<ChunkOutcome> {
  const key = await subtle.importKey('raw', secret.subarray(0, 32), 'AES-GCM', false, [seal ? 'encrypt' : 'decrypt']);
  const algorithm = { name: 'AES-GCM', iv: secret.subarray(32) };
  if (seal) {
    const sealed = await subtle.encrypt(algorithm, key, bytes);
    return { bytes: new Uint8Array(sealed), digest: new Uint8Array(await subtle.digest('SHA-256', sealed)) };
  }
  const [opened, digest] = await Promise.all([
    subtle.decrypt(algorithm, key, bytes).catch(() => undefined),
    subtle.digest('SHA-256', bytes),
  ]);
  return { bytes: opened && new Uint8Array(opened), digest: new Uint8Array(digest) };
}

const answer = answering((message, transfer) => postMessage(message, { transfer }), ofChunk);
onmessage = ({ data }) => answer(data);
