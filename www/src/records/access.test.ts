import { describe, expect, it } from 'vitest';
import type { EntityAccess } from '../api';
import { descendantsOf, describeEvent, mayRevoke } from './access';

const line = (dataOwnerId: string, by: string | undefined, more: Partial<EntityAccess> = {}): EntityAccess => ({ dataOwnerId, kind: 'practitioner', rights: 'read', since: 0, basis: 'delegation', ...(by && { by }), ...more });

const access = [line('owner', undefined, { basis: 'owner', kind: 'patient' }), line('clinic', undefined, { basis: 'grant', kind: 'clinic' }), line('a', 'owner'), line('b', 'a'), line('c', 'b'), line('d', 'member', { inNameOf: 'clinic' }), line('e', 'owner')];

describe('access to one entry', () => {
  it('of those who have it through somebody', () => {
    const ids = (id: string) => descendantsOf(id, access).map(({ dataOwnerId }) => dataOwnerId);
    expect(ids('a')).toEqual(['b', 'c']);
    expect(ids('b')).toEqual(['c']);
    expect(ids('c')).toEqual([]);
    expect(ids('clinic')).toEqual(['d']);
  });

  it('is taken by the owner, by the giver, or given up', () => {
    const may = (me: string) => access.filter((each) => mayRevoke(each, me, 'owner')).map(({ dataOwnerId }) => dataOwnerId);
    expect(may('owner')).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(may('a')).toEqual(['a', 'b']);
    expect(may('clinic')).toEqual(['d']);
    expect(may('member')).toEqual([]);
    expect(may('stranger')).toEqual([]);
  });

  it('has a history in sentences', () => {
    const names: Record<string, string> = { a: 'Anna', me: 'You', clinic: 'Harbour Clinic' };
    const call = (id: string) => names[id] ?? id;
    expect(describeEvent({ at: 0, by: 'me', what: 'given', dataOwnerId: 'a', rights: 'write' }, call)).toBe('You gave Anna access to read and change it');
    expect(describeEvent({ at: 0, by: 'a', inNameOf: 'clinic', what: 'given', dataOwnerId: 'me', rights: 'read' }, call)).toBe('Anna (Harbour Clinic) gave you access to read it');
    expect(describeEvent({ at: 0, by: 'a', what: 'revoked', dataOwnerId: 'a' }, call)).toBe('Anna gave up access');
  });
});
