import { useCallback } from 'react';
import { Card, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Screen } from '../shell/Screen';
import { useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { AccessList } from './AccessList';
import { AutomaticSharing } from './AutomaticSharing';
import { ShareForm } from './ShareForm';

/** With whom the record is shared, and how to share it. */
export function ShareScreen() {
  const user = useUser();
  const { result, reload } = useLoad(
    user.id,
    useCallback((session) => session.sharingApi.listAccess(), []),
    isAbout(['access']),
  );
  return (
    <Screen title="Sharing" subtitle="Your clinic gives you a share code. With it you choose what the clinic may do." narrow>
      <ShareForm access={result.state === 'ready' ? result.value : []} onSent={reload} />
      {result.state === 'loading' && (
        <Card title="Who has access">
          <Progress label="Loading" />
        </Card>
      )}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && <AccessList access={result.value} onChanged={reload} />}
      {result.state === 'ready' && <AutomaticSharing access={result.value} />}
    </Screen>
  );
}
