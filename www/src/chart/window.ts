/** The part of time that the chart shows, in milliseconds. */
export interface Window {
  min: number;
  max: number;
}

export const DAY = 86_400_000;
export const WEEK = 7 * DAY;

/** No closer than this: two neighbouring readings of a sensor are five minutes apart. */
const SMALLEST = 30 * 60_000;

/** All of it, with a little air so that the last reading does not stick to the edge: never so much that it fills a day. */
export function everything(first: number, last: number): Window {
  const air = Math.min(Math.max((last - first) * 0.01, 5 * 60_000), DAY / 4);
  return { min: first - air, max: last + air };
}

/** `span` milliseconds around the same middle as `window`, kept within `limits`. */
export function resize(window: Window, span: number, limits: Window): Window {
  const middle = (window.min + window.max) / 2;
  const half = Math.max(SMALLEST, span) / 2;
  return fit({ min: middle - half, max: middle + half }, limits);
}

/** The same span, moved by a share of itself: negative is earlier. */
export function move(window: Window, share: number, limits: Window): Window {
  const step = (window.max - window.min) * share;
  return fit({ min: window.min + step, max: window.max + step }, limits);
}

/** The last `span` milliseconds. */
export function latest(span: number, limits: Window): Window {
  return fit({ min: limits.max - span, max: limits.max }, limits);
}

/** What is shown first: of a long time the last week. */
export function opening(limits: Window): Window {
  return limits.max - limits.min > 2.2 * WEEK ? latest(WEEK, limits) : limits;
}

/** Whether both are the same, but for what is rounded. */
export function isSame(one: Window, other: Window): boolean {
  return Math.abs(one.min - other.min) < 1 && Math.abs(one.max - other.max) < 1;
}

function fit(window: Window, limits: Window): Window {
  const span = window.max - window.min;
  if (span >= limits.max - limits.min) {
    return limits;
  }
  if (window.min < limits.min) {
    return { min: limits.min, max: limits.min + span };
  }
  return window.max > limits.max ? { min: limits.max - span, max: limits.max } : window;
}
