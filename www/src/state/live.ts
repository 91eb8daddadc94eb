import { TidelockError, type LiveEvent, type LiveEventKind, type Session } from '../api';

const listeners = new Set<(event: LiveEvent) => void>();

/** Calls `listener` with everything that changes for whoever is signed in; what it answers ends that. */
export function onChange(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Listens with a session until `signal` says otherwise. Without events the page still loads what a person asks for. */
export async function listen(session: Session, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of session.events({ signal })) {
      listeners.forEach((listener) => listener(event));
      if (session.user.kind === 'patient' && event.kind === 'access') {
        // Whoever has accepted by a link waits for nothing but this page, whichever screen it shows.
        session.sharingApi.completeInvitations({ signal }).catch(() => undefined);
      }
    }
  } catch (error) {
    // The end of a session is found out, and said, by the next thing that the person does.
    if (!(error instanceof TidelockError)) {
      throw error;
    }
  }
}

/** Whether an event is of one of these kinds, and about this data owner where one is named. */
export const isAbout =
  (kinds: readonly LiveEventKind[], dataOwnerId?: string) =>
  (event: LiveEvent): boolean =>
    kinds.includes(event.kind) && (dataOwnerId === undefined || event.dataOwnerId === dataOwnerId);
