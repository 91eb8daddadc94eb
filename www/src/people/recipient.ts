import type { Session } from '../api';

const ADDRESS = /^[^@\s]+@[^@\s]+\.[^@\s]{2,}$/;

/** Whether a mail can be sent to what was typed. */
export const isAddress = (typed: string): boolean => ADDRESS.test(typed);

/** As the platform makes ids. */
const ID = /^[A-Za-z0-9_-]{8,64}$/;

/** What is wrong with what was typed for a person: an e-mail address or an id. */
export function checkWho(typed: string, me: { id: string; email: string }): string | undefined {
  const who = typed.trim();
  if (who === '') {
    return 'Enter an e-mail address or an id.';
  }
  if (who === me.id || who.toLowerCase() === me.email.toLowerCase()) {
    return 'This is you.';
  }
  return who.includes('@') ? undefined : ID.test(who) ? undefined : 'This is neither an e-mail address nor an id.';
}

/** The id of the person with this e-mail address or id; throws `not_found`. */
export async function find(session: Session, typed: string, signal?: AbortSignal): Promise<string> {
  const who = typed.trim();
  const { id } = who.includes('@') ? await session.dataOwnerApi.findByEmail(who, { signal }) : await session.dataOwnerApi.getDataOwner(who, { signal });
  return id;
}
