import { useState } from 'react';
import { Button, Notice } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';

/** Says that the account's address is not confirmed yet, and has the mail sent again. */
export function ConfirmAddress() {
  const { email } = useUser();
  const [sent, setSent] = useState(false);
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.userApi.resendVerification());
    setSent(true);
  });
  const confirmed = hasCode(error, 'forbidden');
  return (
    <>
      <Notice
        tone={confirmed ? 'good' : 'warning'}
        title={confirmed ? 'Your address is confirmed by now. Try again.' : 'Confirm your e-mail address first.'}
        actions={
          !confirmed && (
            <Button small icon="refresh" busy={busy} onClick={act}>
              Send the mail again
            </Button>
          )
        }
      >
        {!confirmed && (sent ? `Another mail is on its way to ${email}. Open the link in it, then come back and accept.` : `A mail was sent to ${email} when you signed up. Open the link in it, then come back and accept.`)}
      </Notice>
      {error !== undefined && !confirmed && <ErrorNotice error={error} onRetry={act} />}
    </>
  );
}
