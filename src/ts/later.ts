// Files of the package that are imported when something of theirs is first used: no application uses all of it at once.
import { TidelockError } from './error.js';

/**
 * What is in these files. They are given what they need of the rest, as far as they can be, and do not import it: what several
 * files import bundlers put into files of its own, which are compressed one by one and fetched by everybody.
 */
interface Contents {
  attachments: typeof import('./attachment-api.js');
  events: typeof import('./events.js');
  plain: typeof import('./plain.js');
}

/** Where they come from. */
export type Files = { [Name in keyof Contents]: () => Contents[Name] | Promise<Contents[Name]> };

let files: Files = {
  attachments: () => import('./attachment-api.js'),
  events: () => import('./events.js'),
  plain: () => import('./plain.js'),
};

/** Takes the files from somewhere else, from now on. */
export function setFiles(given: Files): void {
  files = given;
}

/** What is in a file. Throws `network` where it does not come. */
export async function later<Name extends keyof Contents>(name: Name): Promise<Contents[Name]> {
  try {
    return await files[name]();
  } catch (cause) {
    throw new TidelockError('network', `A part of this package could not be loaded: ${cause}`, {}, true, { cause });
  }
}
