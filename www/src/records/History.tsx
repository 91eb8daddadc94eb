import { useCallback } from 'react';
import { Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { useLoad } from '../state/useLoad';
import { describeEvent } from './access';
import type { Entry, Kind } from './kinds';

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** What happened to one entry, newest first: who wrote, who gave it to whom, who took it. */
export function History({ kind, entry, clinic }: { kind: Kind; entry: Entry; clinic: string | undefined }) {
  const contacts = useContacts();
  const { result, reload } = useLoad(
    `${entry.id}/${entry.rev}`,
    useCallback((session, signal) => kind.api(session, clinic).getAccessHistory(entry, { signal }), [kind, entry, clinic]),
  );
  if (result.state === 'loading') {
    return <Progress label="Checking the signatures" />;
  }
  if (result.state === 'failed') {
    return <ErrorNotice error={result.error} onRetry={() => void reload()} />;
  }
  return (
    <ol className="history" role="list" data-testid="history">
      {result.value.toReversed().map((event, index) => (
        <li key={index}>
          <span>{describeEvent(event, (id) => callOf(contacts, id))}</span>
          <time className="muted small" dateTime={new Date(event.at).toISOString()}>
            {MOMENT.format(event.at)}
          </time>
        </li>
      ))}
    </ol>
  );
}
