// The package for browsers and bundlers.
import { compiled } from './compiled.js';
import { deferredFrom, imported } from './deferred.js';
import { load, type WasmSource } from './load.js';
import { workersLater } from './workers-later.js';

export * from './api.js';

/**
 * Loads the WebAssembly module; everything else waits for it. Safe to call more than once, and again after a failure.
 * Without `input` the module is fetched from beside this file, where bundlers put it.
 */
export function init(input?: WasmSource): Promise<void> {
  const parts = { deferred: deferredFrom(fetched, imported), ahead: true, workers };
  return load(input, () => new URL('./tidelock_bg.wasm', import.meta.url), parts);
}

/** Hands jobs to workers of this browser. */
const workers = workersLater(async () => {
  const { webWorkers } = await import('./web-workers.js');
  return webWorkers(() => compiled(new URL('./tidelock_worker_bg.wasm', import.meta.url)));
});

/**
 * The deferred part, from beside this file. It is asked for before the JavaScript file, since some browsers do not try
 * again to import what was lost once; where it was not put there, that file has it.
 */
function fetched(): Promise<WebAssembly.Module> {
  // What a session is opened with goes first.
  return compiled(new URL('./tidelock_deferred.wasm', import.meta.url), { priority: 'low' });
}
