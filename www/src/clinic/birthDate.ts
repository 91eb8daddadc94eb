const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeZone: 'UTC' });

/** `YYYY-MM-DD` as people write dates; a birth date has no time zone. */
export function formatBirthDate(date: string | undefined): string {
  const milliseconds = date ? Date.parse(`${date}T00:00:00Z`) : NaN;
  return Number.isNaN(milliseconds) ? 'birth date not given' : `born ${FORMAT.format(milliseconds)}`;
}
