import { useCallback, useRef, useState } from 'react';
import { Button, buttonClass, Card, EmptyState, Icon, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { useContacts } from '../people/contacts';
import { Screen } from '../shell/Screen';
import { Link } from '../state/router';
import { useUser } from '../state/session';
import { useLoad } from '../state/useLoad';
import { Entries, EntryPages } from './Entries';
import { addressOf, KINDS, type KindName } from './kinds';
import { KindTabs } from './KindTabs';

const TABS: Record<KindName, string> = { problems: 'Problems', samples: 'Samples', people: 'Patients' };

/** What is shown where there is nothing yet: for a patient, and for others. */
const EMPTY: Record<KindName, { title: string; patient: string; others: string }> = {
  problems: { title: 'No problems yet', patient: 'What you have, had, or are treated for: each with a note, and each shared with whom you choose.', others: 'Problems of your patients that you keep yourself. What patients share with you is listed below.' },
  samples: { title: 'No samples yet', patient: 'Single measurements and observations, such as blood pressure. What you imported is in the chart under “My record”.', others: 'Single measurements and observations that you keep yourself.' },
  people: { title: 'Nobody yet', patient: 'Who you are, and how to reach you.', others: 'Patients that you keep yourself. Patients who share with your clinic are in its list.' },
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
      <KindTabs name={name} texts={user.kind === 'patient' ? { ...TABS, people: 'About me' } : TABS} />
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
              {user.kind === 'patient' ? EMPTY[name].patient : EMPTY[name].others}
            </EmptyState>
          ))}
      </Card>
      <EntryPages key={name} kind={kind} of={{ delegated: true }} title="Shared with me" none="Nothing of this kind so far." reloads={others.current} />
      {own.map(({ id, name: clinicName }) => (
        <EntryPages key={`${name}/${id}`} kind={kind} of={{ delegated: true, clinic: id }} title={`Shared with ${clinicName}`} none="Nothing of this kind so far." reloads={others.current} />
      ))}
    </Screen>
  );
}
