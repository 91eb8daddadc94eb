import { useCallback } from 'react';
import { Button, buttonClass, Card, EmptyState, Progress, useToast } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Screen } from '../shell/Screen';
import { Link } from '../state/router';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';

/** What the link in the mail after signing up leads to: confirms the address. */
export function VerifyScreen({ verification }: { verification: string }) {
  const { result, reload } = useLoad(
    verification,
    useCallback(
      async (session, signal) => {
        await session.userApi.verifyEmail(verification, { signal });
        return (await session.sharingApi.listReceivedInvitations({ signal })).length;
      },
      [verification],
    ),
  );
  const unusable = result.state === 'failed' && hasCode(result.error, 'not_found', 'expired', 'forbidden');
  return (
    <Screen title="Your e-mail address" narrow>
      {result.state === 'loading' && (
        <Card>
          <Progress label="Confirming your address" />
        </Card>
      )}
      {result.state === 'ready' && (
        <Card>
          <EmptyState
            icon="check"
            title="Your address is confirmed"
            actions={
              <Link href={result.value > 0 ? '/shared' : '/'} className={buttonClass('primary')}>
                {result.value > 0 ? 'See who wants to share with you' : 'Go on'}
              </Link>
            }
          >
            You can now accept invitations that are sent to it.
          </EmptyState>
        </Card>
      )}
      {unusable && <Unusable />}
      {result.state === 'failed' && !unusable && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
    </Screen>
  );
}

function Unusable() {
  const { email } = useUser();
  const toast = useToast();
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.userApi.resendVerification());
    toast(`Another mail is on its way to ${email}.`);
  });
  const confirmed = hasCode(error, 'forbidden');
  return (
    <Card>
      <EmptyState
        icon={confirmed ? 'check' : 'info'}
        title={confirmed ? 'Your address is confirmed already' : 'This link does not work any more'}
        actions={
          confirmed ? (
            <Link href="/" className={buttonClass('primary')}>
              Go on
            </Link>
          ) : (
            <Button look="primary" busy={busy} onClick={act}>
              Send another mail
            </Button>
          )
        }
      >
        {confirmed ? `Nothing is left to do for ${email}.` : `Perhaps it was used before, or a newer mail has another. We can send one to ${email}.`}
      </EmptyState>
      {error !== undefined && !confirmed && <ErrorNotice error={error} onRetry={act} />}
    </Card>
  );
}
