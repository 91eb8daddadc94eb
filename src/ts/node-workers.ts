// Workers of Node.
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { workersOf } from './workers.js';

/** Hands jobs to workers of this process. */
export const nodeWorkers = workersOf({
  threads: availableParallelism(),
  module: async () => WebAssembly.compile(await readFile(new URL('./tidelock_worker_bg.wasm', import.meta.url))),
  start(said, failed) {
    const worker = new Worker(new URL('./node-worker.js', import.meta.url));
    worker.on('message', said);
    worker.on('error', failed);
    worker.unref();
    return {
      post: (message, transfer) => worker.postMessage(message, transfer as ArrayBuffer[]),
      end: () => void worker.terminate(),
      hold: (held) => (held ? worker.ref() : worker.unref()),
    };
  },
});
