import { describe, expect, it } from 'vitest';
import type { PersonAccess } from '../api';
import { describeAccess, isOpen, nameOf } from './describeAccess';

const PERSON: PersonAccess = { kind: 'person', state: 'waitingForIdentity', verified: false, permissions: { view: true, upload: false, note: true }, email: 'mona@jellyfish.example' };

describe('what is said of somebody with access', () => {
  it('names what is waited for', () => {
    expect(describeAccess(PERSON)).toBe('May see the record and write notes · waits until somebody signs up with this address');
    expect(describeAccess({ ...PERSON, state: 'waitingForGrant' })).toContain('they open your link, or you compare safety numbers');
    expect(describeAccess({ ...PERSON, state: 'pending' })).toBe('May see the record and write notes · waits for an answer');
  });

  it('calls somebody as the owner does, before anything else', () => {
    const names = new Map([['id', 'Mona']]);
    expect(nameOf(PERSON, names)).toBe('mona@jellyfish.example');
    expect(nameOf({ ...PERSON, personId: 'id' }, names)).toBe('Mona');
    expect(nameOf({ ...PERSON, personId: 'id', nickname: 'Mother' }, names)).toBe('Mother');
  });

  it('knows which invitations can be taken back', () => {
    expect((['pending', 'waitingForIdentity', 'waitingForGrant'] as const).every((state) => isOpen({ ...PERSON, state }))).toBe(true);
    expect((['sharing', 'declined', 'expired'] as const).some((state) => isOpen({ ...PERSON, state }))).toBe(false);
  });
});
