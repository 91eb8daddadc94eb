import { describe, expect, it } from 'vitest';
import { compare, groupsOf, halves } from './digits';

const NUMBER = '00001 00002 00003 00004 00005 00006 11111 22222 33333 44444 55555 66666';

describe('a safety number', () => {
  it('has twelve groups, however it is written', () => {
    expect(groupsOf(NUMBER)).toHaveLength(12);
    expect(groupsOf(NUMBER.replaceAll(' ', ''))).toEqual(groupsOf(NUMBER.replaceAll(' ', '-')));
  });

  it('is compared while it is typed', () => {
    expect(compare('', NUMBER)).toEqual({ state: 'incomplete', missing: 60 });
    expect(compare('00001-0000', NUMBER)).toEqual({ state: 'incomplete', missing: 51 });
    expect(compare('00001 00003', NUMBER)).toEqual({ state: 'different', group: 2 });
    expect(compare(` ${NUMBER.replaceAll(' ', '\n')}`, NUMBER)).toEqual({ state: 'same' });
    expect(compare(`${NUMBER}1`, NUMBER)).toEqual({ state: 'different', group: 13 });
  });

  it('is half one’s own', () => {
    expect(halves(NUMBER, 'a', 'b').mine[0]).toBe('00001');
    expect(halves(NUMBER, 'b', 'a').mine[0]).toBe('11111');
    expect(halves(NUMBER, 'b', 'a').theirs).toHaveLength(6);
  });
});
