// Searching what a platform has written for what it should not know.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Every file below a folder, and the server's log, by name. */
export async function everythingAt(platform) {
  const entries = await readdir(platform.data, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const contents = await Promise.all(files.map(async (file) => [file, await readFile(file)]));
  return [...contents, ['the log', Buffer.from(platform.log)]];
}

/** A text in the forms in which it might be written down. */
export function formsOf(text) {
  const bytes = Buffer.from(text);
  const base64 = bytes.toString('base64');
  // Where the text begins elsewhere in a longer one, base64 shifts it; its outermost symbols depend on the neighbours.
  const shifted = [1, 2].map((by) => Buffer.concat([Buffer.alloc(by), bytes]).toString('base64').slice(by + 1, -4));
  return [text, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), base64.slice(0, -4), bytes.toString('base64url'), ...shifted]
    .filter((form) => form.length >= 6);
}
