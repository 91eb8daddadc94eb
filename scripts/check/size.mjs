// The WebAssembly modules stay within their budgets, and the one that every user loads does not grow unnoticed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { wasmSize } from '../build.mjs';
import { root } from '../environment.mjs';
import { ask, Failure } from '../run.mjs';

const record = 'bench/results/size.json';
// In bytes under brotli.
const budget = 150_000;
const growth = 0.02;
// Loaded when a share code is looked up.
const argon2idBudget = 12_000;

/** Fails if a module is over its budget or the first one has grown since the record; `renew` writes the record. */
export function checkSize({ renew }) {
  const size = wasmSize();
  const compiler = ask('rustc', ['--version'])?.match(/^rustc \S+/)?.[0];
  const path = join(root, record);
  if (size.brotli > budget) throw new Failure(`The module has ${size.brotli} bytes under brotli; the budget is ${budget}`);
  const argon2id = wasmSize('tidelock_argon2id');
  if (argon2id.brotli > argon2idBudget) {
    throw new Failure(`The module for Argon2id has ${argon2id.brotli} bytes under brotli; the budget is ${argon2idBudget}`);
  }
  const text = `${size.brotli} and, for Argon2id, ${argon2id.brotli} bytes under brotli`;
  if (renew) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ ...size, argon2id, compiler }, null, 2)}\n`);
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
    throw new Failure(`The module has grown from ${recorded.brotli} to ${size.brotli} bytes under brotli; ${advice}`);
  }
  return text;
}
