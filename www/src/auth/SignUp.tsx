import { useState, type FormEvent } from 'react';
import { register, type Registration } from '../api';
import { Button, Choices, focusFirstError, Notice, PasswordField, TextField } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Centred } from '../shell/Centred';
import { Link, navigate, nextPath, withNext } from '../state/router';
import { useAction } from '../state/useAction';
import { useSession } from '../state/session';
import { Promises } from './Promises';

const SHORTEST_PASSWORD = 8;

interface Form {
  kind: Registration['kind'] | undefined;
  fullName: string;
  birthDate: string;
  email: string;
  password: string;
}

export function SignUp() {
  const { enter } = useSession();
  const next = nextPath();
  const [form, setForm] = useState<Form>({ kind: kindFor(next), fullName: '', birthDate: '', email: '', password: '' });
  const [checked, setChecked] = useState(false);
  const problems = check(form);
  const shown: typeof problems = checked ? problems : {};
  const { act, busy, error } = useAction(async () => {
    if (form.kind) {
      const registration: Registration = { kind: form.kind, fullName: form.fullName.trim(), email: form.email.trim(), password: form.password };
      enter(await register(form.kind === 'patient' ? { ...registration, birthDate: form.birthDate } : registration));
      navigate(next, { replace: true });
    }
  });

  const change = (field: keyof Form) => (event: { target: { value: string } }) => setForm({ ...form, [field]: event.target.value });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (Object.keys(problems).length === 0) {
      act();
    } else {
      focusFirstError(event.currentTarget);
    }
  };
  return (
    <Centred
      title="Create an account"
      lead="It takes a minute. The keys to your data are made in this browser."
      footer={
        <>
          <p style={{ textAlign: 'center' }}>
            Already here? <Link href={withNext('/signin', next)}>Sign in</Link>
          </p>
          <Promises />
        </>
      }
    >
      <form className="stack" onSubmit={submit} noValidate>
        {error !== undefined &&
          (hasCode(error, 'conflict') ? (
            <Notice tone="danger" title="There is already an account with this e-mail address.">
              <Link href={withNext('/signin', next)}>Sign in</Link> instead, or use another address.
            </Notice>
          ) : (
            <ErrorNotice error={error} />
          ))}
        <Choices
          label="I am"
          value={form.kind}
          error={shown.kind}
          onChange={(kind) => setForm({ ...form, kind })}
          options={[
            { value: 'patient', title: 'A patient, or family', explanation: 'I keep my record, or read somebody’s' },
            { value: 'practitioner', title: 'At a clinic', explanation: 'I look after patients' },
          ]}
        />
        <TextField label="Full name" name="name" autoComplete="name" value={form.fullName} onChange={change('fullName')} error={shown.fullName} hint={form.kind === 'patient' ? 'Encrypted. Only clinics that you invite see it.' : undefined} />
        {form.kind === 'patient' && <TextField label="Date of birth" type="date" name="bday" autoComplete="bday" min="1900-01-01" max={today()} value={form.birthDate} onChange={change('birthDate')} error={shown.birthDate} hint="Encrypted, too. It tells your clinic that it is you." />}
        <TextField label="E-mail" type="email" name="email" autoComplete="username" value={form.email} onChange={change('email')} error={shown.email} />
        <PasswordField label="Password" name="new-password" autoComplete="new-password" value={form.password} onChange={change('password')} error={shown.password} hint={`At least ${SHORTEST_PASSWORD} characters, no blanks.`} />
        <Button look="primary" type="submit" wide busy={busy}>
          {busy ? 'Making your keys' : 'Create account'}
        </Button>
      </form>
    </Centred>
  );
}

/** Who opens such a link. Whoever is invited by a person may be anybody, but seldom works at a clinic. */
function kindFor(next: string): Form['kind'] {
  if (next.startsWith('/invitation#') || next.startsWith('/invitations/received/') || next.startsWith('/share#')) {
    return 'patient';
  }
  return next.startsWith('/invitations/') ? 'practitioner' : undefined;
}

function check(form: Form): Partial<Record<keyof Form, string>> {
  const problems: Partial<Record<keyof Form, string>> = {};
  if (!form.kind) {
    problems.kind = 'Choose one of the two.';
  }
  if (form.fullName.trim() === '') {
    problems.fullName = 'Enter your name.';
  }
  if (form.kind === 'patient' && !(form.birthDate >= '1900-01-01' && form.birthDate <= today())) {
    problems.birthDate = 'Enter your date of birth.';
  }
  if (!/^[^@\s]+@[^@\s]+\.[^@\s]{2,}$/.test(form.email.trim())) {
    problems.email = 'Enter an e-mail address such as anna@example.org.';
  }
  if (form.password.length < SHORTEST_PASSWORD) {
    problems.password = `The password needs at least ${SHORTEST_PASSWORD} characters.`;
  } else if (/\s/.test(form.password)) {
    problems.password = 'The password must not contain blanks.';
  } else if (form.password.length > 72) {
    problems.password = 'The password may have at most 72 characters.';
  }
  return problems;
}

const today = (): string => new Date().toISOString().slice(0, 10);
