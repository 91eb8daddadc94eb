import { useId, useState } from 'react';
import { Button, Dialog } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { useAction } from '../state/useAction';
import { differences, fieldsOf, merge, type Difference, type Side } from './conflict';
import './ConflictDialog.css';
import { labelOf, showField } from './fields';
import type { Entry, Kind } from './kinds';

interface Properties {
  kind: Kind;
  /** What the person began from. */
  base: Entry;
  /** What she made of it. */
  mine: Entry;
  /** What somebody else has stored meanwhile. */
  theirs: Entry;
  onSave: (entry: Entry) => Promise<void>;
  onEdit: (entry: Entry) => void;
  onClose: () => void;
}

/** Two have changed the same entry: shows both, field by field, and lets the person say which is to be. */
export function ConflictDialog({ kind, base, mine, theirs, onSave, onEdit, onClose }: Properties) {
  const contacts = useContacts();
  const found = differences(fieldsOf(base), fieldsOf(mine), fieldsOf(theirs));
  const [chosen, setChosen] = useState<Record<string, Side>>(() => Object.fromEntries(found.flatMap(({ field, onlyChangedIn }) => (onlyChangedIn ? [[field, onlyChangedIn]] : []))));
  const open = found.filter(({ field }) => !chosen[field]);
  const who = callOf(contacts, theirs.author);
  const takeAll = (side: Side) => setChosen(Object.fromEntries(found.map(({ field }) => [field, side])));
  const result = () => kind.make({ ...merge(fieldsOf(theirs), found, chosen), id: theirs.id, rev: theirs.rev, responsible: theirs.responsible });
  const { act, busy, error } = useAction(() => onSave(result()));
  return (
    <Dialog
      wide
      title="It was changed in the meantime"
      onClose={busy ? undefined : onClose}
      actions={
        <>
          <Button onClick={() => onEdit(result())} disabled={busy || open.length > 0} icon="edit">
            Edit this
          </Button>
          <Button look="primary" busy={busy} disabled={open.length > 0} onClick={act}>
            Save this
          </Button>
        </>
      }
    >
      <p>{who === 'You' ? 'You have stored another version yourself, elsewhere' : `${who} has stored another version`} while you were writing. Nothing of either is lost: choose what is to be.</p>
      {found.length === 0 ? (
        <p>Both of you have written the same.</p>
      ) : (
        <>
          <div className="row">
            <Button small onClick={() => takeAll('mine')}>
              Take all of mine
            </Button>
            <Button small onClick={() => takeAll('theirs')}>
              Take all of theirs
            </Button>
          </div>
          {found.map((difference) => (
            <Choice key={difference.field} label={labelOf(difference.field, kind.labels)} difference={difference} value={chosen[difference.field]} onChange={(side) => setChosen({ ...chosen, [difference.field]: side })} />
          ))}
        </>
      )}
      {open.length > 0 && (
        <p className="muted small" role="status">
          {open.length === 1 ? 'One field is' : `${open.length} fields are`} still to be chosen.
        </p>
      )}
      {error !== undefined && <ErrorNotice error={error} />}
    </Dialog>
  );
}

function Choice({ label, difference, value, onChange }: { label: string; difference: Difference; value: Side | undefined; onChange: (side: Side) => void }) {
  const name = useId();
  const { field, onlyChangedIn } = difference;
  const sides: readonly [Side, string, unknown][] = [
    ['mine', 'Mine', difference.mine],
    ['theirs', 'Theirs', difference.theirs],
  ];
  return (
    <fieldset className="field">
      <legend className="field-label">
        {label} {onlyChangedIn && <span className="field-optional">({onlyChangedIn === 'mine' ? 'changed by you only' : 'changed by them only'})</span>}
      </legend>
      <div className="sides">
        {sides.map(([side, title, content]) => (
          <label className="choice" key={side}>
            <input type="radio" name={name} value={side} data-field={field} checked={value === side} onChange={() => onChange(side)} />
            <span className="choice-text">
              <span className="muted small">{title}</span>
              <span className="side-text">{showField(field, content) || <em className="muted">nothing</em>}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
