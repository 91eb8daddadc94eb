import { useEffect, useState } from 'react';
import { Button, buttonClass, Card, Notice, Progress } from '../design';
import { describeError } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Link } from '../state/router';
import { cancelImport, continueImport, dismissImport, type Job } from './job';

/** How the import stands and what can be done about it. */
export function JobStatus({ job, leftOut }: { job: Exclude<Job, { state: 'none' }>; leftOut: number }) {
  switch (job.state) {
    case 'running':
      return (
        <Card title="Importing">
          <Progress label={`${job.done.toLocaleString()} of ${job.total.toLocaleString()} readings`} done={job.done} total={job.total} detail={job.perSecond ? `${Math.round(job.perSecond).toLocaleString()} readings per second, each encrypted in this browser` : 'Encrypting in this browser'} />
          <div className="row">
            <Button onClick={cancelImport}>Cancel</Button>
          </div>
        </Card>
      );
    case 'waiting':
      return (
        <Card title="Import interrupted">
          <Notice tone="warning" title={describeError(job.error).title}>
            <RetryCountdown again={job.again} /> Nothing is lost, and nothing will be stored twice.
          </Notice>
          <div className="row">
            <Button look="primary" icon="refresh" onClick={continueImport}>
              Try now
            </Button>
            <Button onClick={cancelImport}>Cancel</Button>
          </div>
        </Card>
      );
    case 'failed':
      return (
        <Card title="Import stopped">
          <ErrorNotice error={job.error} />
          <div className="row">
            <Button look="primary" icon="refresh" onClick={continueImport}>
              Continue the import
            </Button>
            <Button onClick={dismissImport}>Give up</Button>
          </div>
        </Card>
      );
    case 'cancelled':
      return (
        <Card title="Import cancelled">
          <p>What had arrived before stays. If you continue, nothing is stored twice.</p>
          <div className="row">
            <Button look="primary" icon="refresh" onClick={continueImport}>
              Continue the import
            </Button>
            <Button onClick={dismissImport}>Choose another file</Button>
          </div>
        </Card>
      );
    case 'finished':
      return (
        <Card title="Import finished">
          <Notice tone="good" title={`${job.created.toLocaleString()} ${job.created === 1 ? 'reading' : 'readings'} imported`}>
            <span data-testid="import-result" data-created={job.created} data-already-there={job.alreadyThere}>
              {job.alreadyThere > 0 && `${job.alreadyThere.toLocaleString()} were already there. `}
              {leftOut > 0 && `${leftOut.toLocaleString()} ${leftOut === 1 ? 'line was' : 'lines were'} left out. `}
              It took {(job.milliseconds / 1_000).toLocaleString(undefined, { maximumFractionDigits: 1 })} seconds. Only you can read them, and whom you share with.
            </span>
          </Notice>
          <div className="row">
            <Link href="/" className={buttonClass('primary')} onClick={dismissImport}>
              See the chart
            </Link>
            <Button onClick={dismissImport}>Import another file</Button>
          </div>
        </Card>
      );
  }
}

function RetryCountdown({ again }: { again: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(1, Math.ceil((again - now) / 1_000));
  return <span aria-live="off">It is tried again in {seconds === 1 ? 'a second' : `${seconds} seconds`}.</span>;
}
