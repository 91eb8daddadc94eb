import { useState } from 'react';
import type { Access } from '../api';
import { Button, Card, EmptyState, Pill, useToast, type Tone } from '../design';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { run } from '../state/session';
import { describePermissions } from './permissions';
import './AccessList.css';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

const STATES: Record<Access['state'], { pill: string; tone: Tone }> = {
  sharing: { pill: 'Sharing', tone: 'good' },
  pending: { pill: 'Invite sent', tone: 'warning' },
  declined: { pill: 'Declined', tone: 'neutral' },
  expired: { pill: 'Expired', tone: 'neutral' },
};

/** Who can read the record, and who has been asked. */
export function AccessList({ access, onChanged }: { access: Access[]; onChanged: () => Promise<void> }) {
  const [ending, setEnding] = useState<Access>();
  const toast = useToast();
  const end = async (entry: Access) => {
    await run((session) => (entry.state === 'sharing' ? session.sharingApi.revoke(entry.clinicId) : session.sharingApi.cancelInvitation(entry.key ?? '')));
    setEnding(undefined);
    toast(entry.state === 'sharing' ? `${entry.clinicName} can no longer read your record.` : entry.state === 'pending' ? 'The invitation is cancelled.' : 'Removed from the list.');
    await onChanged();
  };
  return (
    <Card title="Who has access">
      {access.length === 0 ? (
        <EmptyState icon="lock" title="Nobody but you">
          When you share with a clinic, it appears here, and here you can end it.
        </EmptyState>
      ) : (
        <ul className="entries" role="list">
          {access.map((entry) => (
            <li className="entry" key={entry.key ?? entry.clinicId}>
              <div className="entry-text">
                <div className="row">
                  <span className="entry-name">{entry.clinicName}</span>
                  <Pill tone={STATES[entry.state].tone}>{STATES[entry.state].pill}</Pill>
                </div>
                <span className="muted small">{describe(entry)}</span>
              </div>
              {entry.state === 'sharing' ? (
                <Button small look="danger-quiet" onClick={() => setEnding(entry)} aria-label={`End access of ${entry.clinicName}`}>
                  End access
                </Button>
              ) : (
                <Button small onClick={() => setEnding(entry)} aria-label={`${entry.state === 'pending' ? 'Cancel invitation of' : 'Remove'} ${entry.clinicName}`}>
                  {entry.state === 'pending' ? 'Cancel invitation' : 'Remove'}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {ending &&
        (ending.state === 'sharing' ? (
          <ConfirmDialog title={`End access of ${ending.clinicName}?`} confirm="End access" keep="Keep sharing" danger onClose={() => setEnding(undefined)} onConfirm={() => end(ending)}>
            <p>Its staff can no longer open your record, and what you add from now on is locked with a new key.</p>
            <p>
              <strong>What they have already read, printed or saved stays with them.</strong> Nothing can take that back.
            </p>
          </ConfirmDialog>
        ) : (
          <ConfirmDialog title={ending.state === 'pending' ? `Cancel the invitation of ${ending.clinicName}?` : `Remove ${ending.clinicName} from the list?`} confirm={ending.state === 'pending' ? 'Cancel invitation' : 'Remove'} keep="Keep it" onClose={() => setEnding(undefined)} onConfirm={() => end(ending)}>
            <p>{ending.state === 'pending' ? 'It can then no longer be accepted. The clinic has seen nothing of your record.' : 'The clinic has seen nothing of your record. You can invite it again at any time.'}</p>
          </ConfirmDialog>
        ))}
    </Card>
  );
}

function describe(entry: Access): string {
  const may = describePermissions(entry.permissions);
  switch (entry.state) {
    case 'sharing':
      return entry.since === undefined ? may : `${may} · since ${DATE.format(entry.since)}`;
    case 'pending':
      return `${may} · waits for the clinic${entry.expires ? `, until ${DATE.format(entry.expires)}` : ''}`;
    case 'declined':
      return 'The clinic declined the invitation.';
    case 'expired':
      return 'Nobody answered in time. You can send a new invitation.';
  }
}
