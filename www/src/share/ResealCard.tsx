import { useEffect, useRef, useState } from 'react';
import { Button, Card, Notice, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { run } from '../state/session';
import { useAction } from '../state/useAction';

/** Locks what is in the record anew, under keys that nobody has who lost access. */
export function ResealCard() {
  const [progress, setProgress] = useState({ done: 0, total: 0 });
  const [result, setResult] = useState<{ done: number; left: number }>();
  const work = useRef(new AbortController());
  useEffect(() => () => work.current.abort(), []);
  const { act, busy, error } = useAction(async () => {
    work.current = new AbortController();
    setResult(undefined);
    setProgress({ done: 0, total: 0 });
    const { signal } = work.current;
    setResult(await run((session) => session.sharingApi.resealRecord({ signal, onProgress: setProgress })));
  });
  return (
    <Card title="Lock the record anew">
      <p>Whoever loses access gets no key to what you add or change afterwards. What was there before stays locked with the keys they had, should they ever get at the stored copy. You can lock that anew, too.</p>
      {busy && <Progress label="Locking anew" done={progress.done} total={progress.total} detail={progress.total > 0 ? `${progress.done.toLocaleString()} of ${progress.total.toLocaleString()} entries` : undefined} />}
      {error !== undefined && <ErrorNotice error={error} onRetry={act} />}
      {!busy && result && <Notice tone={result.left > 0 ? 'warning' : 'good'}>{describe(result)}</Notice>}
      <div className="row">
        {busy ? (
          <Button onClick={() => work.current.abort()}>Stop</Button>
        ) : (
          <Button icon="key" onClick={act}>
            Lock anew
          </Button>
        )}
        <span className="muted small">It can be stopped and begun again. What they have read or saved stays with them.</span>
      </div>
    </Card>
  );
}

function describe({ done, left }: { done: number; left: number }): string {
  const locked = done === 0 ? 'Nothing had to be locked anew.' : `${done.toLocaleString()} ${done === 1 ? 'entry is' : 'entries are'} locked anew.`;
  return left > 0 ? `${locked} ${left.toLocaleString()} could not be opened on this device.` : locked;
}
