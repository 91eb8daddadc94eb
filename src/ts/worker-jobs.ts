// What runs in a worker, of browsers and of Node.
import { initSync, runJob } from './tidelock_worker.js';
import type { Job } from './workers.js';

/** Takes what a worker is sent, which is the module first and then jobs, and posts that it is ready, and their outcomes. */
export function answering(post: (message: unknown, transfer: ArrayBuffer[]) => void): (message: WebAssembly.Module | Job) => void {
  const answer = async (message: WebAssembly.Module | Job) => {
    if (message instanceof WebAssembly.Module) {
      initSync({ module: message });
      post('ready', []);
      return;
    }
    if (!(message instanceof Uint8Array)) {
      const { hash: hashed } = message;
      post({ hashed, digest: await crypto.subtle.digest('SHA-256', hashed) }, [hashed.buffer]);
      return;
    }
    const outcome = runJob(message);
    // It has a key in it.
    message.fill(0);
    post(outcome, outcome ? [outcome.buffer as ArrayBuffer] : []);
  };
  let before = Promise.resolve();
  return (message) => {
    // Outcomes come in the order of the jobs. What fails ends the worker's work: whoever started it hears of what is thrown, and
    // in browsers not of what a promise is rejected with.
    before = before.then(() => answer(message)).catch((error: unknown) => queueMicrotask(() => {
      throw error;
    }));
  };
}

