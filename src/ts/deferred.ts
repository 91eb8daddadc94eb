// The deferred part of the WebAssembly module: functions that are rarely used. It runs as one with the core, whose memory
// and tables it shares, and is loaded when one of them is first called. `scripts/split.mjs` makes it.
import { fromBase64 } from './argon2id.js';

/** Gives the deferred part, compiled or as bytes. */
type Source = () => BufferSource | WebAssembly.Module | Promise<BufferSource | WebAssembly.Module>;

/** Loads the deferred part into the instance with these exports: once, or again after a failure. */
export type Deferred = (core: WebAssembly.Exports) => Promise<void>;

/** From a JavaScript file, which every bundler finds. */
export const imported: Source = async () => fromBase64((await import('./tidelock_deferred.base64.js')).wasmBase64);

/** Loads the deferred part from the first of these sources that has it. */
export function deferredFrom(...sources: Source[]): Deferred {
  let loading: Promise<void> | undefined;
  return (core) =>
    (loading ??= firstOf(sources, core).catch((cause: unknown) => {
      loading = undefined;
      throw new Error(`a part of this package could not be loaded: ${cause}`, { cause });
    }));
}

async function firstOf(sources: Source[], core: WebAssembly.Exports): Promise<void> {
  const failures: unknown[] = [];
  for (const source of sources) {
    try {
      const part = await source();
      const module = part instanceof WebAssembly.Module ? part : await WebAssembly.compile(part);
      // The name by which the deferred part imports what the core exports. It puts its functions into the core's table.
      await WebAssembly.instantiate(module, { c: core });
      return;
    } catch (failure) {
      failures.push(failure);
    }
  }
  throw failures[0];
}
