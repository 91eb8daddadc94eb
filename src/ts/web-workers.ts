// Workers of browsers. Bundlers find their file by the form in which it is named.
import { compiled } from './compiled.js';
import { workersOf } from './workers.js';

/** Hands jobs to workers of this browser. Where a page may have none, by its content security policy say, none are done. */
export const webWorkers = workersOf({
  threads: globalThis.navigator?.hardwareConcurrency ?? 1,
  module: () => compiled(new URL('./tidelock_worker_bg.wasm', import.meta.url)),
  start(said, failed) {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => said(data);
    worker.onerror = (event) => {
      // Nothing is lost by it that anybody should be told of.
      event.preventDefault();
      failed();
    };
    return { post: (message, transfer) => worker.postMessage(message, transfer), end: () => worker.terminate() };
  },
});
