import { createStore, del, get, set, type UseStore } from 'idb-keyval';

/**
 * Where keys and what has been seen are kept between sessions. Values are byte arrays and objects with `CryptoKey`s, so
 * that whatever keeps them must be able to clone them structurally; names begin with the platform's origin.
 */
export interface KeyStore {
  /** The value of that name, or `undefined`. */
  get(name: string): Promise<unknown>;
  /** Keeps a value; once the promise is fulfilled, it survives a crash. */
  put(name: string, value: unknown): Promise<void>;
  /** Forgets a value. */
  delete(name: string): Promise<void>;
}

/** Keeps everything in memory, for tests and for programs that sign in with a recovery code each time. */
export class MemoryKeyStore implements KeyStore {
  readonly #values = new Map<string, unknown>();

  async get(name: string): Promise<unknown> {
    return this.#values.get(name);
  }

  async put(name: string, value: unknown): Promise<void> {
    this.#values.set(name, value);
  }

  async delete(name: string): Promise<void> {
    this.#values.delete(name);
  }
}

/** Keeps everything in the browser's IndexedDB; private keys as `CryptoKey`s that no script can read out. */
export class IndexedDbKeyStore implements KeyStore {
  #store: UseStore | undefined;

  #opened(): UseStore {
    return (this.#store ??= createStore('tidelock', 'keys'));
  }

  async get(name: string): Promise<unknown> {
    return get(name, this.#opened());
  }

  async put(name: string, value: unknown): Promise<void> {
    await set(name, value, this.#opened());
  }

  async delete(name: string): Promise<void> {
    await del(name, this.#opened());
  }
}

let shared: KeyStore | undefined;

/** The store that is used where none is given: IndexedDB where there is one, otherwise memory. */
export function defaultKeyStore(): KeyStore {
  return (shared ??= typeof indexedDB === 'undefined' ? new MemoryKeyStore() : new IndexedDbKeyStore());
}
