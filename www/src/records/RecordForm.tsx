import { useCallback, useRef, useState, type FormEvent } from 'react';
import { Button, buttonClass, Card, focusFirstError, Notice, Progress, Select, TextArea, TextField, useToast } from '../design';
import { hasCode, isOutOfReach } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Screen } from '../shell/Screen';
import { Link, navigate } from '../state/router';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';
import { ConflictDialog } from './ConflictDialog';
import type { FormField } from './form';
import { addressOf, KINDS, listOf, type Entry, type Kind, type KindName } from './kinds';
import './Records.css';

/** Creating an entry. */
export function NewRecord({ name }: { name: KindName }) {
  const kind = KINDS[name];
  return (
    <Screen title={`New ${kind.one}`} subtitle="Encrypted in this browser. Nobody else can read it until you give access." back={{ href: listOf(name), text: 'Entries' }} narrow>
      <RecordForm kind={kind} begun={undefined} clinic={undefined} cancel={listOf(name)} />
    </Screen>
  );
}

/** Changing one. */
export function EditRecord({ name, id, clinic }: { name: KindName; id: string; clinic?: string | undefined }) {
  const kind = KINDS[name];
  const user = useUser();
  const begun = useRef<Entry>(undefined);
  const { result, reload } = useLoad(
    `${clinic ?? user.id}/${id}`,
    // What somebody edits stays what she began from, also when the window comes back to the front.
    useCallback(async (session, signal) => (begun.current ??= await kind.api(session, clinic).get(id, { signal })), [kind, id, clinic]),
  );
  const back = addressOf(kind, id, clinic);
  return (
    <Screen title={`Edit ${kind.one}`} subtitle={result.state === 'ready' ? kind.title(result.value) : undefined} back={{ href: back, text: 'Back' }} narrow>
      {result.state === 'loading' && (
        <Card>
          <Progress label="Opening the entry" />
        </Card>
      )}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && <RecordForm kind={kind} begun={result.value} clinic={clinic} cancel={back} />}
    </Screen>
  );
}

function RecordForm({ kind, begun, clinic, cancel }: { kind: Kind; begun: Entry | undefined; clinic: string | undefined; cancel: string }) {
  const user = useUser();
  const toast = useToast();
  const [base, setBase] = useState(begun);
  const [values, setValues] = useState(() => kind.form.read(begun));
  const [parent, setParent] = useState(user.kind === 'patient' ? user.id : '');
  const [checked, setChecked] = useState(false);
  const [conflict, setConflict] = useState<{ base: Entry; mine: Entry; theirs: Entry }>();
  const problems = kind.form.check(values, base);
  const shown = checked ? problems : {};

  const store = async (entry: Entry) => {
    const stored = await run((session) => kind.api(session, clinic).createOrModify(entry, base || kind.name === 'people' || parent === '' ? {} : { parents: [parent] }));
    toast(base ? 'Saved.' : 'Saved. Only you can read it so far.');
    navigate(addressOf(kind, stored.id ?? '', clinic), { replace: true });
  };
  const save = async (entry: Entry) => {
    try {
      await store(entry);
    } catch (failure) {
      const { id } = entry;
      if (!base || !id || !hasCode(failure, 'conflict')) {
        throw failure;
      }
      const theirs = await run((session) => kind.api(session, clinic).get(id));
      setConflict({ base: conflict?.theirs ?? base, mine: entry, theirs });
    }
  };
  const { act, busy, error } = useAction(async () => save(kind.form.write(values, base)));
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
    <Card>
      <form className="stack" onSubmit={submit} noValidate>
        {error !== undefined && (isOutOfReach(error) ? <Notice tone="danger" title="It cannot be saved any more.">It was deleted meanwhile, or your access has ended. Copy what you have written, if you need it.</Notice> : <ErrorNotice error={error} />)}
        {!base && user.kind !== 'patient' && kind.name !== 'people' && <OfPatient value={parent} onChange={setParent} />}
        <div className="form-grid">
          {kind.form.fields.map((field) => (
            <div key={field.name} className={field.short ? 'form-short' : undefined}>
              <Field field={field} value={values[field.name] ?? ''} error={shown[field.name]} onChange={(value) => setValues({ ...values, [field.name]: value })} />
            </div>
          ))}
        </div>
        <div className="row">
          <Button look="primary" type="submit" busy={busy}>
            Save
          </Button>
          <Link href={cancel} className={buttonClass('quiet')}>
            Cancel
          </Link>
        </div>
      </form>
      {conflict && (
        <ConflictDialog
          key={conflict.theirs.rev}
          kind={kind}
          {...conflict}
          onSave={save}
          onEdit={(entry) => {
            setBase(conflict.theirs);
            setValues(kind.form.read(entry));
            setConflict(undefined);
          }}
          onClose={() => setConflict(undefined)}
        />
      )}
    </Card>
  );
}

/** Which of his patients a practitioner writes about. */
function OfPatient({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const user = useUser();
  const { result } = useLoad(
    user.id,
    useCallback((session, signal) => KINDS.people.own(session, signal), []),
  );
  const patients = result.state === 'ready' ? result.value : [];
  if (patients.length === 0) {
    return null;
  }
  return <Select label="Patient" optional name="patient" value={value} onChange={(event) => onChange(event.target.value)} options={[{ value: '', text: 'Nobody in particular' }, ...patients.map((patient) => ({ value: patient.id ?? '', text: KINDS.people.title(patient) }))]} />;
}

function Field({ field: { name, label, type, optional, hint, autoComplete }, value, error, onChange }: { field: FormField; value: string; error: string | undefined; onChange: (value: string) => void }) {
  const shared = { name, label, value, hint, error, ...(optional && { optional }), onChange: (event: { target: { value: string } }) => onChange(event.target.value) };
  return type === 'area' ? <TextArea {...shared} /> : <TextField {...shared} type={type} autoComplete={autoComplete ?? 'off'} />;
}
