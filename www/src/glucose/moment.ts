/**
 * When something was measured, in one number, as the package keeps it: milliseconds since the epoch where the time zone is known, or
 * `YYYYMMDDhhmmss` where only the clock on the wall is. They cannot be confused: the second begins at 10^13, which as milliseconds would
 * be the year 2286.
 */
export type Moment = number;

const FIRST_FUZZY = 10_000_000_000_000;

/** A moment as the browser's milliseconds, wall-clock times being taken in the browser's own zone. */
export function toMilliseconds(moment: Moment): number {
  if (moment < FIRST_FUZZY) {
    return moment;
  }
  const part = (divisor: number, modulus: number) => Math.floor(moment / divisor) % modulus;
  return new Date(part(1e10, 1e4), part(1e8, 100) - 1, part(1e6, 100), part(1e4, 100), part(100, 100), part(1, 100)).getTime();
}

export function wallClock(year: number, month: number, day: number, hour: number, minute: number, second: number): Moment {
  return ((((year * 100 + month) * 100 + day) * 100 + hour) * 100 + minute) * 100 + second;
}
