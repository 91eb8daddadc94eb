import { useState, type FormEvent } from 'react';
import { beginAnew, type Credentials, type Opened } from '../api';
import { Button, Checkbox, Notice } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { useAction } from '../state/useAction';

/** Neither keys nor recovery code: what will be lost, what can come back, and beginning anew. */
export function StartOver({ credentials, onSession, onBack }: { credentials: Credentials; onSession: (opened: Opened) => void; onBack: () => void }) {
  const [understood, setUnderstood] = useState(false);
  const { act, busy, error } = useAction(async () => onSession(await beginAnew(credentials)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (understood) {
      act();
    }
  };
  return (
    <form className="stack" onSubmit={submit}>
      <p>Look first for the recovery code, and for a browser in which you have been signed in: it still has your keys. Only if there is neither, start over.</p>
      <div className="stack-tight">
        <h2>What can come back</h2>
        <p>What you shared with others: your clinics, and people to whom you gave entries. They can give it back to you, once you have compared safety numbers.</p>
      </div>
      <Notice tone="warning" title="What is lost">
        Everything that you shared with nobody. It stays encrypted on the server, and nobody will ever open it: not we either. An old recovery code that turns up later opens nothing any more.
      </Notice>
      <Checkbox name="understood" title="I have understood what is lost" checked={understood} onChange={(event) => setUnderstood(event.target.checked)} />
      {error !== undefined && <ErrorNotice error={error} />}
      <Button look="danger" type="submit" wide busy={busy} disabled={!understood}>
        {busy ? 'Making new keys' : 'Start over with new keys'}
      </Button>
      <Button look="quiet" wide icon="back" onClick={onBack}>
        Back to the recovery code
      </Button>
    </form>
  );
}
