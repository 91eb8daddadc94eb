// What the package exports, wherever its WebAssembly module comes from.
export type { WasmSource } from './load.js';
export { version } from './tidelock.js';
