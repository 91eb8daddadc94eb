// Skipping a step whose inputs have not changed since it last succeeded, and keeping two commands from building at once.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './environment.mjs';

const ignored = new Set(['node_modules', 'dist', 'target', '.git', '.vite']);

function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).sort()) {
    if (!ignored.has(name)) yield* filesUnder(join(path, name));
  }
}

/** One digest of the contents of these files and folders (paths from the root; generated folders inside are left out). */
export function digestOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(join(root, path))) {
      const content = readFileSync(file);
      hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

/** Does `work` unless it succeeded before with the same `inputs` and all `outputs` still exist. True if it was done. */
export async function unlessUnchanged(name, { inputs, outputs }, work) {
  const stamp = join(root, 'target', 'stamps', name);
  const digest = digestOf(inputs);
  const unchanged = existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
  if (unchanged && outputs.every((path) => existsSync(join(root, path)))) return false;
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(join(root, 'target', 'stamps'), { recursive: true });
  writeFileSync(stamp, digest);
  return true;
}

/** Does `work` while no other process does any; one that ended without saying so is not waited for. */
export async function alone(work) {
  const lock = join(root, 'target', 'build.lock');
  mkdirSync(join(root, 'target'), { recursive: true });
  while (!taken(lock)) await sleep(200);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function taken(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
  } catch (error) {
    // Its owner is gone (ESRCH), or was just done (ENOENT). EPERM: it lives, and is someone else's.
    if (error.code === 'ESRCH') rmSync(lock, { force: true });
  }
  return false;
}
