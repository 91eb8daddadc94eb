// Workers of browsers. Bundlers find their file by the form in which it is named.
import { workersOf, type RunJobs } from './workers.js';

/** Hands jobs to workers of this browser, which run what `module` gives. Where a page may have none, by its content security policy say, none are done. */
export const webWorkers = (module: () => Promise<WebAssembly.Module>): RunJobs => workersOf({
  threads: globalThis.navigator?.hardwareConcurrency ?? 1,
  module,
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
