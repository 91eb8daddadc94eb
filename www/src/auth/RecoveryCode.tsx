import { useState, type FormEvent } from 'react';
import { Button, Notice, TextField, useToast } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Centred } from '../shell/Centred';
import { useAction } from '../state/useAction';
import { groupsOf, symbolsOf } from './symbols';
import './RecoveryCode.css';

/** Shows the recovery code and then asks for it: whoever passes has written it down, and never sees it again. */
export function RecoveryCode({ code, onConfirmed }: { code: string; onConfirmed: (typed: string) => Promise<void> }) {
  const [confirming, setConfirming] = useState(false);
  return confirming ? <Confirm code={code} onBack={() => setConfirming(false)} onConfirmed={onConfirmed} /> : <Show code={code} onNext={() => setConfirming(true)} />;
}

function Show({ code, onNext }: { code: string; onNext: () => void }) {
  const toast = useToast();
  const copy = () => {
    navigator.clipboard.writeText(code).then(
      () => toast('Recovery code copied. Put it where only you can find it.'),
      () => toast('This browser does not allow copying. Please write the code down.'),
    );
  };
  return (
    <Centred title="Your recovery code" lead="The only way to your data from another device, or if this browser forgets.">
      <ol className="recovery-code" aria-label="Recovery code" data-testid="recovery-code">
        {groupsOf(code).map((group, index) => (
          <li key={index}>{group}</li>
        ))}
      </ol>
      <div className="row no-print">
        <Button icon="copy" onClick={copy}>
          Copy
        </Button>
        <Button icon="print" onClick={() => print()}>
          Print
        </Button>
      </div>
      <Notice tone="warning" title="It is shown only now.">
        Write it down or print it, and keep it like a passport. Nobody else has it: if you lose it together with this device, your data cannot be opened by anyone, and neither can we help.
      </Notice>
      <div className="no-print">
        <Button look="primary" wide onClick={onNext}>
          I have written it down
        </Button>
      </div>
    </Centred>
  );
}

function Confirm({ code, onBack, onConfirmed }: { code: string; onBack: () => void; onConfirmed: (typed: string) => Promise<void> }) {
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();
  const { act, busy, error: failure } = useAction(() => onConfirmed(typed));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const problem = compare(symbolsOf(typed), symbolsOf(code));
    setError(problem);
    if (!problem) {
      act();
    }
  };
  return (
    <Centred title="Enter it once" lead="So that you can be sure that what you wrote down is right.">
      <form className="stack" onSubmit={submit}>
        {failure !== undefined && <ErrorNotice error={failure} />}
        <TextField
          label="Recovery code"
          hint="Capitals, dashes and blanks do not matter."
          name="recovery-code"
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus
          value={typed}
          error={error}
          onChange={(event) => {
            setTyped(event.target.value);
            setError(undefined);
          }}
        />
        <Button look="primary" type="submit" wide busy={busy}>
          Confirm
        </Button>
        <Button look="quiet" wide icon="back" onClick={onBack}>
          Show the code again
        </Button>
      </form>
    </Centred>
  );
}

/** The first difference, named by its group, so that it is quickly found on paper. */
function compare(typed: string, code: string): string | undefined {
  if (typed === code) {
    return undefined;
  }
  if (typed === '') {
    return 'Enter the code that you wrote down.';
  }
  const index = [...code].findIndex((symbol, position) => typed[position] !== symbol);
  if (index === -1 || typed.length > code.length) {
    return 'There is more than the code.';
  }
  if (index >= typed.length) {
    return `The code is longer: ${code.length} letters and digits, not ${typed.length}.`;
  }
  return `Group ${Math.floor(index / 4) + 1} is different from the code that was shown.`;
}
