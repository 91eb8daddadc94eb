// The package in one piece, for where no second file can be served: the WebAssembly module is part of this one, and a
// third larger for it.
import { load, type WasmSource } from './load.js';
import { wasmBase64 } from './tidelock_bg.base64.js';

export * from './api.js';

/** Loads the WebAssembly module; everything else waits for it. Safe to call more than once, and again after a failure. */
export function init(input?: WasmSource): Promise<void> {
  return load(input, () => Uint8Array.from(atob(wasmBase64), (character) => character.charCodeAt(0)));
}
