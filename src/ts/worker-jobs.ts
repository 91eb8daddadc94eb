// What runs in a worker, of browsers and of Node.
import type { ChunkJob, ChunkOutcome } from './chunks.js';
import { initSync, runJob } from './tidelock_worker.js';
import type { Job } from './workers.js';

type Message = WebAssembly.Module | Job;

/**
 * Takes what a worker is sent, which is the module first and then jobs, and posts that it is ready, and their outcomes. What
 * seals and opens chunks fastest is another thing in each runtime.
 */
export function answering(
  post: (message: unknown, transfer: ArrayBufferLike[]) => void,
  ofChunk: (job: ChunkJob) => ChunkOutcome | Promise<ChunkOutcome>,
): (message: Message) => void {
  const answer = async (message: Message): Promise<[message: unknown, transfer: ArrayBufferLike[]]> => {
    if (message instanceof WebAssembly.Module) {
      initSync({ module: message });
      return ['ready', []];
    }
    if (message instanceof Uint8Array) {
      const outcome = runJob(message);
      // It has a key in it.
      message.fill(0);
      return [outcome, outcome ? [outcome.buffer] : []];
    }
    const outcome = await ofChunk(message);
    message.secret.fill(0);
    return [outcome, outcome.bytes ? [outcome.bytes.buffer] : []];
  };
  let before = Promise.resolve();
  return (message) => {
    // Chunks are not waited for to begin with the next one.
    const answered = answer(message);
    // Outcomes come in the order of the jobs. What fails ends the worker's work: whoever started it hears of what is thrown, and
    // in browsers not of what a promise is rejected with.
    before = before.then(async () => post(...(await answered))).catch((error: unknown) => queueMicrotask(() => {
      throw error;
    }));
  };
}
