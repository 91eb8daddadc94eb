import { useCallback } from 'react';
import type { Access } from '../api';
import { Card, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Screen } from '../shell/Screen';
import { useFragment } from '../state/router';
import { useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { AutomaticSharing } from './AutomaticSharing';
import { CareTeam } from './CareTeam';
import { ResealCard } from './ResealCard';
import { ShareForm } from './ShareForm';
import { SharingTabs } from './SharingTabs';

/** With whom the record is shared, and how to share it. A clinic's link has its code and key behind `#`. */
export function ShareScreen() {
  const user = useUser();
  const fragment = useFragment();
  const { result, reload } = useLoad(
    user.id,
    useCallback(async (session, signal) => (await session.sharingApi.listAccess({ signal })).filter(wasInvited), []),
    isAbout(['access']),
  );
  return (
    <Screen title="Sharing" subtitle="You choose who reads your record, and what they may do." narrow>
      <SharingTabs />
      <ShareForm access={result.state === 'ready' ? result.value : []} link={fragment.includes('.') ? fragment : undefined} onSent={reload} />
      {result.state === 'loading' && (
        <Card title="Care team">
          <Progress label="Loading" />
        </Card>
      )}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && <CareTeam access={result.value} onChanged={reload} />}
      {result.state === 'ready' && <AutomaticSharing access={result.value} />}
      {result.state === 'ready' && <ResealCard />}
    </Screen>
  );
}

/** With whom the record is shared without an invitation is under “Automatic sharing”. */
const wasInvited = (entry: Access): boolean => entry.kind === 'clinic' || entry.key !== undefined;
