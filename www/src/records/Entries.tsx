import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { Button, Card, Icon, Progress } from '../design';
import { isOutOfReach } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { Link } from '../state/router';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';
import '../share/AccessList.css';
import { addressOf, type Entry, type Kind } from './kinds';
import './Records.css';

/** How many are shown at first, and more at a time. */
const PAGE = 25;

interface Properties {
  kind: Kind;
  /** What was given one by one, to the person or to a clinic; or what can be read of somebody's record. */
  of: { delegated: true; clinic?: string } | { vault: string; clinic?: string };
  title: string;
  /** What is said where there is nothing. */
  none: ReactNode;
  /** Here the list puts how it is loaded again. */
  reloads?: Set<() => Promise<void>>;
}

/** Entries of others, page by page. */
export function EntryPages({ kind, of, title, none, reloads }: Properties) {
  const contacts = useContacts();
  const user = useUser();
  const { clinic } = of;
  const vault = 'vault' in of ? of.vault : undefined;
  const [more, setMore] = useState<{ items: Entry[]; cursor: string | undefined }>();
  const { result, reload } = useLoad(
    `${user.id}/${kind.name}/${clinic ?? ''}/${vault ?? ''}`,
    useCallback(
      async (session, signal) => {
        setMore(undefined);
        return kind.api(session, clinic).list({ ...query(vault), limit: PAGE, signal });
      },
      [kind, clinic, vault],
    ),
  );
  useEffect(() => {
    reloads?.add(reload);
    return () => void reloads?.delete(reload);
  }, [reloads, reload]);
  const cursor = more ? more.cursor : result.state === 'ready' ? result.value.cursor : undefined;
  const { act, busy, error } = useAction(async () => {
    const page = await run((session) => kind.api(session, clinic).list({ ...query(vault), limit: PAGE, cursor }));
    setMore({ items: [...(more?.items ?? []), ...page.items], cursor: page.cursor });
  });
  const refused = result.state === 'failed' && isOutOfReach(result.error);
  const entries = result.state === 'ready' ? [...result.value.items, ...(more?.items ?? [])] : [];
  return (
    <Card title={title}>
      {result.state === 'loading' && <Progress label="Looking for what was shared" />}
      {result.state === 'failed' && !refused && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {entries.length > 0 ? <Entries kind={kind} entries={entries} clinic={clinic} {...(vault === undefined && { summary: (entry: Entry) => `From ${callOf(contacts, entry.responsible)}` })} /> : (result.state === 'ready' || refused) && <p className="muted">{none}</p>}
      {error !== undefined && <ErrorNotice error={error} onRetry={act} />}
      {cursor !== undefined && (
        <div className="row">
          <Button small busy={busy} onClick={act}>
            Show more
          </Button>
        </div>
      )}
    </Card>
  );
}

const query = (vault: string | undefined) => (vault === undefined ? { delegated: true } : { vault });

/** Entries as links, the first few of them. */
export function Entries({ kind, entries, clinic, summary = kind.summary }: { kind: Kind; entries: Entry[]; clinic?: string | undefined; summary?: (entry: Entry) => string }) {
  const [shown, setShown] = useState(PAGE);
  return (
    <>
      <ul className="record-links" role="list">
        {entries.slice(0, shown).map((entry) => (
          <li key={entry.id}>
            <Link className="record-link" href={addressOf(kind, entry.id ?? '', clinic)}>
              <span className="record-link-icon">
                <Icon name={kind.icon} />
              </span>
              <span className="entry-text">
                <span className="entry-name">{kind.title(entry)}</span>
                {summary(entry) && <span className="muted small record-link-summary">{summary(entry)}</span>}
              </span>
              <Icon name="forward" size={16} />
            </Link>
          </li>
        ))}
      </ul>
      {entries.length > shown && (
        <div className="row">
          <Button small onClick={() => setShown(shown + PAGE)}>
            Show more
          </Button>
          <span className="muted small">
            {shown} of {entries.length.toLocaleString()}
          </span>
        </div>
      )}
    </>
  );
}
