import { useCallback, useState } from 'react';
import type { HelpRequest } from '../api';
import { Button, Card, EmptyState, Notice, Pill, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { Screen } from '../shell/Screen';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';
import { SafetyNumberDialog } from '../trust/SafetyNumberDialog';

/** Giving back to somebody, who lost her keys, what she had shared. */
export function GiveBackScreen({ ownerId, clinic }: { ownerId: string; clinic: string | undefined }) {
  const user = useUser();
  const contacts = useContacts();
  const { result, reload } = useLoad(
    `${user.id}/${ownerId}/${clinic ?? ''}`,
    useCallback(async (session, signal) => (await session.recoveryApi.listRequests({ clinic, signal })).find(({ dataOwnerId }) => dataOwnerId === ownerId), [ownerId, clinic]),
  );
  const request = result.state === 'ready' ? result.value : undefined;
  const name = callOf(contacts, ownerId, request?.name);
  return (
    <Screen title={`Help ${name}`} back={clinic === undefined ? { href: '/people', text: 'People' } : { href: `/clinics/${encodeURIComponent(clinic)}`, text: 'The clinic' }} narrow>
      {result.state === 'loading' && (
        <Card>
          <Progress label="Loading" />
        </Card>
      )}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' &&
        (request ? (
          <GiveBack request={request} name={name} clinic={clinic} onVerified={reload} />
        ) : (
          <Card>
            <EmptyState icon="key" title="Nothing to do">
              {name} has the keys, or has them again.
            </EmptyState>
          </Card>
        ))}
    </Screen>
  );
}

function GiveBack({ request, name, clinic, onVerified }: { request: HelpRequest; name: string; clinic: string | undefined; onVerified: () => Promise<void> }) {
  const [comparing, setComparing] = useState(false);
  const [progress, setProgress] = useState({ done: 0, total: 0 });
  const [given, setGiven] = useState(false);
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.recoveryApi.giveBack(request.dataOwnerId, { clinic, onProgress: setProgress }));
    setGiven(true);
  });
  return (
    <>
      <Card title="What is asked">
        <p>
          {name} has lost all keys and has made new ones. Whoever has received something from them can give it back, locked for the new key.
        </p>
        <p>
          {clinic === undefined ? 'You have' : 'Your clinic has'} <strong>{describeGift(request)}</strong>. They get back what was their own, and nothing of anybody else. You keep what you have.
        </p>
      </Card>
      <Card
        title="Whose key is it?"
        actions={
          <Pill tone={request.verified ? 'good' : 'warning'} icon={request.verified ? 'shield' : 'alert'}>
            {request.verified ? 'Compared' : 'Not compared'}
          </Pill>
        }
      >
        {request.verified ? (
          <p>You have compared safety numbers: the new key is theirs.</p>
        ) : (
          <>
            <p>Anybody who knows the password could ask like this. Call them, or meet, and compare safety numbers before you give anything.</p>
            <div className="row">
              <Button look="primary" icon="shield" onClick={() => setComparing(true)}>
                Compare safety numbers
              </Button>
            </div>
          </>
        )}
      </Card>
      {request.verified && (
        <Card title="Give back">
          {busy && <Progress label="Locking for the new key" done={progress.done} total={progress.total} />}
          {error !== undefined && <ErrorNotice error={error} onRetry={act} />}
          {given ? (
            <Notice tone="good" icon="check" title="Given back.">
              They see it, compare your safety number, and bring their record back.
            </Notice>
          ) : (
            <div className="row">
              <Button look="primary" icon="key" busy={busy} onClick={act}>
                Give back
              </Button>
            </div>
          )}
        </Card>
      )}
      {comparing && (
        <SafetyNumberDialog
          ownerId={request.dataOwnerId}
          name={name}
          changed
          onClose={() => setComparing(false)}
          onConfirmed={() => {
            setComparing(false);
            void onVerified();
          }}
        />
      )}
    </>
  );
}

/** What somebody has to give, or has given. */
export function describeGift({ record, entities }: { record: boolean; entities: number }): string {
  const single = entities === 0 ? '' : entities === 1 ? 'the key of one entry' : `the keys of ${entities.toLocaleString()} entries`;
  return [record && 'the key of the record', single].filter(Boolean).join(' and ') || 'nothing';
}
