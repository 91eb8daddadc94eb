// SHA-256 of the chunks of files.
import type { RunJobs } from './workers.js';

/**
 * SHA-256 of many bytes, which it may move: whoever asks is given them again. Chromium has one thread for all that WebCrypto
 * does for one that asks, and it has files to encrypt at the same time: so workers hash them, where there are some.
 */
export function hashedBy(workers: RunJobs) {
  return async (bytes: Uint8Array<ArrayBuffer>): Promise<[bytes: Uint8Array<ArrayBuffer>, digest: ArrayBuffer]> => {
    const [done] = (await workers([{ hash: bytes }])) ?? [];
    if (done) return [done.hashed, done.digest];
    if (bytes.buffer.byteLength === 0) throw new Error('The worker that had the bytes is gone.');
    return [bytes, await crypto.subtle.digest('SHA-256', bytes)];
  };
}
