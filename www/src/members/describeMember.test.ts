import { describe, expect, it } from 'vitest';
import type { ClinicMember } from '../api';
import { inOrder, isLastAdministrator, nameOf } from './describeMember';

const MARY: ClinicMember = { id: 'mary', email: 'mary@seastar.example', role: 'admin', state: 'member' };
const NORA: ClinicMember = { id: 'nora', email: 'nora@seastar.example', role: 'member', state: 'member' };
const OTTO: ClinicMember = { email: 'otto@seastar.example', role: 'admin', state: 'invited', invitation: 'key' };

describe('the people of a clinic', () => {
  it('are called as this person calls them', () => {
    expect(nameOf(NORA, new Map([['nora', 'Nora']]))).toBe('Nora');
    expect(nameOf(OTTO, new Map())).toBe('otto@seastar.example');
  });

  it('always have an administrator who can give the keys', () => {
    expect(isLastAdministrator(MARY, [MARY, NORA, OTTO])).toBe(true);
    expect(isLastAdministrator(MARY, [MARY, { ...NORA, role: 'admin', state: 'waiting' }])).toBe(true);
    expect(isLastAdministrator(MARY, [MARY, { ...NORA, role: 'admin' }])).toBe(false);
    expect(isLastAdministrator(NORA, [MARY, NORA])).toBe(false);
  });

  it('are listed with oneself first, then whoever waits', () => {
    const waiting: ClinicMember = { ...NORA, state: 'waiting' };
    expect(inOrder([OTTO, waiting, MARY], 'mary', new Map()).map(({ email }) => email)).toEqual([MARY.email, NORA.email, OTTO.email]);
  });
});
