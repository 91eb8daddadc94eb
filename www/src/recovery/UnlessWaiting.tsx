import { useCallback, useEffect, type ReactNode } from 'react';
import { Card, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Screen } from '../shell/Screen';
import { navigate } from '../state/router';
import { useUser } from '../state/session';
import { useLoad } from '../state/useLoad';

/** Addresses that are of use to somebody without her record. */
const USEFUL = ['/recover', '/people'];

/**
 * Leads whoever waits for her record to be given back to where she sees how that stands: other screens could show her nothing. Her name is
 * in that record, so everybody whose name is known is asked nothing.
 */
export function UnlessWaiting({ path, children }: { path: string; children: ReactNode }) {
  const user = useUser();
  return user.fullName === '' && !USEFUL.includes(path) ? <Asking>{children}</Asking> : children;
}

function Asking({ children }: { children: ReactNode }) {
  const user = useUser();
  const { result, reload } = useLoad(
    user.id,
    useCallback((session, signal) => session.recoveryApi.status({ signal }), []),
  );
  const waiting = result.state === 'ready' && result.value.waiting;
  useEffect(() => {
    if (waiting) {
      navigate('/recover', { replace: true });
    }
  }, [waiting]);
  if (result.state === 'ready') {
    return waiting ? null : children;
  }
  return (
    <Screen title="Your record" narrow>
      {result.state === 'failed' ? (
        <ErrorNotice error={result.error} onRetry={() => void reload()} />
      ) : (
        <Card>
          <Progress label="Looking where it is" />
        </Card>
      )}
    </Screen>
  );
}
