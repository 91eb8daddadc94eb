import { useCallback, useEffect, useState } from 'react';
import { Record } from '../chart/Record';
import { Notes } from '../clinic/Notes';
import { Button, buttonClass, Card, EmptyState, Icon, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { readPoints } from '../glucose/points';
import type { Point } from '../glucose/reading';
import { useJob } from '../import/job';
import { InvitationNotice } from '../shared/InvitationNotice';
import { Screen } from '../shell/Screen';
import { Link, navigate } from '../state/router';
import { useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';

/** The patient's home: her record, or how to begin one. */
export function MyRecord() {
  const user = useUser();
  const job = useJob();
  const [progress, setProgress] = useState({ done: 0, total: 0 });
  const { result, reload } = useLoad<readonly Point[]>(
    user.id,
    useCallback((session, signal, show) => readPoints(session.dataSampleApi, { signal, onProgress: setProgress }, show), []),
    isAbout(['record'], user.id),
  );
  const finished = job.state === 'finished';
  useEffect(() => {
    if (finished) {
      void reload();
    }
  }, [finished, reload]);

  return (
    <Screen
      title="My record"
      subtitle={`Only you${result.state === 'ready' && result.value.length > 0 ? ', and whom you share with,' : ''} can read it.`}
      actions={
        result.state === 'ready' &&
        result.value.length > 0 && (
          <>
            <Link href="/import" className={buttonClass('secondary')}>
              <Icon name="upload" /> Import
            </Link>
            <Link href="/share" className={buttonClass('primary')}>
              <Icon name="share" /> Share
            </Link>
          </>
        )
      }
    >
      <InvitationNotice />
      {result.state === 'loading' && (
        <Card>
          <Progress label="Opening your record" done={progress.done} total={progress.total} />
        </Card>
      )}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && (result.value.length > 0 ? <Record title="Glucose" points={result.value} loading={result.more && progress} /> : <NoReadings />)}
      {result.state === 'ready' && !result.more && <Notes patientId={user.id} />}
    </Screen>
  );
}

function NoReadings() {
  return (
    <Card>
      <EmptyState
        icon="chart"
        title="No readings yet"
        actions={
          <>
            <Link href="/import" className={buttonClass('primary')}>
              <Icon name="upload" /> Import readings
            </Link>
            <Button icon="chart" onClick={() => navigate('/import/sample')}>
              Use sample data
            </Button>
          </>
        }
      >
        Import the readings of your glucose monitor from a CSV file. They are encrypted in this browser before anything is stored.
      </EmptyState>
    </Card>
  );
}
