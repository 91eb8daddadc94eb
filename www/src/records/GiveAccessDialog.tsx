import { useState, type FormEvent } from 'react';
import type { Rights } from '../api';
import { Button, Choices, Dialog, Notice, useToast } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { useWho, WhoFields } from '../people/WhoFields';
import { run } from '../state/session';
import { useGiving } from '../trust/useGiving';
import type { Entry, Kind } from './kinds';
import { Stale } from './Stale';

interface Properties {
  kind: Kind;
  entry: Entry;
  clinic: string | undefined;
  onClose: () => void;
  onGiven: () => Promise<void>;
}

/** Gives one entry to somebody: whom, and what for. */
export function GiveAccessDialog({ kind, entry, clinic, onClose, onGiven }: Properties) {
  const toast = useToast();
  const { who, setWho, problem, resolve, keepName, called } = useWho();
  const [rights, setRights] = useState<Rights>('read');
  const [checked, setChecked] = useState(false);
  const mayChange = entry.rights === 'write';
  const { act, busy, error, checking } = useGiving(async () => {
    const id = await run(resolve);
    const given = await run((session) => kind.api(session, clinic).giveAccessTo(entry, id, { rights }));
    await keepName(id);
    toast(given.rev === entry.rev ? `${called ?? 'They'} had this access already.` : `${called ?? 'They'} can now ${rights === 'read' ? 'read' : 'read and change'} this.`);
    await onGiven();
  }, called);
  if (checking) {
    return checking;
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!problem) {
      act();
    }
  };
  return (
    <Dialog title="Give access" onClose={busy ? undefined : onClose}>
      <p className="muted">
        To “{kind.title(entry)}”, and to nothing else.
      </p>
      <form className="stack" onSubmit={submit} noValidate>
        <WhoFields who={who} onChange={setWho} problem={checked ? problem : undefined} error={error} />
        <Choices
          label="They may"
          value={rights}
          onChange={setRights}
          hint={mayChange ? undefined : 'You may read this yourself, so you can give it for reading.'}
          options={[{ value: 'read', title: 'Read', explanation: 'What is here, and what it becomes.' }, ...(mayChange ? [{ value: 'write' as const, title: 'Read and change', explanation: 'And give that right to others.' }] : [])]}
        />
        <Notice icon="info">Whoever gets this can give it on to others for reading, and sees who else has it, and who has the whole record. You see here who has it through whom.</Notice>
        {hasCode(error, 'conflict') ? <Stale onShow={() => void onGiven()} /> : error !== undefined && !hasCode(error, 'not_found') && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button look="primary" type="submit" icon="share" busy={busy}>
            Give access
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
