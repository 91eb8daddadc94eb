// The package for browsers and bundlers.
import { load, type WasmSource } from './load.js';

export * from './api.js';

/**
 * Loads the WebAssembly module; everything else waits for it. Safe to call more than once, and again after a failure.
 * Without `input` the module is fetched from beside this file, where bundlers put it.
 */
export function init(input?: WasmSource): Promise<void> {
  return load(input, () => new URL('./tidelock_bg.wasm', import.meta.url));
}
