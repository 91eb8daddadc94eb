import { useState } from 'react';
import type { ReceivedInvitation } from '../api';
import { ConfirmAddress } from '../auth/ConfirmAddress';
import { Button, useToast } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { remember } from '../people/contacts';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { run } from '../state/session';
import { useAction } from '../state/useAction';

interface Properties {
  invitation: ReceivedInvitation;
  name: string;
  /** What follows the `#` of the link that the owner gave, with it. */
  link?: string | undefined;
  onAnswered: (accepted: boolean) => Promise<void>;
  small?: boolean;
}

/** Accepts or declines another person's invitation. */
export function ReceivedAnswer({ invitation, name, link, onAnswered, small = false }: Properties) {
  const toast = useToast();
  const [declining, setDeclining] = useState(false);
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.sharingApi.acceptInvitation(invitation.key, { link }));
    // A name is a help and nothing else: what was accepted is accepted.
    await remember(invitation.ownerId, name).catch(() => undefined);
    toast(`You have accepted the invitation of ${name}.`);
    await onAnswered(true);
  });
  return (
    <div className="stack-tight">
      <div className="row">
        <Button small={small} look="primary" icon="check" busy={busy} onClick={act} aria-label={`Accept ${name}`}>
          Accept
        </Button>
        <Button small={small} onClick={() => setDeclining(true)} disabled={busy} aria-label={`Decline ${name}`}>
          Decline
        </Button>
      </div>
      {error !== undefined && (hasCode(error, 'email_not_verified') ? <ConfirmAddress /> : <ErrorNotice error={error} onRetry={act} />)}
      {declining && (
        <ConfirmDialog
          title={`Decline the invitation of ${name}?`}
          confirm="Decline"
          keep="Keep it"
          onClose={() => setDeclining(false)}
          onConfirm={async () => {
            await run((session) => session.sharingApi.dismissInvitation(invitation.key));
            setDeclining(false);
            toast(`The invitation of ${name} is declined.`);
            await onAnswered(false);
          }}
        >
          <p>{name} sees that it was declined, and can send another. You have not seen anything of the record.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
