import type { ClinicMember, ClinicRole } from '../api';
import type { Tone } from '../design';

/** What somebody is in a clinic, in a word. */
export const ROLES: Record<ClinicRole, string> = { admin: 'Administrator', member: 'Member' };

/** Where somebody stands who cannot read yet, in a word or two. */
export const WAITING: Partial<Record<ClinicMember['state'], { pill: string; tone: Tone }>> = {
  invited: { pill: 'Invited', tone: 'warning' },
  waiting: { pill: 'Waits for the keys', tone: 'warning' },
};

/** What a role means, for whoever chooses one. */
export const ROLE_CHOICES: { value: ClinicRole; title: string; explanation: string }[] = [
  { value: 'member', title: 'Member', explanation: 'Reads what your patients share, and answers their invitations.' },
  { value: 'admin', title: 'Administrator', explanation: 'The same; and decides who works here, and makes share codes.' },
];

/** What somebody is called: as this person calls her, before by her address. */
export const nameOf = ({ id, email }: ClinicMember, names: ReadonlyMap<string, string>): string => (id === undefined ? undefined : names.get(id)) ?? email;

/** Whether nobody else could give somebody the clinic's keys: administrators who wait for the keys themselves cannot. */
export const isLastAdministrator = (member: ClinicMember, members: readonly ClinicMember[]): boolean =>
  member.role === 'admin' && !members.some((other) => other.id !== member.id && other.role === 'admin' && other.state === 'member');

/** Oneself first, then whoever waits for something, then the others by name. */
export function inOrder(members: readonly ClinicMember[], own: string, names: ReadonlyMap<string, string>): ClinicMember[] {
  const rank = ({ id, state }: ClinicMember) => (id === own ? 0 : state === 'waiting' ? 1 : state === 'invited' ? 2 : 3);
  return [...members].sort((a, b) => rank(a) - rank(b) || nameOf(a, names).localeCompare(nameOf(b, names)));
}

/** What somebody can do, or is waited for, in a sentence. */
export function describeMember({ state, role }: ClinicMember): string {
  switch (state) {
    case 'invited':
      return 'Has been invited by e-mail, and has not answered yet.';
    case 'waiting':
      return 'Has accepted, and can read nothing before an administrator gives the keys.';
    case 'member':
      return role === 'admin' ? 'Reads what is shared, and decides who works here.' : 'Reads what is shared.';
  }
}
