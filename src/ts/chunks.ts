// The chunks of files, which workers seal and open where there are some.
import type { RunJobs } from './workers.js';

/** A chunk to seal or to open. All that it has is moved; what is to be sealed has room for the tag behind it. */
export interface ChunkJob {
  seal: boolean;
  /** The key, of 32 bytes, and the nonce. */
  secret: Uint8Array<ArrayBuffer>;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What became of it, or nothing where it does not open, and SHA-256 of the sealed chunk. */
export interface ChunkOutcome {
  bytes: Uint8Array<ArrayBuffer> | undefined;
  digest: Uint8Array<ArrayBuffer>;
}

/** Seals or opens a chunk elsewhere, into the memory of `spare` if it is given some; `undefined` where that is not to be done. */
export type RunChunk = (
  seal: boolean,
  secret: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
  spare?: Uint8Array<ArrayBuffer>,
) => Promise<[ChunkOutcome['bytes'], ChunkOutcome['digest']] | undefined>;

/** Small files are not worth a thread. */
const LEAST = 2 ** 19;
const TAG = 16;

/** A chunk to seal is copied, since the file is its owner's; one to open is moved, so whoever asks has to fetch it again if it is lost. */
export function chunksBy(run: RunJobs): RunChunk {
  return async (seal, secret, bytes, spare) => {
    if (bytes.length < LEAST) return undefined;
    const copy = () => {
      const room = new Uint8Array(spare?.buffer ?? new ArrayBuffer(bytes.length + TAG), 0, bytes.length);
      room.set(bytes);
      return room;
    };
    const [done] = (await run(() => [{ seal, secret, bytes: seal ? copy() : bytes }])) ?? [];
    if (done) return [done.bytes, done.digest];
    if (bytes.buffer.byteLength === 0) throw new Error('The worker that had the chunk is gone.');
    return undefined;
  };
}
