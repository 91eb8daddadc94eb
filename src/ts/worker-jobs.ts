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
    const outcome = message instanceof Uint8Array ? runJob(message) : await sha256(message.sha256);
    // It has a key in it.
    if (message instanceof Uint8Array) message.fill(0);
    post(outcome, outcome ? [outcome.buffer as ArrayBuffer] : []);
  };
  let before = Promise.resolve();
  return (message) => {
    // Outcomes come in the order of the jobs.
    before = before.then(() => answer(message));
  };
}

const sha256 = async (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
