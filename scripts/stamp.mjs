// Skipping a step whose inputs have not changed since it last succeeded.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
