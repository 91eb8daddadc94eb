/// <reference lib="esnext.disposable" preserve="true" />
// What the package exports, wherever its WebAssembly module comes from.
export { CodingReference, Content, DataSample, Measure, type Origin } from './data-sample.js';
export { errorCodes, TidelockError, type ErrorCode, type ErrorDetails } from './error.js';
export { IndexedDbKeyStore, MemoryKeyStore, type KeyStore } from './key-store.js';
export type { WasmSource } from './load.js';
export { checkShareCode, recover, resume, signIn, signUp } from './open.js';
export type { Credentials, OpenOptions, Registration } from './open.js';
export { ClinicApi, DataSampleApi, Session, SharingApi } from './session.js';
export type * from './session.js';
export { version } from './tidelock.js';
