import { Button, useToast } from '../design';
import { errorText } from '../errors/describe';
import { run } from '../state/session';
import { useAction } from '../state/useAction';

/** Has the mail with an invitation sent again. */
export function ResendButton({ invitation, name }: { invitation: string; name: string }) {
  const toast = useToast();
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.sharingApi.resendInvitation(invitation));
    toast(`The mail to ${name} is on its way again.`);
  });
  return (
    <>
      <Button small busy={busy} onClick={act} aria-label={`Send the mail to ${name} again`}>
        Mail again
      </Button>
      {error !== undefined && (
        <span className="field-error" role="alert">
          {errorText(error)}
        </span>
      )}
    </>
  );
}
