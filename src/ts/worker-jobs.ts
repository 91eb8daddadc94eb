// What runs in a worker, of browsers and of Node.
import { initSync, runJob } from './tidelock_worker.js';

/** Takes what a worker is sent, which is the module first and then jobs, and posts that it is ready, and their outcomes. */
export function answering(post: (message: unknown, transfer: ArrayBuffer[]) => void): (message: WebAssembly.Module | Uint8Array) => void {
  return (message) => {
    if (message instanceof WebAssembly.Module) {
      initSync({ module: message });
      post('ready', []);
      return;
    }
    const outcome = runJob(message);
    // It has a key in it.
    message.fill(0);
    post(outcome, outcome ? [outcome.buffer as ArrayBuffer] : []);
  };
}
