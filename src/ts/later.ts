// Files of the package that are imported when something of theirs is first used: no application uses all of it at once.
import { asTidelockError, TidelockError, translated } from './error.js';
import { reporting } from './reporting.js';
import { checkShareCode, chunkSize, PlainHandle } from './tidelock.js';

/** What is in these files. */
interface Contents {
  attachments: typeof import('./attachment-api.js');
  events: typeof import('./events.js');
  plain: typeof import('./plain.js');
}

/**
 * What they use of the files that are always there. They are given it and import nothing but types: what is imported both at
 * once and later some bundlers put into more files, for which everybody would wait, one after the other.
 */
const given = {
  TidelockError,
  asTidelockError,
  translated,
  reporting,
  checkShareCode,
  chunkSize,
  newPlainHandle: (url: string, token?: string) => new PlainHandle(url, token),
};
export type Given = typeof given;

/** Where they come from. */
export type Files = { [Name in keyof Contents]: () => Contents[Name] | Promise<Contents[Name]> };

let files: Files = {
  attachments: () => import('./attachment-api.js'),
  events: () => import('./events.js'),
  plain: () => import('./plain.js'),
};

/** Takes the files from somewhere else, from now on. */
export function setFiles(others: Files): void {
  files = others;
}

/** What is in a file. Throws `network` where it does not come. */
export async function later<Name extends keyof Contents>(name: Name): Promise<Contents[Name]> {
  try {
    const file = await files[name]();
    file.take(given);
    return file;
  } catch (cause) {
    throw new TidelockError('network', `A part of this package could not be loaded: ${cause}`, {}, true, { cause });
  }
}
