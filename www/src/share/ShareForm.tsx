import { useEffect, useRef, useState, type FormEvent } from 'react';
import { TidelockError, type Access, type ClinicCard, type Session } from '../api';
import { Button, Card, Notice, useToast } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { navigate } from '../state/router';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { ClinicFound } from './ClinicFound';
import { examine } from './describeCode';
import { ShareCodeField } from './ShareCodeField';

/**
 * Share code → verified clinic → permissions → invitation. The clinic that was looked up belongs to the code as it stands in the field:
 * editing the code drops it, and a look-up that is under way is abandoned. A `link` has the code in it, and is looked up at once.
 */
export function ShareForm({ access, link, onSent }: { access: Access[]; link: string | undefined; onSent: () => Promise<void> }) {
  const toast = useToast();
  const [text, setText] = useState('');
  const [touched, setTouched] = useState(false);
  const [found, setFound] = useState<ClinicCard>();
  const lookingUp = useRef(new AbortController());
  const code = examine(text);
  const { act, busy, error, clear } = useAction(async (lookUp: (session: Session, signal: AbortSignal) => Promise<ClinicCard>) => {
    lookingUp.current.abort();
    const mine = new AbortController();
    lookingUp.current = mine;
    const card = await run((session) => lookUp(session, mine.signal));
    if (!mine.signal.aborted) {
      setText(card.code);
      setFound(card);
    }
  });
  const lookUpCode = (canonical: string) => act((session, signal) => session.sharingApi.lookUpShareCode(canonical, { signal }));
  const lookUpLink = (text: string) => act((session, signal) => session.sharingApi.lookUpShareLink(text, { signal }));
  useEffect(() => {
    if (link !== undefined) {
      lookUpLink(link);
    }
    return () => lookingUp.current.abort();
  }, [link]);

  const forgetLink = () => {
    if (link !== undefined) {
      navigate('/share', { replace: true });
    }
  };
  const reset = () => {
    forgetLink();
    setText('');
    setTouched(false);
    setFound(undefined);
  };
  const edit = (masked: string) => {
    lookingUp.current.abort();
    forgetLink();
    setText(masked);
    setTouched(false);
    setFound(undefined);
    clear();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTouched(true);
    if (code.state === 'valid') {
      lookUpCode(code.code);
    }
  };
  const notFound = hasCode(error, 'share_code_not_found');
  const ended = hasCode(error, 'expired') ? describeEnd(error) : undefined;
  const fieldError = code.state === 'wrong' ? code.reason : touched && text !== '' && code.state === 'incomplete' ? code.reason : notFound ? 'No clinic has this code. Compare it with the one from your clinic, or ask for a new one.' : ended;
  const already = found && access.find((entry) => entry.kind === 'clinic' && entry.clinicId === found.id && (entry.state === 'sharing' || entry.state === 'pending'));
  return (
    <Card title="Share with a clinic">
      <form className="stack" onSubmit={submit}>
        <ShareCodeField value={text} onChange={edit} onLeave={() => setTouched(true)} error={fieldError} />
        {!found && (
          <div className="row">
            <Button look="primary" type="submit" busy={busy} disabled={text === ''}>
              {busy ? 'Looking up and verifying' : 'Find the clinic'}
            </Button>
          </div>
        )}
      </form>
      {hasCode(error, 'clinic_not_verified') ? <NotVerified /> : error !== undefined && !notFound && !ended && <ErrorNotice error={error} onRetry={code.state === 'valid' ? () => lookUpCode(code.code) : link === undefined ? undefined : () => lookUpLink(link)} />}
      {found && !found.verified && <NotVerified name={found.name} />}
      {found?.verified && already && (
        <Notice title={already.state === 'sharing' ? `You already share with ${found.name}.` : `${found.name} already has your invitation.`}>{already.state === 'sharing' ? 'There is nothing more to do.' : 'It can read your record as soon as someone there accepts.'}</Notice>
      )}
      {found?.verified && !already && (
        <ClinicFound
          key={found.code}
          clinic={found}
          onSent={async () => {
            toast(`Invitation sent to ${found.name}.`);
            reset();
            await onSent();
          }}
        />
      )}
    </Card>
  );
}

/** Why a code cannot be used any more. */
function describeEnd(error: unknown): string {
  const reason = error instanceof TidelockError ? error.details.reason : undefined;
  const what =
    reason === 'used_up'
      ? 'This code was made for fewer patients, who have used it.'
      : reason === 'disabled'
        ? 'The clinic has disabled this code.'
        : reason === 'replaced'
          ? 'The clinic has replaced this code.'
          : 'This code has expired.';
  return `${what} Ask the clinic for a new one.`;
}

function NotVerified({ name }: { name?: string }) {
  return (
    <Notice tone="danger" title={name ? `${name} could not be verified.` : 'This clinic could not be verified.'}>
      The share code vouches for the clinic’s key, and the key that the server offered is another one. Someone may be trying to read along, so nothing can be shared with it. Ask the clinic for a new share code; if this happens again, tell them.
    </Notice>
  );
}
