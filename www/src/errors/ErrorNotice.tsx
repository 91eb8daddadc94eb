import { Button, Notice } from '../design';
import { Link } from '../state/router';
import { describeError, hasCode } from './describe';

/** An error where it happened: what, what to do, and the button for it. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { title, advice, retry } = describeError(error);
  return (
    <Notice
      tone="danger"
      title={title}
      actions={
        onRetry &&
        retry && (
          <Button small icon="refresh" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {advice}
      {hasCode(error, 'recovery_needed') && (
        <>
          {' '}
          <Link href="/recover">Get your record back</Link>
        </>
      )}
    </Notice>
  );
}
