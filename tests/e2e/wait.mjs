// Waiting for conditions, never for time to pass.
import { setTimeout as pause } from 'node:timers/promises';

/** How long anything may take on a slow machine. */
export const PATIENCE = 60_000;

/** What `find` answers as soon as it answers something; asked anew until then. */
export async function eventually(what, find) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > end) throw new Error(`There was never ${what}.`);
    await pause(50);
  }
}
