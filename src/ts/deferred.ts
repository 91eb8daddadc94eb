// The deferred part of the WebAssembly module: functions that are rarely used. It runs as one with the core, whose memory
// and tables it shares, and is loaded when one of them is first called. `scripts/split.mjs` makes it.
import { fromBase64 } from './argon2id.js';
import type { InitOutput } from './tidelock.js';

/** Gives the deferred part, compiled or as bytes. */
type Source = () => BufferSource | WebAssembly.Module | Promise<BufferSource | WebAssembly.Module>;

/** Loads the deferred part into the instance with these exports: once, or again after a failure. */
export type Deferred = (core: InitOutput) => Promise<void>;

/** From a JavaScript file, which every bundler finds. */
export const imported: Source = async () => fromBase64((await import('./tidelock_deferred.base64.js')).wasmBase64);

/** Loads the deferred part from the first of these sources that has it. */
export function deferredFrom(...sources: Source[]): Deferred {
  return orAgain(async (core: InitOutput) => {
    const failures: unknown[] = [];
    for (const source of sources) {
      try {
        const part = await source();
        const module = part instanceof WebAssembly.Module ? part : await WebAssembly.compile(part);
        // The name by which the deferred part imports what the core exports. It puts its functions into the core's table.
        await WebAssembly.instantiate(module, { c: { ...core } });
        return;
      } catch (failure) {
        failures.push(failure);
      }
    }
    const [cause] = failures;
    throw new Error(`a part of this package could not be loaded: ${cause}`, { cause });
  });
}

/** Does something once, or again after a failure. */
export function orAgain<A extends unknown[], R>(work: (...given: A) => Promise<R>): (...given: A) => Promise<R> {
  let working: Promise<R> | undefined;
  return (...given) =>
    (working ??= work(...given).catch((cause: unknown) => {
      working = undefined;
      throw cause;
    }));
}
