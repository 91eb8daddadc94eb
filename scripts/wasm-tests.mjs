// Which test files are for WebAssembly: those that choose a browser or worker to run in.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './environment.mjs';

/** The crates that are compiled to WebAssembly: package and folder. */
export const wasmCrates = [
  { name: 'tidelock-argon2id', folder: 'argon2id' },
  { name: 'tidelock-crypto', folder: 'crypto' },
  { name: 'tidelock', folder: '.' },
  { name: 'tidelock-worker', folder: 'worker' },
  { name: 'tidelock-bench-engine', folder: join('bench', 'engine') },
];

/** Cargo's arguments that choose the WebAssembly tests of the crate in `folder`; empty if it has none. */
export function wasmTestTargets(folder) {
  const tests = join(root, folder, 'tests');
  if (!existsSync(tests)) return [];
  return readdirSync(tests)
    .filter((name) => name.endsWith('.rs') && readFileSync(join(tests, name), 'utf8').includes('wasm_bindgen_test_configure!'))
    .sort()
    .flatMap((name) => ['--test', basename(name, '.rs')]);
}
