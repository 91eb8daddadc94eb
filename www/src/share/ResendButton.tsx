import type { Session } from '../api';
import { Button, useToast } from '../design';
import { errorText } from '../errors/describe';
import { run } from '../state/session';
import { useAction } from '../state/useAction';

/** Has the mail with an invitation sent again, by what `resend` does. */
export function ResendButton({ resend, name }: { resend: (session: Session) => Promise<void>; name: string }) {
  const toast = useToast();
  const { act, busy, error } = useAction(async () => {
    await run(resend);
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
