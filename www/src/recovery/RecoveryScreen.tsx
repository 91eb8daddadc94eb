import { useCallback, useState, type ReactNode } from 'react';
import type { Giver, Restored } from '../api';
import { Button, Card, EmptyState, Notice, Pill, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { Compare } from '../people/PeopleScreen';
import '../share/AccessList.css';
import { Screen } from '../shell/Screen';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';
import { SafetyNumberDialog } from '../trust/SafetyNumberDialog';

/** Shows what is in it, unless the person has begun with new keys and her record has not come back. */
export function Restoring({ children }: { children: ReactNode }) {
  // Whoever's name is unknown to this device may be waiting for the record in which it is.
  return useUser().fullName === '' ? <Waiting>{children}</Waiting> : children;
}

function Waiting({ children }: { children: ReactNode }) {
  const user = useUser();
  const { result, reload } = useLoad(
    user.id,
    useCallback((session) => session.recoveryApi.status(), []),
  );
  const [restored, setRestored] = useState<Restored>();
  if (restored) {
    return <WhatIsLost restored={restored} />;
  }
  switch (result.state) {
    case 'loading':
      return (
        <Screen title="Your data" narrow>
          <Card>
            <Progress label="Loading" />
          </Card>
        </Screen>
      );
    case 'failed':
      return (
        <Screen title="Your data" narrow>
          <ErrorNotice error={result.error} onRetry={() => void reload()} />
        </Screen>
      );
    case 'ready':
      return result.value.waiting ? <RecoveryScreen givers={result.value.givers} onReload={reload} onRestored={setRestored} /> : children;
  }
}

interface Properties {
  givers: Giver[];
  onReload: () => Promise<void>;
  onRestored: (restored: Restored) => void;
}

/** Asks others for what was shared with them, and brings it back. */
function RecoveryScreen({ givers, onReload, onRestored }: Properties) {
  const user = useUser();
  const [comparing, setComparing] = useState<{ id: string; name: string }>();
  const [alone, setAlone] = useState(false);
  const [progress, setProgress] = useState<{ done: number; total: number }>();
  const { act, busy, error } = useAction(async () => {
    onRestored(await run((session) => session.recoveryApi.restore({ anyway: alone, onProgress: setProgress })));
  });
  const ready = givers.some(({ verified }) => verified);
  return (
    <Screen title="Getting your data back" subtitle="You have new keys. What you had shared, others can give back to you." narrow>
      <Card title="Ask them">
        <p>
          Call those with whom you have shared, clinics and people. They find you under <strong>Lost keys</strong>, on their home or under <strong>People</strong>, compare the safety number with you, and give back what they have.
        </p>
        <p>
          You are known to them as <strong>{user.email}</strong>.
        </p>
      </Card>
      <Compare onCompare={setComparing} />
      <Card
        title="What has come"
        actions={
          <Button small icon="refresh" onClick={() => void onReload()}>
            Look again
          </Button>
        }
      >
        {givers.length === 0 ? (
          <EmptyState icon="people" title="Nothing yet">
            It appears here as soon as somebody gives something back.
          </EmptyState>
        ) : (
          <ul className="entries" role="list">
            {givers.map((giver) => (
              <GiverLine key={`${giver.dataOwnerId} ${giver.clinicId}`} giver={giver} onCompare={setComparing} />
            ))}
          </ul>
        )}
        {error !== undefined && <ErrorNotice error={error} onRetry={act} />}
        {busy && <Progress label="Bringing it back" done={progress?.done ?? 0} total={progress?.total ?? 0} />}
        <Button look="primary" wide busy={busy} disabled={!ready && !alone} onClick={act}>
          {ready ? 'Bring my data back' : 'Go on with an empty record'}
        </Button>
        {!ready && !alone && (
          <Button look="quiet" wide onClick={() => setAlone(true)}>
            Nobody can help me
          </Button>
        )}
        {alone && !ready && (
          <Notice tone="warning" title="What is there now stays unreadable.">
            You begin with an empty record. What others give back later can still be added.
          </Notice>
        )}
      </Card>
      {comparing && (
        <SafetyNumberDialog
          ownerId={comparing.id}
          name={comparing.name}
          why="This device does not know their key yet."
          onClose={() => setComparing(undefined)}
          onConfirmed={() => {
            setComparing(undefined);
            void onReload();
          }}
        />
      )}
    </Screen>
  );
}

function GiverLine({ giver, onCompare }: { giver: Giver; onCompare: (person: { id: string; name: string }) => void }) {
  const contacts = useContacts();
  const { dataOwnerId, clinicId, verified, record, entities, parts, of } = giver;
  const name = callOf(contacts, dataOwnerId);
  const what = [record && 'the record as a whole', entities > 0 && `${entities} ${entities === 1 ? 'entry' : 'entries'}`].filter(Boolean).join(', ');
  return (
    <li className="entry">
      <div className="entry-text">
        <div className="row">
          <span className="entry-name">{name}</span>
          <Pill tone={verified ? 'good' : 'warning'} icon={verified ? 'shield' : 'alert'}>
            {verified ? 'Verified' : 'Not compared'}
          </Pill>
        </div>
        <span className="muted small">
          {clinicId !== undefined && 'For a clinic: '}
          {what}
          {parts < of && ` (${parts} of ${of} parts so far)`}
        </span>
      </div>
      {!verified && (
        <Button small icon="shield" onClick={() => onCompare({ id: dataOwnerId, name })}>
          Compare
        </Button>
      )}
    </li>
  );
}

/** Exactly what came back and what did not. */
function WhatIsLost({ restored: { entities, readable, lost, toConfirm } }: { restored: Restored }) {
  const gone = entities - readable;
  return (
    <Screen title={gone === 0 ? 'Everything is back' : 'What is back, and what is not'} narrow>
      <Card title="Your record">
        <Notice tone={gone === 0 ? 'good' : 'warning'} title={`${readable} of ${entities} entries can be read.`}>
          {gone === 0 ? 'Nothing is lost.' : `Nobody can open the others any more: ${lost.data} of your data, ${lost.notes} notes of clinics, ${lost.private} private.`}
        </Notice>
        {toConfirm.length > 0 && <p>Sharing has ended with all who were not verified on this device. Share again where you want to.</p>}
        <Button look="primary" wide onClick={() => location.assign('/')}>
          Go on
        </Button>
      </Card>
    </Screen>
  );
}
