// Loads the WebAssembly module once, however often and from wherever it is asked for.
import initialise, { type InitInput } from './tidelock.js';

/** Where the WebAssembly module comes from: its address, a response, its bytes or a compiled module. */
export type WasmSource = InitInput | Promise<InitInput>;

let ready: Promise<void> | undefined;

/**
 * Loads the module from `input`, or from `fallback` if none is given. Calls share one attempt; a failed one (a lost
 * connection, say) is forgotten, so that the next call tries again.
 */
export function load(input: WasmSource | undefined, fallback: () => WasmSource): Promise<void> {
  ready ??= (async () => {
    await initialise({ module_or_path: await (input ?? fallback()) });
  })().catch((cause: unknown) => {
    ready = undefined;
    throw cause;
  });
  return ready;
}
