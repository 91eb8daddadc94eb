import type { AccessEvent, EntityAccess } from '../api';

/** Those who have access only because somebody gave it who had it from `dataOwnerId`. */
export function descendantsOf(dataOwnerId: string, access: readonly EntityAccess[]): EntityAccess[] {
  const found = new Set([dataOwnerId]);
  const givers = ({ by, inNameOf }: EntityAccess) => [by, inNameOf].some((giver) => giver !== undefined && found.has(giver));
  let before;
  do {
    before = found.size;
    access.filter((line) => line.basis === 'delegation' && givers(line)).forEach((line) => found.add(line.dataOwnerId));
  } while (found.size > before);
  found.delete(dataOwnerId);
  return access.filter((line) => line.basis === 'delegation' && found.has(line.dataOwnerId));
}

/** Whether `me`, a person or a clinic, may take this access away: the owner all, the giver what was given, and everybody one's own. */
export const mayRevoke = (line: EntityAccess, me: string, owner: string | undefined): boolean => line.basis === 'delegation' && [owner, line.inNameOf ?? line.by, line.dataOwnerId].includes(me);

/** One line of the history, with names in the place of ids. */
export function describeEvent({ by, inNameOf, what, dataOwnerId, rights }: AccessEvent, callOf: (id: string) => string): string {
  const who = inNameOf === undefined ? callOf(by) : `${callOf(by)} (${callOf(inNameOf)})`;
  const whom = dataOwnerId === undefined ? 'somebody' : inSentence(callOf(dataOwnerId));
  switch (what) {
    case 'created':
      return `${who} created it`;
    case 'modified':
      return `${who} changed it`;
    case 'resealed':
      return `${who} locked it with a new key`;
    case 'deleted':
      return `${who} deleted it`;
    case 'given':
      return `${who} gave ${whom} access to read${rights === 'write' ? ' and change it' : ' it'}`;
    case 'revoked':
      return by === dataOwnerId ? `${who} gave up access` : `${who} ended the access of ${whom}`;
    case 'lapsed':
      return `The access of ${whom} ended, since that of whoever gave it had ended`;
  }
}

/** “You” stands in the middle of a sentence, too. */
export const inSentence = (name: string): string => (name === 'You' ? 'you' : name);
