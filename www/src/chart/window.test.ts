import { describe, expect, it } from 'vitest';
import { DAY, everything, isSame, latest, move, opening, resize, WEEK } from './window';

const limits = { min: 0, max: 10 * DAY };

describe('the part of time that is shown', () => {
  it('is everything, with air, even for a single reading', () => {
    const { min, max } = everything(1_000_000, 1_000_000);
    expect(min).toBeLessThan(1_000_000);
    expect(max).toBeGreaterThan(1_000_000);
  });

  it('is at first the last week of a long time, of which the last reading is a part, however long it is', () => {
    expect(opening(limits)).toEqual(limits);
    const { min, max } = opening(everything(0, 3_000 * DAY));
    expect(max - min).toBe(WEEK);
    expect(min).toBeLessThan(3_000 * DAY - 6 * DAY);
    expect(max).toBeGreaterThan(3_000 * DAY);
  });

  it('is the same when only rounding differs', () => {
    expect(isSame(limits, { min: 0.000_1, max: 10 * DAY })).toBe(true);
    expect(isSame(limits, { min: 0, max: 10 * DAY - 1_000 })).toBe(false);
  });

  it('moves, but never beyond what there is', () => {
    expect(latest(DAY, limits)).toEqual({ min: 9 * DAY, max: 10 * DAY });
    expect(move(latest(DAY, limits), -0.5, limits)).toEqual({ min: 8.5 * DAY, max: 9.5 * DAY });
    expect(move(latest(DAY, limits), 1, limits)).toEqual({ min: 9 * DAY, max: 10 * DAY });
    expect(move({ min: 0, max: DAY }, -1, limits)).toEqual({ min: 0, max: DAY });
  });

  it('grows and shrinks around its middle', () => {
    expect(resize({ min: 4 * DAY, max: 6 * DAY }, DAY, limits)).toEqual({ min: 4.5 * DAY, max: 5.5 * DAY });
    expect(resize({ min: 0, max: 2 * DAY }, WEEK, limits)).toEqual({ min: 0, max: WEEK });
    expect(resize({ min: 4 * DAY, max: 6 * DAY }, 100 * DAY, limits)).toEqual(limits);
    const closest = resize({ min: 4 * DAY, max: 6 * DAY }, 0, limits);
    expect(closest.max - closest.min).toBe(30 * 60_000);
  });
});
