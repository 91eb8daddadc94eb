import { useCallback, useState } from 'react';
import type { SharedRecord } from '../api';
import { Record } from '../chart/Record';
import { Notes } from '../clinic/Notes';
import { buttonClass, Card, EmptyState, Progress } from '../design';
import { isOutOfReach } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { readPoints } from '../glucose/points';
import type { Point } from '../glucose/reading';
import { callOf, useContacts } from '../people/contacts';
import { EntryPages } from '../records/Entries';
import { KINDS } from '../records/kinds';
import { describePermissions } from '../share/permissions';
import { Screen } from '../shell/Screen';
import { Link } from '../state/router';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';

/** The record of somebody who shares it with this person. */
export function SharedRecordScreen({ ownerId }: { ownerId: string }) {
  const contacts = useContacts();
  const [progress, setProgress] = useState({ done: 0, total: 0 });
  const { result, reload } = useLoad<{ record: SharedRecord | undefined; points: readonly Point[] }>(
    ownerId,
    useCallback(
      async (session, signal, show) => {
        const record = (await session.sharingApi.listSharedRecords({ signal })).find((each) => each.ownerId === ownerId);
        if (!record?.granted) {
          return { record, points: [] };
        }
        return { record, points: await readPoints(session.dataSampleApi, { vault: ownerId, signal, onProgress: setProgress }, (points) => show({ record, points })) };
      },
      [ownerId],
    ),
    isAbout(['access', 'invitations', 'record'], ownerId),
  );
  const shown = result.state === 'ready' ? result.value : undefined;
  const isPart = result.state === 'ready' && result.more;
  const ended = (shown && !shown.record) || (result.state === 'failed' && isOutOfReach(result.error));
  const name = callOf(contacts, ownerId, shown?.record?.name);
  return (
    <Screen title={ended ? 'Access has ended' : name} subtitle={shown?.record?.granted && describePermissions(shown.record.permissions).replace('May', 'You may')} back={{ href: '/shared', text: 'Shared with me' }}>
      {result.state === 'loading' && (
        <Card>
          <Progress label="Opening and checking the record" done={progress.done} total={progress.total} />
        </Card>
      )}
      {ended && (
        <Card>
          <EmptyState
            icon="lock"
            title="This record is not shared with you any more"
            actions={
              <Link href="/shared" className={buttonClass('primary')}>
                Shared with me
              </Link>
            }
          >
            It can no longer be opened here. If that is a surprise, ask {name}: a new invitation is all it takes.
          </EmptyState>
        </Card>
      )}
      {result.state === 'failed' && !ended && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {shown?.record && !shown.record.granted && (
        <Card>
          <EmptyState icon="clock" title="The key is on its way">
            {name} has to be on line once, so that their device can lock the key for you. This page shows the record as soon as it is there.
          </EmptyState>
        </Card>
      )}
      {shown?.record?.granted && (
        <>
          {shown.points.length > 0 ? (
            <Record title="Glucose" points={shown.points} loading={isPart ? progress : undefined} />
          ) : (
            <Card>
              <EmptyState icon="chart" title="No readings yet">
                Readings appear here as soon as {name} imports them.
              </EmptyState>
            </Card>
          )}
          <EntryPages kind={KINDS.problems} of={{ vault: ownerId }} title="Problems" none="None that you can read." />
          {shown.record.permissions.note && <Notes patientId={ownerId} mayWrite />}
        </>
      )}
    </Screen>
  );
}
