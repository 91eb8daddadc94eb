import type { LiveEvent, LiveEventKind, Session } from '../api';

/** What has changed for the person, told to whatever on the page shows it. */
const listeners = new Set<(event: LiveEvent) => void>();

/** Calls `listener` after each change; the function that is returned ends that. */
export function whenChanged(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Listens to a session, until the function that is returned is called. */
export function follow(session: Session): () => void {
  const ending = new AbortController();
  // Where a session has ended the next thing that the person does finds it out; a platform without events is asked again as before.
  listen(session, ending.signal).catch(() => undefined);
  return () => ending.abort();
}

async function listen(session: Session, signal: AbortSignal): Promise<void> {
  for await (const event of session.events({ signal })) {
    listeners.forEach((listener) => listener(event));
    if (session.user.kind === 'patient' && concerns(event, ['access'])) {
      // Whoever has accepted by a link waits for nothing but this page, whichever screen it shows.
      session.sharingApi.completeInvitations({ signal }).catch(() => undefined);
    }
  }
}

/** Whether something of these kinds may have changed. */
export const concerns = (event: LiveEvent, kinds: readonly LiveEventKind[]): boolean => event.kind === 'missed' || kinds.includes(event.kind);
