import { useCallback, useState, type FormEvent } from 'react';
import type { EntityApi, Session, Stored } from '../api';
import { Button, Card, Progress, TextArea, useToast } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { textOf } from '../records/form';
import { inSentence } from '../records/access';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import '../share/AccessList.css';
import './Notes.css';

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });

/** What a clinic writes about a patient, in her own record: she reads it, too. */
interface Note {
  text: string;
}

const TYPE = 'Note';
const api = (session: Session): EntityApi<Note & Stored> => session.entityApi<Note>(TYPE);

interface Properties {
  /** Whose record. */
  patientId: string;
  /** The clinic that reads and writes; none for the patient herself. */
  clinic?: string;
  mayWrite?: boolean;
}

/** The notes of clinics on a patient, newest first. The patient is shown nothing where there are none. */
export function Notes({ patientId, clinic, mayWrite = false }: Properties) {
  const user = useUser();
  const contacts = useContacts();
  const toast = useToast();
  const [deleting, setDeleting] = useState<Note & Stored>();
  const where = { vault: patientId, clinic };
  const { result, reload } = useLoad(
    `${patientId}/${clinic ?? ''}`,
    useCallback(
      async (session, signal) => {
        const notes: (Note & Stored)[] = [];
        for await (const note of api(session).all({ vault: patientId, clinic, signal })) {
          notes.push(note);
        }
        return notes.sort((a, b) => (b.created ?? 0) - (a.created ?? 0));
      },
      [patientId, clinic],
    ),
    isAbout(['record'], patientId),
  );
  const own = patientId === user.id;
  if (own && (result.state === 'loading' || (result.state === 'ready' && result.value.length === 0))) {
    return null;
  }
  return (
    <Card title={own ? 'Notes about you' : 'Notes'}>
      {!own && mayWrite && <NewNote onSave={(text) => run((session) => api(session).createOrModify({ text }, { ...where, compartment: 'notes' })).then(() => reload())} />}
      {result.state === 'loading' && <Progress label="Opening the notes" />}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && result.value.length === 0 && <p className="muted">No notes yet.</p>}
      {result.state === 'ready' && result.value.length > 0 && (
        <ul className="entries" role="list" data-testid="notes">
          {result.value.map((note) => (
            <li className="entry" key={note.id}>
              <div className="entry-text">
                <p className="note-text">{textOf(note.text)}</p>
                <span className="muted small">
                  {note.inNameOf && `${callOf(contacts, note.inNameOf)} · `}
                  {contacts.names.has(note.author ?? '') && `${inSentence(callOf(contacts, note.author))} · `}
                  {note.created !== undefined && MOMENT.format(note.created)}
                </span>
              </div>
              {mayWrite && note.author === user.id && note.rights === 'write' && (
                <Button small look="quiet" onClick={() => setDeleting(note)} aria-label={`Delete the note “${textOf(note.text).split('\n', 1)[0]}”`}>
                  Delete
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {deleting && (
        <ConfirmDialog
          title="Delete this note?"
          confirm="Delete"
          keep="Keep it"
          danger
          onClose={() => setDeleting(undefined)}
          onConfirm={async () => {
            await run((session) => api(session).delete(deleting, where));
            setDeleting(undefined);
            toast('The note is deleted.');
            await reload();
          }}
        >
          <p>It is erased for the patient, too, and nobody can bring it back.</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}

function NewNote({ onSave }: { onSave: (text: string) => Promise<void> }) {
  const toast = useToast();
  const [text, setText] = useState('');
  const { act, busy, error } = useAction(async () => {
    await onSave(text.trim());
    setText('');
    toast('The note is saved.');
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') {
      act();
    }
  };
  return (
    <form className="stack-tight" onSubmit={submit}>
      <TextArea label="New note" hint="Your clinic and the patient can read it." name="note" rows={3} value={text} onChange={(event) => setText(event.target.value)} />
      {error !== undefined && <ErrorNotice error={error} />}
      <div className="row">
        <Button small look="primary" type="submit" busy={busy} disabled={text.trim() === ''}>
          Save note
        </Button>
      </div>
    </form>
  );
}
