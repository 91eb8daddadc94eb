import { useState } from 'react';
import type { ClinicCard } from '../api';
import { Button, Pill } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { PermissionFields } from './PermissionFields';
import './ClinicFound.css';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** The clinic behind a code: who it is, how that is known, and what it may do. */
export function ClinicFound({ clinic, onSent }: { clinic: ClinicCard; onSent: () => Promise<void> }) {
  const [permissions, setPermissions] = useState({ view: true, upload: true, note: true });
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.sharingApi.inviteClinic(clinic, permissions));
    await onSent();
  });
  return (
    <div className="clinic-found" role="region" aria-label="The clinic of this code" aria-live="polite">
      <div className="stack-tight">
        <div className="row">
          <span className="clinic-name" data-testid="clinic-name">
            {clinic.name}
          </span>
          <Pill tone="good" icon="shield">
            Verified
          </Pill>
        </div>
        {clinic.address && <div className="muted">{clinic.address}</div>}
        <div className="muted small">The code is valid until {DATE.format(clinic.expires)}.</div>
        <details className="small">
          <summary>What “verified” means</summary>
          <p>The share code was computed from the clinic’s own key. Your browser has checked that the key it will encrypt for is that key, and that the name above is signed with it. So the code you were given leads to this clinic, and nobody, not even whoever runs the server, can put another in its place.</p>
          <p>The fingerprint of the clinic’s key, to compare with the clinic if you like:</p>
          <code className="fingerprint">{grouped(clinic.fingerprint)}</code>
        </details>
      </div>
      <PermissionFields who={clinic.name} value={permissions} onChange={setPermissions} />
      {error !== undefined && <ErrorNotice error={error} onRetry={act} />}
      <div className="row">
        <Button look="primary" icon="share" busy={busy} onClick={act}>
          Send invitation
        </Button>
        <span className="muted small">Staff of the clinic can read your record once they accept. You can end it at any time.</span>
      </div>
    </div>
  );
}

const grouped = (fingerprint: string): string => fingerprint.match(/.{1,4}/g)?.join(' ') ?? fingerprint;
