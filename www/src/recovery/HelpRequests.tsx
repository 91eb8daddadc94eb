import { useCallback, useState } from 'react';
import type { HelpRequest } from '../api';
import { Button, Card, Pill, Progress, useToast } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import '../share/AccessList.css';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';
import { SafetyNumberDialog } from '../trust/SafetyNumberDialog';

/** Who has lost their keys, of those who share with the person or the clinic: they get back what they have shared. */
export function HelpRequests({ clinic }: { clinic?: string }) {
  const { result, reload } = useLoad(
    clinic ?? '',
    useCallback((session) => session.recoveryApi.listRequests({ clinic }), [clinic]),
  );
  if (result.state !== 'ready' || result.value.length === 0) {
    return result.state === 'failed' ? <ErrorNotice error={result.error} onRetry={() => void reload()} /> : null;
  }
  return (
    <Card title="Lost keys">
      <p>They have begun with new keys, and you have what they have shared with you. Giving it back changes nothing for you.</p>
      <ul className="entries" role="list">
        {result.value.map((request) => (
          <Request key={request.dataOwnerId} request={request} clinic={clinic} onVerified={reload} />
        ))}
      </ul>
    </Card>
  );
}

function Request({ request, clinic, onVerified }: { request: HelpRequest; clinic: string | undefined; onVerified: () => Promise<void> }) {
  const contacts = useContacts();
  const toast = useToast();
  const { dataOwnerId, verified } = request;
  const name = contacts.names.get(dataOwnerId) ?? request.name ?? callOf(contacts, dataOwnerId);
  const [comparing, setComparing] = useState(false);
  const [given, setGiven] = useState(false);
  const [progress, setProgress] = useState<{ done: number; total: number }>();
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.recoveryApi.giveBack(dataOwnerId, { clinic, onProgress: setProgress }));
    setGiven(true);
    toast(`Given back to ${name}.`);
  });
  return (
    <li className="entry">
      <div className="entry-text">
        <div className="row">
          <span className="entry-name">{name}</span>
          <Pill tone={verified ? 'good' : 'warning'} icon={verified ? 'shield' : 'alert'}>
            {given ? 'Given back' : verified ? 'Verified' : 'New key, not compared'}
          </Pill>
        </div>
        <span className="muted small">{shared(request)}</span>
        {busy && <Progress label="Giving back" done={progress?.done ?? 0} total={progress?.total ?? 0} />}
        {error !== undefined && <ErrorNotice error={error} onRetry={act} />}
      </div>
      <div className="row">
        {verified ? (
          !given && (
            <Button small look="primary" busy={busy} onClick={act}>
              Give back
            </Button>
          )
        ) : (
          <Button small icon="shield" onClick={() => setComparing(true)}>
            Compare
          </Button>
        )}
      </div>
      {comparing && (
        <SafetyNumberDialog
          ownerId={dataOwnerId}
          name={name}
          why="There is a new key under this name."
          onClose={() => setComparing(false)}
          onConfirmed={() => {
            setComparing(false);
            void onVerified();
          }}
        />
      )}
    </li>
  );
}

function shared({ record, entities }: HelpRequest): string {
  const single = entities === 1 ? '1 entry' : `${entities} entries`;
  if (!record) {
    return `You have ${single}.`;
  }
  return entities === 0 ? 'You have the record as a whole.' : `You have the record as a whole, and ${single} one by one.`;
}
