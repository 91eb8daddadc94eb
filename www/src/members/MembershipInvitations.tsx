import { useCallback, useState } from 'react';
import type { MembershipInvitation } from '../api';
import { ConfirmAddress } from '../auth/ConfirmAddress';
import { Button, Notice, useToast } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { navigate } from '../state/router';
import { isAbout } from '../state/live';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';
import { ROLES } from './describeMember';

/** The clinics that want this person to work there; nothing where none does. A patient's account works nowhere. */
export function MembershipInvitations() {
  const user = useUser();
  return user.kind === 'practitioner' ? <Invitations key={user.id} /> : null;
}

function Invitations() {
  const user = useUser();
  const { result, reload } = useLoad(
    user.id,
    useCallback((session, signal) => session.clinicApi.listMembershipInvitations({ signal }), []),
    isAbout(['invitations']),
  );
  const invitations = result.state === 'ready' ? result.value : [];
  return invitations.map((invitation) => <Invitation key={invitation.key} invitation={invitation} onAnswered={reload} />);
}

function Invitation({ invitation: { key, clinicId, clinicName, role }, onAnswered }: { invitation: MembershipInvitation; onAnswered: () => Promise<void> }) {
  const toast = useToast();
  const [declining, setDeclining] = useState(false);
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.clinicApi.acceptMembership(key));
    toast(`You work at ${clinicName} now.`);
    navigate(`/clinics/${encodeURIComponent(clinicId)}`);
    await onAnswered();
  });
  return (
    <div className="stack-tight" role="status">
      <Notice
        icon="hospital"
        title={`${clinicName} wants you to work there.`}
        actions={
          <>
            <Button small look="primary" icon="check" busy={busy} onClick={act} aria-label={`Accept ${clinicName}`}>
              Accept
            </Button>
            <Button small disabled={busy} onClick={() => setDeclining(true)} aria-label={`Decline ${clinicName}`}>
              Decline
            </Button>
          </>
        }
      >
        As {role === 'admin' ? 'an' : 'a'} {ROLES[role].toLowerCase()}. You read what its patients share as soon as you have accepted and one of its administrators has given you the keys.
      </Notice>
      {error !== undefined && (hasCode(error, 'email_not_verified') ? <ConfirmAddress /> : <ErrorNotice error={error} onRetry={act} />)}
      {declining && (
        <ConfirmDialog
          title={`Decline to work at ${clinicName}?`}
          confirm="Decline"
          keep="Keep it"
          onClose={() => setDeclining(false)}
          onConfirm={async () => {
            await run((session) => session.clinicApi.declineMembership(key));
            setDeclining(false);
            toast(`The invitation of ${clinicName} is declined.`);
            await onAnswered();
          }}
        >
          <p>An administrator of {clinicName} can invite you again. You have not seen anything of its patients.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
