import { useCallback } from 'react';
import { Button, Card, Progress, useToast } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import './ShareCodeCard.css';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** The code that patients type: what it is, until when, and how to hand it on. */
export function ShareCodeCard({ clinicId }: { clinicId: string }) {
  const toast = useToast();
  const { result, reload } = useLoad(
    clinicId,
    useCallback((session) => session.clinicApi.getShareCode(clinicId), [clinicId]),
    isAbout(['members']),
  );
  const copy = (code: string) => {
    navigator.clipboard.writeText(code).then(
      () => toast('Share code copied.'),
      () => toast('This browser does not allow copying. Please select the code.'),
    );
  };
  return (
    <Card title="Share code">
      {result.state === 'loading' && <Progress label="Loading" />}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && (
        <>
          <div className="share-code" data-testid="share-code" aria-label={[...result.value.code].join(' ')}>
            {result.value.code}
          </div>
          <div className="row-apart">
            <Button small icon="copy" onClick={() => copy(result.value.code)}>
              Copy code
            </Button>
            <span className="muted small">Valid until {DATE.format(result.value.expires)}</span>
          </div>
          <p className="muted small">Give it to your patients on paper, by phone or in a letter. It vouches for your clinic’s key, so hand it on yourself. It is not a secret: whoever has it can invite you, nothing more.</p>
        </>
      )}
    </Card>
  );
}
