import type { Permissions } from '../api';

/** What somebody may do, in a few words. */
export function describePermissions({ view, upload, note }: Permissions): string {
  const may = [view && 'see the record', upload && 'add readings', note && 'write notes'].filter((word) => typeof word === 'string');
  return may.length === 0 ? 'May do nothing' : `May ${new Intl.ListFormat('en').format(may)}`;
}
