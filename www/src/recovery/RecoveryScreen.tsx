import { useCallback, useState } from 'react';
import type { RecoveryStatus, Restored } from '../api';
import { Button, buttonClass, Card, EmptyState, Notice, Pill, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { Compare } from '../people/PeopleScreen';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { Screen } from '../shell/Screen';
import { Link } from '../state/router';
import { run, useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import '../share/AccessList.css';
import { SafetyNumberDialog } from '../trust/SafetyNumberDialog';
import { useGiving } from '../trust/useGiving';
import { describeGift } from './GiveBackScreen';
import { WhatIsBack } from './WhatIsBack';

/** Getting one's own record back from those with whom it was shared. */
export function RecoveryScreen() {
  const user = useUser();
  const [restored, setRestored] = useState<Restored>();
  const [comparing, setComparing] = useState<{ id: string; name: string }>();
  const { result, reload, reloading } = useLoad(
    user.id,
    useCallback((session, signal) => session.recoveryApi.status({ signal }), []),
    isAbout(['access']),
  );
  const status = result.state === 'ready' ? result.value : undefined;
  const needed = status && (status.waiting || status.givers.length > 0);
  return (
    <Screen
      title="Get your record back"
      subtitle="Your keys are new. Those with whom you shared can give back what they have."
      narrow
      actions={
        <Button small look="quiet" icon="refresh" busy={reloading} onClick={() => void reload()}>
          Refresh
        </Button>
      }
    >
      {result.state === 'loading' && (
        <Card>
          <Progress label="Looking who has given something back" />
        </Card>
      )}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {restored && <WhatIsBack restored={restored} />}
      {status && needed && (
        <>
          <Ask status={status} />
          <Compare onCompare={setComparing} />
          <Givers status={status} onCompare={setComparing} />
          <Restore
            status={status}
            onRestored={async (outcome) => {
              await reload();
              setRestored(outcome);
            }}
          />
        </>
      )}
      {comparing && (
        <SafetyNumberDialog
          ownerId={comparing.id}
          name={comparing.name}
          onClose={() => setComparing(undefined)}
          onConfirmed={() => {
            setComparing(undefined);
            void reload();
          }}
        />
      )}
      {status && !needed && !restored && (
        <Card>
          <EmptyState
            icon="key"
            title="Your record is yours"
            actions={
              <Link href="/" className={buttonClass('primary')}>
                Home
              </Link>
            }
          >
            There is nothing that has to be given back.
          </EmptyState>
        </Card>
      )}
    </Screen>
  );
}

/** Whom to ask, and how they find the request. */
function Ask({ status: { sharedWith } }: { status: RecoveryStatus }) {
  const user = useUser();
  const contacts = useContacts();
  return (
    <Card title="1. Ask those with whom you shared">
      <p>
        Call them: your clinics, and the people to whom you gave entries. They see your request when they sign in, clinics on their first page and people under <strong>People</strong>. They know you as <strong>{user.email}</strong>. You compare safety numbers with each other before they give anything.
      </p>
      {sharedWith.length > 0 && (
        <p>
          The key of your record as a whole {sharedWith.length === 1 ? 'is' : 'are'} with: <strong>{new Intl.ListFormat('en').format(sharedWith.map((id) => callOf(contacts, id)))}</strong>.
        </p>
      )}
    </Card>
  );
}

function Givers({ status: { givers }, onCompare }: { status: RecoveryStatus; onCompare: (person: { id: string; name: string }) => void }) {
  const contacts = useContacts();
  return (
    <Card title="2. Who has given something back">
      {givers.length === 0 ? (
        <EmptyState icon="inbox" title="Nobody yet">
          As soon as somebody has given something back, it appears here.
        </EmptyState>
      ) : (
        <ul className="entries" role="list" data-testid="givers">
          {givers.map((giver) => {
            const name = callOf(contacts, giver.dataOwnerId);
            return (
              <li className="entry" key={`${giver.dataOwnerId}/${giver.clinicId ?? ''}`}>
                <div className="entry-text">
                  <div className="row">
                    <span className="entry-name">{name}</span>
                    <Pill tone={giver.verified ? 'good' : 'warning'} icon={giver.verified ? 'shield' : 'alert'}>
                      {giver.verified ? 'Compared' : 'Not compared'}
                    </Pill>
                  </div>
                  <span className="muted small">
                    {describeGift(giver)}
                    {giver.clinicId !== undefined && ` · for ${callOf(contacts, giver.clinicId)}`}
                    {giver.parts < giver.of && ` · ${giver.parts} of ${giver.of} parts so far`}
                  </span>
                </div>
                {!giver.verified && (
                  <Button small onClick={() => onCompare({ id: giver.dataOwnerId, name })} aria-label={`Compare safety numbers with ${name}`}>
                    Compare
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}

function Restore({ status: { givers, waiting }, onRestored }: { status: RecoveryStatus; onRestored: (restored: Restored) => Promise<void> }) {
  const [progress, setProgress] = useState({ done: 0, total: 0 });
  const [withoutAsking, setWithoutAsking] = useState(false);
  const restore = async (anyway: boolean) => onRestored(await run((session) => session.recoveryApi.restore({ anyway, onProgress: setProgress })));
  const { act, busy, error, checking } = useGiving(restore);
  if (checking) {
    return checking;
  }
  return (
    <Card title="3. Bring it back">
      <p>Your record is locked with your new keys, and is yours again. What comes later can be added later.</p>
      {busy && <Progress label="Bringing your record back" done={progress.done} total={progress.total} />}
      {error !== undefined && <ErrorNotice error={error} onRetry={() => act(false)} />}
      <div className="row">
        <Button look="primary" icon="key" busy={busy} disabled={givers.length === 0} onClick={() => act(false)}>
          Bring my record back
        </Button>
        {waiting && (
          <Button look="danger-quiet" disabled={busy} onClick={() => setWithoutAsking(true)}>
            Go on without
          </Button>
        )}
      </div>
      {givers.length === 0 && <Notice icon="info">Nobody has given anything back yet. Wait for them: what is brought back later is brought back all the same.</Notice>}
      {withoutAsking && (
        <ConfirmDialog
          title="Go on without what others have?"
          confirm="Go on without"
          keep="Wait for them"
          danger
          onClose={() => setWithoutAsking(false)}
          onConfirm={async () => {
            await restore(true);
            setWithoutAsking(false);
          }}
        >
          <p>Your record begins anew. What nobody has given back stays locked, and sharing with everybody ends. Those who had access can still give back later.</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}
