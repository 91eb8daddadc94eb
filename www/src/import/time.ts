import { wallClock, type Moment } from '../glucose/moment';

const YEAR_FIRST = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const DAY_FIRST = /^(\d{1,2})\.(\d{1,2})\.(\d{4})[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const EPOCH = /^\d{10}(\d{3})?$/;

const OLDEST_YEAR = 1970;
const DAY = 86_400_000;

/** What is wrong with a text that should have been a time, as the end of a sentence; or the time. */
export type TimeResult = { moment: Moment } | { reason: string };

/** Reads a time: ISO 8601 with or without a zone, `YYYY-MM-DD HH:MM[:SS]`, `DD.MM.YYYY HH:MM[:SS]`, or seconds or milliseconds since the epoch. */
export function parseTime(text: string, now = Date.now()): TimeResult {
  const trimmed = text.trim();
  if (trimmed === '') {
    return { reason: 'there is no time' };
  }
  if (EPOCH.test(trimmed)) {
    const number = Number(trimmed);
    return notInFuture({ moment: trimmed.length === 10 ? number * 1_000 : number }, Number(trimmed) * (trimmed.length === 10 ? 1_000 : 1), trimmed, now);
  }
  const yearFirst = YEAR_FIRST.exec(trimmed);
  const dayFirst = yearFirst ? null : DAY_FIRST.exec(trimmed);
  const found = yearFirst ?? dayFirst;
  if (!found) {
    return { reason: `“${shorten(trimmed)}” is not a date and time this page can read (write 2024-05-31 14:05:00)` };
  }
  const number = (index: number) => Number(found[index] ?? 0);
  const [year, month, day] = yearFirst ? [number(1), number(2), number(3)] : [number(3), number(2), number(1)];
  const [hour, minute, second] = [number(4), number(5), number(6)];
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(utc);
  if (year < OLDEST_YEAR || back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
    return { reason: `there is no such date and time as “${shorten(trimmed)}”` };
  }
  const zone = yearFirst?.[7];
  if (zone === undefined) {
    return notInFuture({ moment: wallClock(year, month, day, hour, minute, second) }, new Date(year, month - 1, day, hour, minute, second).getTime(), trimmed, now);
  }
  const moment = utc - offsetMinutes(zone) * 60_000;
  return notInFuture({ moment }, moment, trimmed, now);
}

function notInFuture(result: { moment: Moment }, milliseconds: number, text: string, now: number): TimeResult {
  return milliseconds > now + DAY ? { reason: `“${shorten(text)}” lies in the future` } : result;
}

function offsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') {
    return 0;
  }
  const digits = zone.replace(/\D/g, '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith('-') ? -minutes : minutes;
}

export function shorten(text: string): string {
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}
