import { useCallback, useState } from 'react';
import { Button, Checkbox, Dialog, Notice, Progress, Segmented, TextArea } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';
import { compare } from './digits';
import { SafetyNumber } from './SafetyNumber';

const WAYS = [
  { value: 'eye', text: 'I compare them' },
  { value: 'type', text: 'I type it in' },
] as const;

/**
 * Asks for the comparison that tells whether somebody's key is hers: nothing is locked for a key that nobody has compared.
 * `changed` says that it is not the key that was known.
 */
export function SafetyNumberDialog({ ownerId, name, changed = false, onConfirmed, onClose }: { ownerId: string; name: string; changed?: boolean; onConfirmed: () => void; onClose: () => void }) {
  const { result, reload } = useLoad(
    ownerId,
    useCallback((session) => session.trustApi.safetyNumber(ownerId), [ownerId]),
  );
  const [way, setWay] = useState<(typeof WAYS)[number]['value']>('eye');
  const [ticked, setTicked] = useState(false);
  const [typed, setTyped] = useState('');
  const digits = result.state === 'ready' ? result.value.digits : '';
  const comparison = compare(typed, digits);
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.trustApi.confirm(ownerId, way === 'eye' ? digits : typed));
    onConfirmed();
  });
  const same = digits !== '' && (way === 'eye' ? ticked : comparison.state === 'same');
  return (
    <Dialog
      title={`Is it really ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="primary" icon="shield" busy={busy} disabled={!same} onClick={act}>
            They match
          </Button>
        </>
      }
    >
      <p>
        {changed ? `${name} has a new key. Anybody could say that.` : `You have not shared with ${name} before.`} Compare this safety number with the one on their screen, in person or by telephone, before anything is locked with their key. They find it under <strong>People</strong>.
      </p>
      {result.state === 'loading' && <Progress label="Computing the safety number" />}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && (
        <>
          <SafetyNumber digits={digits} qr={result.value.qr} ownerId={ownerId} name={name} />
          <Segmented label="How to compare" value={way} onChange={setWay} options={WAYS} />
          {way === 'eye' ? (
            <Checkbox title="All twelve groups are the same" explanation="On their screen and on mine." name="same" checked={ticked} onChange={(event) => setTicked(event.target.checked)} />
          ) : (
            <TextArea
              label="The number on their screen"
              hint={comparison.state === 'incomplete' ? `As they read it to you. ${comparison.missing} digits to go.` : 'As they read it to you.'}
              name="safety-number"
              inputMode="numeric"
              autoComplete="off"
              spellCheck={false}
              rows={3}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              error={comparison.state === 'different' ? (comparison.group > 12 ? 'There are more than twelve groups.' : `Group ${comparison.group} is different. Have it read to you again.`) : undefined}
            />
          )}
          {way === 'type' && comparison.state === 'same' && (
            <Notice tone="good" icon="shield">
              All twelve groups are the same.
            </Notice>
          )}
          <p className="muted small">If they differ and stay different, stop here: then somebody has put another key between you, and nothing should be shared.</p>
        </>
      )}
      {error !== undefined && <ErrorNotice error={error} />}
    </Dialog>
  );
}
