import { useCallback, useEffect, useRef, useState } from 'react';
import { Button, buttonClass, Card, EmptyState, Icon, Progress, Tabs } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { Screen } from '../shell/Screen';
import { Link } from '../state/router';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';
import '../share/AccessList.css';
import { addressOf, KINDS, type Entry, type Kind, type KindName } from './kinds';
import './Records.css';

/** How many are shown at first, and more at a time. */
const PAGE = 25;

const TABS: readonly [KindName, string, string][] = [
  ['problems', 'Problems', 'Problems'],
  ['samples', 'Samples', 'Samples'],
  ['people', 'About me', 'Patients'],
];

/** What is shown where there is nothing yet: for a patient, and for a practitioner. */
const EMPTY: Record<KindName, { title: string; patient: string; practitioner: string }> = {
  problems: { title: 'No problems yet', patient: 'What you have, had, or are treated for: each with a note, and each shared with whom you choose.', practitioner: 'Problems of your patients that you keep yourself. What patients share with you is listed below.' },
  samples: { title: 'No samples yet', patient: 'Single measurements and observations, such as blood pressure. What you imported is in the chart under “My record”.', practitioner: 'Single measurements and observations that you keep yourself.' },
  people: { title: 'Nobody yet', patient: 'Who you are, and how to reach you.', practitioner: 'Patients that you keep yourself. Patients who share with your clinic are in its list.' },
};

/** One's own records of one kind, and those of others that were shared one by one. */
export function RecordList({ name }: { name: KindName }) {
  const user = useUser();
  const { own } = useContacts();
  const kind = KINDS[name];
  const { result, reload } = useLoad(
    `${user.id}/${name}`,
    useCallback(async (session, signal) => (await kind.own(session, signal)).sort(kind.order), [kind]),
  );
  const others = useRef(new Set<() => Promise<void>>());
  const [refreshing, setRefreshing] = useState(false);
  const refresh = async () => {
    setRefreshing(true);
    await Promise.all([reload(), ...[...others.current].map((again) => again())]);
    setRefreshing(false);
  };
  const createHref = addressOf(kind, 'new');
  return (
    <Screen
      title="Entries"
      subtitle="Each can be shared by itself, with whom you choose."
      narrow
      actions={
        <>
          <Button small look="quiet" icon="refresh" busy={refreshing} onClick={() => void refresh()}>
            Refresh
          </Button>
          <Link href="/people" className={buttonClass('secondary', true)}>
            <Icon name="people" size={16} /> People
          </Link>
        </>
      }
    >
      <Tabs label="Kinds of entries">
        {TABS.map(([each, ofPatient, ofPractitioner]) => (
          <Link key={each} href={each === 'problems' ? '/records' : `/records/${each}`} aria-current={each === name ? 'page' : undefined}>
            {user.kind === 'patient' ? ofPatient : ofPractitioner}
          </Link>
        ))}
      </Tabs>
      <Card
        title="Mine"
        actions={
          result.state === 'ready' &&
          result.value.length > 0 && (
            <Link href={createHref} className={buttonClass('primary', true)}>
              <Icon name="plus" size={16} /> New {kind.one}
            </Link>
          )
        }
      >
        {result.state === 'loading' && <Progress label="Opening" />}
        {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
        {result.state === 'ready' &&
          (result.value.length > 0 ? (
            <Entries kind={kind} entries={result.value} />
          ) : (
            <EmptyState
              icon={kind.icon}
              title={EMPTY[name].title}
              actions={
                <Link href={createHref} className={buttonClass('primary')}>
                  <Icon name="plus" /> New {kind.one}
                </Link>
              }
            >
              {EMPTY[name][user.kind]}
            </EmptyState>
          ))}
      </Card>
      <Shared key={name} kind={kind} title="Shared with me" reloads={others.current} />
      {own.map(({ id, name: clinicName }) => (
        <Shared key={`${name}/${id}`} kind={kind} clinic={id} title={`Shared with ${clinicName}`} reloads={others.current} />
      ))}
    </Screen>
  );
}

/** Records that others have given to the person, or to a clinic, page by page. */
function Shared({ kind, clinic, title, reloads }: { kind: Kind; clinic?: string; title: string; reloads: Set<() => Promise<void>> }) {
  const contacts = useContacts();
  const user = useUser();
  const [more, setMore] = useState<{ items: Entry[]; cursor: string | undefined }>();
  const { result, reload } = useLoad(
    `${user.id}/${kind.name}/${clinic ?? ''}`,
    useCallback(
      async (session, signal) => {
        const page = await kind.api(session, clinic).list({ delegated: true, limit: PAGE, signal });
        setMore(undefined);
        return page;
      },
      [kind, clinic],
    ),
  );
  useEffect(() => {
    reloads.add(reload);
    return () => void reloads.delete(reload);
  }, [reloads, reload]);
  const cursor = more ? more.cursor : result.state === 'ready' ? result.value.cursor : undefined;
  const { act, busy, error } = useAction(async () => {
    const page = await run((session) => kind.api(session, clinic).list({ delegated: true, limit: PAGE, cursor }));
    setMore({ items: [...(more?.items ?? []), ...page.items], cursor: page.cursor });
  });
  const entries = result.state === 'ready' ? [...result.value.items, ...(more?.items ?? [])] : [];
  return (
    <Card title={title}>
      {result.state === 'loading' && <Progress label="Looking for what was shared" />}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && (entries.length > 0 ? <Entries kind={kind} entries={entries} clinic={clinic} summary={(entry) => `From ${callOf(contacts, entry.responsible)}`} /> : <p className="muted">Nothing of this kind so far.</p>)}
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

function Entries({ kind, entries, clinic, summary = kind.summary }: { kind: Kind; entries: Entry[]; clinic?: string | undefined; summary?: (entry: Entry) => string }) {
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
