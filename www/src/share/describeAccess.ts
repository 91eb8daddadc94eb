import type { Access } from '../api';
import type { Tone } from '../design';
import { describePermissions } from './permissions';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** Where the sharing with somebody stands, in two words. */
export const STATES: Record<Access['state'], { pill: string; tone: Tone }> = {
  sharing: { pill: 'Sharing', tone: 'good' },
  pending: { pill: 'Invite sent', tone: 'warning' },
  waitingForIdentity: { pill: 'Waiting', tone: 'warning' },
  waitingForGrant: { pill: 'Waiting', tone: 'warning' },
  declined: { pill: 'Declined', tone: 'neutral' },
  expired: { pill: 'Expired', tone: 'neutral' },
};

/** The id of a clinic or a person, if there is one yet. */
export const idOf = (entry: Access): string | undefined => (entry.kind === 'clinic' ? entry.clinicId : entry.personId);

/** What somebody is called: by the owner, before by anybody else. */
export function nameOf(entry: Access, names: ReadonlyMap<string, string>): string {
  if (entry.kind === 'clinic') {
    return entry.clinicName;
  }
  return entry.nickname ?? (entry.personId === undefined ? undefined : names.get(entry.personId)) ?? entry.name ?? entry.email ?? 'Somebody';
}

/** Whether an invitation is on its way, and can be taken back. */
export const isOpen = (entry: Access): boolean => entry.state === 'pending' || entry.state === 'waitingForIdentity' || entry.state === 'waitingForGrant';

/** What may be done, and what is waited for. */
export function describeAccess(entry: Access): string {
  const may = describePermissions(entry.permissions);
  const until = entry.expires === undefined ? '' : `, until ${DATE.format(entry.expires)}`;
  switch (entry.state) {
    case 'sharing':
      return entry.since === undefined ? may : `${may} · since ${DATE.format(entry.since)}`;
    case 'pending':
      return `${may} · waits for ${entry.kind === 'clinic' ? 'the clinic' : 'an answer'}${until}`;
    case 'waitingForIdentity':
      return `${may} · waits until somebody signs up with this address${until}`;
    case 'waitingForGrant':
      return `${may} · waits until it is certain whose key it is: they open your link, or you compare safety numbers`;
    case 'declined':
      return entry.kind === 'clinic' ? 'The clinic declined the invitation.' : 'The invitation was declined.';
    case 'expired':
      return 'Nobody answered in time. You can send a new invitation.';
  }
}
