import { useState, type FormEvent } from 'react';
import { enter, enterWithRecoveryCode, open, TidelockError, type Credentials, type Opened } from '../api';
import { Button, Notice, PasswordField, TextField } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { useAction } from '../state/useAction';
import { MarkedCode } from './MarkedCode';
import { StartOver } from './StartOver';

interface Properties {
  /** Whose session it must be; then the e-mail address is not asked for. */
  email?: string;
  onSession: (opened: Opened) => void;
  /** Tells which of the two steps is shown, so that the heading can say so. */
  onRecovery?: (needed: boolean) => void;
}

/** E-mail and password; then, on a device that does not have the keys, the recovery code. */
export function SignInForm({ email: fixed, onSession, onRecovery }: Properties) {
  const [email, setEmail] = useState(fixed ?? '');
  const [password, setPassword] = useState('');
  const [recovering, setRecovering] = useState<Credentials>();
  const { act, busy, error } = useAction(async () => {
    const credentials = { email: email.trim(), password };
    try {
      onSession(await open(await enter(credentials)));
    } catch (failure) {
      if (!hasCode(failure, 'recovery_needed')) {
        throw failure;
      }
      setRecovering(credentials);
      onRecovery?.(true);
    }
  });
  if (recovering) {
    return (
      <RecoverForm
        credentials={recovering}
        onSession={onSession}
        onBack={() => {
          setRecovering(undefined);
          onRecovery?.(false);
        }}
      />
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act();
  };
  return (
    <form className="stack" onSubmit={submit}>
      {error !== undefined && (hasCode(error, 'not_authenticated') ? <Notice tone="danger" title="E-mail address or password is wrong.">Check both and try again.</Notice> : <ErrorNotice error={error} />)}
      {fixed === undefined ? (
        <TextField label="E-mail" type="email" name="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} />
      ) : (
        <>
          <p>
            E-mail: <strong>{fixed}</strong>
          </p>
          <input type="email" name="email" autoComplete="username" value={fixed} readOnly hidden />
        </>
      )}
      <PasswordField label="Password" name="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
      <Button look="primary" type="submit" wide busy={busy}>
        Sign in
      </Button>
    </form>
  );
}

function RecoverForm({ credentials, onSession, onBack }: { credentials: Credentials; onSession: (opened: Opened) => void; onBack: () => void }) {
  const [code, setCode] = useState('');
  const [without, setWithout] = useState(false);
  const { act, busy, error, clear } = useAction(async () => onSession({ session: await enterWithRecoveryCode(credentials, code) }));
  const ofCode = hasCode(error, 'invalid_recovery_code');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act();
  };
  if (without) {
    return <StartOver credentials={credentials} onSession={onSession} onBack={() => setWithout(false)} />;
  }
  return (
    <form className="stack" onSubmit={submit}>
      <p>
        Your data is encrypted, and its keys are not in this browser. The <strong>recovery code</strong> you wrote down at sign-up brings them here.
      </p>
      {error !== undefined && !ofCode && <ErrorNotice error={error} />}
      <TextField
        label="Recovery code"
        hint="Seven groups of four letters and digits. Capitals, dashes and blanks do not matter."
        name="recovery-code"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        autoFocus
        required
        value={code}
        error={ofCode ? recoveryCodeError(error) : undefined}
        onChange={(event) => {
          setCode(event.target.value);
          clear();
        }}
      />
      {ofCode && wrongPosition(error) !== undefined && <MarkedCode code={code} position={wrongPosition(error) ?? 1} />}
      <Button look="primary" type="submit" wide busy={busy} icon="key">
        Bring my keys here
      </Button>
      <Button wide onClick={() => setWithout(true)}>
        I have no recovery code
      </Button>
      <Button look="quiet" wide onClick={onBack}>
        Use another account
      </Button>
      <p className="muted small">Without the recovery code your data cannot be opened on this device: not by us either. A browser in which you signed up before still has the keys.</p>
    </form>
  );
}

/** The package says what is wrong with a code, as far as it can. */
function recoveryCodeError(error: unknown): string {
  const reason = error instanceof Error ? error.message : '';
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

/** The place of the symbol that is wrong, from 1, if one is. */
const wrongPosition = (error: unknown): number | undefined => (error instanceof TidelockError ? error.details.position : undefined);
