// The deferred part of the WebAssembly module: functions that are rarely used. It runs as one with the core, whose memory
// and tables it shares, and is loaded when one of them is first called. `scripts/split.mjs` makes it.
import { fromBase64 } from './argon2id.js';
import type { InitOutput } from './tidelock.js';

/** The deferred part as bytes. */
type Source = typeof import('./tidelock_deferred.js');

/** Loads the deferred part into the instance with these exports: once, or again after a failure. */
export type Deferred = (core: InitOutput) => Promise<void>;

/** Loads a file of its own, which bundlers make of it. */
export const deferredLater: Deferred = deferredFrom(() => import('./tidelock_deferred.js'));

/** Loads the deferred part from `source`. */
export function deferredFrom(source: () => Source | Promise<Source>): Deferred {
  let loading: Promise<void> | undefined;
  return (core) =>
    (loading ??= (async () => {
      const { wasmBase64 } = await source();
      // The name by which the deferred part imports what the core exports. It puts its functions into the core's table.
      await WebAssembly.instantiate(fromBase64(wasmBase64), { c: { ...core } });
    })().catch((cause: unknown) => {
      loading = undefined;
      throw new Error(`a part of this package could not be loaded: ${cause}`, { cause });
    }));
}
