import { useState } from 'react';
import type { Restored } from '../api';
import { Button, buttonClass, Card, Notice } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { Link } from '../state/router';
import { run } from '../state/session';
import '../share/AccessList.css';
import { useGiving } from '../trust/useGiving';

const COMPARTMENTS = [
  ['data', 'in your record'],
  ['notes', 'among the notes of clinics'],
  ['private', 'among what only you could read'],
] as const;

/** What came of it: what can be read again, what is lost, and with whom it was shared and is not any more. */
export function WhatIsBack({ restored: { entities, readable, lost, toConfirm } }: { restored: Restored }) {
  const missing = COMPARTMENTS.filter(([compartment]) => lost[compartment] > 0);
  return (
    <Card title="Your record is yours again">
      <Notice tone={readable > 0 ? 'good' : 'neutral'} icon="key" title={`${readable.toLocaleString()} of ${entities.toLocaleString()} entries can be read again.`}>
        {missing.length === 0 ? 'Nothing is lost.' : undefined}
      </Notice>
      {missing.length > 0 && (
        <Notice tone="warning" title="What is lost so far">
          <ul data-testid="lost">
            {missing.map(([compartment, where]) => (
              <li key={compartment}>
                {lost[compartment].toLocaleString()} {where}
              </li>
            ))}
          </ul>
          <p>Somebody else may still give it back. Otherwise nobody will ever open it.</p>
        </Notice>
      )}
      {toConfirm.length > 0 && <ShareAgain ids={toConfirm} />}
      <div className="row">
        <Link href="/" className={buttonClass('primary')}>
          To my record
        </Link>
      </div>
    </Card>
  );
}

/** Those who had the whole record have it again only when the person says so. */
function ShareAgain({ ids }: { ids: string[] }) {
  const contacts = useContacts();
  const [again, setAgain] = useState<string[]>([]);
  const { act, busy, error, checking } = useGiving(async (id: string) => {
    await run((session) => session.recoveryApi.restoreAccess(id));
    setAgain((before) => [...before, id]);
  });
  return (
    <div className="stack-tight">
      <h3>Nobody has access to the whole record any more</h3>
      <ul className="entries" role="list">
        {ids.map((id) => (
          <li className="entry" key={id}>
            <div className="entry-text">
              <span className="entry-name">{callOf(contacts, id)}</span>
              <span className="muted small">{again.includes(id) ? 'Has access again.' : 'Had access until you lost your keys.'}</span>
            </div>
            {!again.includes(id) && (
              <Button small busy={busy} onClick={() => act(id)} aria-label={`Give access again to ${callOf(contacts, id)}`}>
                Give access again
              </Button>
            )}
          </li>
        ))}
      </ul>
      <p className="muted small">
        A clinic can also be invited anew, with its share code, under <Link href="/share">Sharing</Link>.
      </p>
      {error !== undefined && <ErrorNotice error={error} />}
      {checking}
    </div>
  );
}
