// The parts of WebAssembly stay within their budgets, and the core, which every user loads, does not grow unnoticed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { wasmSize } from '../build.mjs';
import { root } from '../environment.mjs';
import { ask, Failure } from '../run.mjs';

const record = 'bench/results/size.json';
/** What each part may have, in bytes under brotli; all but the core are loaded when they are first used. */
const budgets = { core: 120_000, 'deferred part': 192_000, Argon2id: 12_000, workers: 26_000 };
const growth = 0.02;

/** Fails if a part is over its budget or the core has grown since the record; `renew` writes the record. */
export function checkSize({ renew }) {
  const size = wasmSize();
  const [deferred, argon2id, worker] = ['tidelock_deferred', 'tidelock_argon2id', 'tidelock_worker'].map(wasmSize);
  const compiler = ask('rustc', ['--version'])?.match(/^rustc \S+/)?.[0];
  const path = join(root, record);
  const sizes = { core: size, 'deferred part': deferred, Argon2id: argon2id, workers: worker };
  for (const [part, { brotli }] of Object.entries(sizes)) {
    const budget = budgets[part];
    if (brotli > budget) throw new Failure(`${part}: ${brotli} bytes under brotli; the budget is ${budget}`);
  }
  const text = `bytes under brotli: ${Object.entries(sizes).map(([part, { brotli }]) => `${part} ${brotli}`).join(', ')}`;
  if (renew) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ ...size, deferred, argon2id, worker, compiler }, null, 2)}\n`);
    return `${text}, recorded`;
  }
  const advice = 'if that is meant, run: npm run check -- --record';
  if (!existsSync(path)) throw new Failure(`${record} does not exist; ${advice}`);
  const recorded = JSON.parse(readFileSync(path, 'utf8'));
  // Compilers differ by more than that; only what the same one makes can be compared.
  if (recorded.compiler !== compiler) {
    return `${text}, within the budgets (recorded with ${recorded.compiler}, not compared with ${compiler})`;
  }
  if (size.brotli > recorded.brotli * (1 + growth)) {
    throw new Failure(`The core has grown from ${recorded.brotli} to ${size.brotli} bytes under brotli; ${advice}`);
  }
  return text;
}
