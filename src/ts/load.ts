// Loads the WebAssembly module once, however often and from wherever it is asked for.
import { argon2idLater, type Argon2id } from './argon2id.js';
import { chunksBy } from './chunks.js';
import { compiled, type ModuleSource } from './compiled.js';
import { deferredFrom, imported, type Deferred } from './deferred.js';
import { TidelockError } from './error.js';
import { setFiles, type Files } from './later.js';
import { rest } from './rest.js';
import { instantiate, setArgon2id, setChunkWorkers, setDeferred, setRest, setWorkers } from './tidelock.js';
import type { RunJobs } from './workers.js';

/** Where the WebAssembly module comes from: its address, a response, its bytes or a compiled module. */
export type WasmSource = ModuleSource | Promise<ModuleSource>;

/** What is loaded when it is first needed: Argon2id, the deferred part of the module, and workers, where there may be some. */
export interface Parts {
  argon2id: Argon2id;
  deferred: Deferred;
  /** Whether the deferred part can be loaded beside other things, before it is needed. */
  ahead: boolean;
  workers: RunJobs;
  /** Other files of JavaScript. */
  files: Files;
}

let ready: Promise<void> | undefined;
let loaded = false;
let begin: () => Promise<void> = async () => undefined;

/**
 * Loads the module from `input`, or from `fallback` if none is given. Calls share one attempt; a failed one (a lost
 * connection, say) is forgotten, so that the next call tries again. Throws `network` where the module does not arrive,
 * `unsupported` where it may not be compiled.
 */
export function load(
  input: WasmSource | undefined,
  fallback: () => WasmSource,
  { argon2id = argon2idLater, deferred = deferredFrom(imported), ahead = false, workers, files }: Partial<Parts> = {},
): Promise<void> {
  ready ??= (async () => {
    const core = await instantiate(await compiled(await (input ?? fallback())));
    setArgon2id(argon2id);
    setDeferred(() => deferred(core));
    setRest(rest);
    if (files) setFiles(files);
    if (workers) {
      setWorkers(workers);
      setChunkWorkers(chunksBy(workers));
    }
    if (ahead) begin = () => deferred(core);
    loaded = true;
  })().catch((cause: unknown) => {
    ready = undefined;
    // The module did not arrive; or it did and may not be compiled here: an old runtime, a strict policy, other bytes.
    const arrived = cause instanceof WebAssembly.CompileError || cause instanceof WebAssembly.LinkError;
    const code = arrived ? 'unsupported' : 'network';
    throw new TidelockError(code, `The WebAssembly module could not be loaded: ${cause}`, {}, !arrived, { cause });
  });
  return ready;
}

/** Throws `invalid_input` as long as the module is not there. */
export function requireLoaded(): void {
  if (!loaded) throw new TidelockError('invalid_input', 'Call init() first, and wait for it.', { field: 'init' });
}

/** Loads the deferred part while a session is opened, since that soon needs it, if it can be done beside that. */
export function loadAhead(): void {
  // Where it fails, it is tried again, and said, when the part is needed.
  begin().catch(() => undefined);
}
