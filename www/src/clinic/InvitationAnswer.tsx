import { useState } from 'react';
import type { PendingInvitation } from '../api';
import { Button, useToast } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { run } from '../state/session';
import { useAction } from '../state/useAction';

interface Properties {
  clinicId: string;
  invitation: PendingInvitation;
  onAnswered: (accepted: boolean) => Promise<void>;
  small?: boolean;
}

/** Accept or decline. */
export function InvitationAnswer({ clinicId, invitation, onAnswered, small }: Properties) {
  const toast = useToast();
  const [declining, setDeclining] = useState(false);
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.clinicApi.accept(clinicId, invitation.key));
    toast(`${invitation.fullName} now shares with your clinic.`);
    await onAnswered(true);
  });
  return (
    <div className="stack-tight">
      <div className="row">
        {!invitation.problem && (
          <Button small={small} look="primary" icon="check" busy={busy} onClick={act} aria-label={`Accept ${invitation.fullName}`}>
            Accept
          </Button>
        )}
        <Button small={small} onClick={() => setDeclining(true)} disabled={busy} aria-label={`Decline ${invitation.fullName}`}>
          Decline
        </Button>
      </div>
      {error !== undefined && <ErrorNotice error={error} />}
      {declining && (
        <ConfirmDialog
          title={`Decline the invitation of ${invitation.fullName}?`}
          confirm="Decline"
          keep="Keep it"
          onClose={() => setDeclining(false)}
          onConfirm={async () => {
            await run((session) => session.clinicApi.decline(clinicId, invitation.key));
            setDeclining(false);
            toast(`The invitation of ${invitation.fullName} is declined.`);
            await onAnswered(false);
          }}
        >
          <p>The patient sees that it was declined and can send another. Your clinic has not seen anything of the record.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
