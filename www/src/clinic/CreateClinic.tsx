import { useState, type FormEvent } from 'react';
import type { Clinic } from '../api';
import { Button, Card, Notice, TextField } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { MembershipInvitations } from '../members/MembershipInvitations';
import { InvitationNotice } from '../shared/InvitationNotice';
import { Screen } from '../shell/Screen';
import { run } from '../state/session';
import { useAction } from '../state/useAction';

const FIELDS = [
  { key: 'name', label: 'Name of the clinic', autoComplete: 'organization', optional: false },
  { key: 'address', label: 'Street and number', autoComplete: 'street-address', optional: true },
  { key: 'city', label: 'City', autoComplete: 'address-level2', optional: true },
  { key: 'country', label: 'Country', autoComplete: 'country-name', optional: true },
] as const;

type Form = Record<(typeof FIELDS)[number]['key'], string>;

/** A clinic's beginning: its keys are made here, and its name is signed with them. */
export function CreateClinic({ onCreated }: { onCreated: (clinic: Clinic) => void }) {
  const [form, setForm] = useState<Form>({ name: '', address: '', city: '', country: '' });
  const [checked, setChecked] = useState(false);
  const { act, busy, error } = useAction(async () => {
    const fields = { name: form.name.trim(), address: form.address.trim(), city: form.city.trim(), country: form.country.trim() };
    onCreated(await run((session) => session.clinicApi.createClinic(fields)));
  });
  const nameMissing = form.name.trim() === '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!nameMissing) {
      act();
    }
  };
  return (
    <Screen title="Set up your clinic" subtitle="Patients see this name and address, signed with your clinic’s own key, before they share." narrow>
      <MembershipInvitations />
      <InvitationNotice />
      <Card>
        <form className="stack" onSubmit={submit} noValidate>
          {error !== undefined && <ErrorNotice error={error} />}
          {FIELDS.map(({ key, label, autoComplete, optional }) => (
            <TextField key={key} label={label} optional={optional} name={key} autoComplete={autoComplete} value={form[key]} onChange={(event) => setForm({ ...form, [key]: event.target.value })} error={key === 'name' && checked && nameMissing ? 'Enter the name that patients know.' : undefined} />
          ))}
          <div className="row">
            <Button look="primary" type="submit" icon="hospital" busy={busy}>
              {busy ? 'Making the clinic’s keys' : 'Create clinic'}
            </Button>
          </div>
        </form>
      </Card>
      <Notice icon="info">Have colleagues already set it up? Then do not create it again: ask an administrator to invite you. The invitation appears here.</Notice>
    </Screen>
  );
}
