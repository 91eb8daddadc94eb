// The package in one piece, for where no second file can be served: the WebAssembly modules are part of this one, and a
// third larger for it.
import { argon2idFrom, fromBase64 } from './argon2id.js';
import * as attachments from './attachment-api.js';
import { deferredFrom } from './deferred.js';
import * as events from './events.js';
import { load, type WasmSource } from './load.js';
import * as plain from './plain.js';
import * as argon2id from './tidelock_argon2id.js';
import { wasmBase64 } from './tidelock_bg.base64.js';
import { wasmBase64 as deferredBase64 } from './tidelock_deferred.base64.js';

export * from './api.js';

/** Loads the WebAssembly module; everything else waits for it. Safe to call more than once, and again after a failure. */
export function init(input?: WasmSource): Promise<void> {
  const files = { attachments: () => attachments, events: () => events, plain: () => plain };
  const parts = { argon2id: argon2idFrom(() => argon2id), deferred: deferredFrom(() => fromBase64(deferredBase64)), files };
  return load(input, () => fromBase64(wasmBase64), parts);
}
