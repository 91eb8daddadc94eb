// Argon2id for the core, in a WebAssembly module of its own.
//
// WebAssembly memory never shrinks. So every call gets a new instance of that module, and its tens of megabytes go with
// it. It runs on the thread that asks, for some tenths of a second: a worker would need a file of its own, which not
// every bundler finds and the package in one piece cannot have. An application that minds uses the package in a worker.

/** The module as bytes, and what makes bindings for one instance of it. */
type Source = typeof import('./tidelock_argon2id.js');

/** What the core calls: `undefined` where Argon2id cannot run with these parameters, or has not the memory. */
export type Argon2id = (
  password: Uint8Array,
  salt: Uint8Array,
  memoryKib: number,
  iterations: number,
) => Promise<Uint8Array | undefined>;

/** Loads the module when it is first needed; bundlers make a file of its own of it. */
export const argon2idLater: Argon2id = argon2idFrom(() => import('./tidelock_argon2id.js'));

/** Argon2id with the module that `source` loads: once, or again after a failure. */
export function argon2idFrom(source: () => Source | Promise<Source>): Argon2id {
  let compiling: Promise<[Source, WebAssembly.Module]> | undefined;
  const compiled = () =>
    (compiling ??= compile(source).catch((cause: unknown) => {
      compiling = undefined;
      throw cause;
    }));
  return async (password, salt, memoryKib, iterations) => {
    const [{ newBindings }, module] = await compiled();
    const bindings = newBindings();
    try {
      await bindings({ module_or_path: module });
      return bindings.argon2id(password, salt, memoryKib, iterations);
    } catch {
      // It arrived and compiles: what is left is that the memory is not to be had.
      return undefined;
    }
  };
}

async function compile(source: () => Source | Promise<Source>): Promise<[Source, WebAssembly.Module]> {
  const loaded = await source();
  return [loaded, await WebAssembly.compile(fromBase64(loaded.wasmBase64))];
}

/** The bytes of a text in base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
