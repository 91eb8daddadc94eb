// The package for Node: the same, but the WebAssembly module is read from the disk.
import { load, type WasmSource } from './load.js';
import { nodeWorkers } from './node-workers.js';

export * from './api.js';

/** Loads the WebAssembly module; everything else waits for it. Safe to call more than once, and again after a failure. */
export function init(input?: WasmSource): Promise<void> {
  const fallback = async () => {
    const { readFile } = await import('node:fs/promises');
    return readFile(new URL('./tidelock_bg.wasm', import.meta.url));
  };
  return load(input, fallback, { workers: nodeWorkers });
}
