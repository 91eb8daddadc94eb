import { describe, expect, it } from 'vitest';
import { dayOf, fromDay, fromMinute, minuteOf, showDate, timeOf } from './date';

const NOON = new Date(2019, 9, 12, 12, 30).getTime();

describe('a date of a record', () => {
  it.each([
    [20191012, '2019-10-12'],
    [20191012123000, '2019-10-12'],
    ['2019-10-12', '2019-10-12'],
    [NOON, '2019-10-12'],
    [undefined, ''],
    [null, ''],
    ['yesterday', ''],
    [{ year: 2019 }, ''],
    [NaN, ''],
  ])('%j is the day %j', (value, day) => {
    expect(dayOf(value)).toBe(day);
  });

  it('shows the time of day only where there is one', () => {
    expect(showDate(20191012000000)).toBe(showDate('2019-10-12'));
    expect(showDate(20191012)).toBe(showDate('2019-10-12'));
    expect(showDate(NOON)).toContain('30');
    expect(showDate({})).toBe('');
  });

  it('is kept as it was given where the same is typed again', () => {
    expect(fromDay('2019-10-12', NOON)).toBe(NOON);
    expect(fromDay('2019-10-12', 20191012123456)).toBe(20191012123456);
    expect(fromDay('2019-10-13', NOON)).toBe(20191013000000);
    expect(fromDay('')).toBeUndefined();
    expect(fromMinute('2019-10-12T12:30', NOON + 5_000)).toBe(NOON + 5_000);
    expect(fromMinute('2019-10-12T12:30')).toBe(NOON);
    expect(fromMinute('')).toBeUndefined();
    expect(minuteOf(20191012123456)).toBe('2019-10-12T12:34');
  });

  it('sorts, and last what is none', () => {
    expect([undefined, NOON, 20180101].sort((a, b) => timeOf(b) - timeOf(a))).toEqual([NOON, 20180101, undefined]);
  });
});
