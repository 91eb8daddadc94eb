import { useId, useState, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react';
import { Icon } from './Icon';
import './Field.css';

interface FieldProperties {
  label: string;
  hint?: ReactNode;
  /** What is wrong and how to put it right; shown and announced beneath the control. */
  error?: ReactNode;
  optional?: boolean;
}

type InputProperties = Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'id'>;

interface TextFieldProperties extends FieldProperties, InputProperties {
  inputRef?: Ref<HTMLInputElement>;
  code?: boolean;
}

/** One line of text with its label, hint and error tied to it. */
export function TextField({ label, hint, error, optional, inputRef, code, ...input }: TextFieldProperties) {
  const id = useId();
  return (
    <div className="field">
      <FieldLabel id={id} label={label} optional={optional} />
      <FieldHint id={id} hint={hint} />
      <input {...input} id={id} ref={inputRef} className={code ? 'input input-code' : 'input'} {...describedBy(id, hint, error)} />
      <FieldError id={id} error={error} />
    </div>
  );
}

/** Leads to the first field of a form that is marked as wrong, once it is. */
export function focusFirstError(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

/** Several lines of text. */
export function TextArea({ label, hint, error, optional, ...input }: FieldProperties & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'className' | 'id'>) {
  const id = useId();
  return (
    <div className="field">
      <FieldLabel id={id} label={label} optional={optional} />
      <FieldHint id={id} hint={hint} />
      <textarea rows={4} {...input} id={id} className="input" {...describedBy(id, hint, error)} />
      <FieldError id={id} error={error} />
    </div>
  );
}

/** One of many. */
export function Select({ label, hint, error, optional, options, ...input }: FieldProperties & { options: readonly { value: string; text: string }[] } & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'className' | 'id'>) {
  const id = useId();
  return (
    <div className="field">
      <FieldLabel id={id} label={label} optional={optional} />
      <FieldHint id={id} hint={hint} />
      <select {...input} id={id} className="input" {...describedBy(id, hint, error)}>
        {options.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <FieldError id={id} error={error} />
    </div>
  );
}

/** A password, which can be shown to check what was typed. */
export function PasswordField({ label, hint, error, ...input }: FieldProperties & InputProperties) {
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <div className="field">
      <FieldLabel id={id} label={label} />
      <FieldHint id={id} hint={hint} />
      <div className="field-control">
        <input {...input} id={id} type={shown ? 'text' : 'password'} className="input input-with-button" {...describedBy(id, hint, error)} />
        <button type="button" className="field-button" aria-pressed={shown} onClick={() => setShown(!shown)}>
          <Icon name={shown ? 'eyeOff' : 'eye'} size={18} />
          {shown ? 'Hide' : 'Show'}
          <span className="visually-hidden"> {label.toLowerCase()}</span>
        </button>
      </div>
      <FieldError id={id} error={error} />
    </div>
  );
}

interface ChoiceProperties extends Omit<InputProperties, 'type' | 'title'> {
  title: string;
  explanation?: ReactNode;
}

/** A check box with its explanation. */
export function Checkbox({ title, explanation, ...input }: ChoiceProperties) {
  return <Choice type="checkbox" title={title} explanation={explanation} {...input} />;
}

/** One of several; exactly one is chosen. */
export function Choices<T extends string>({ label, hint, error, value, onChange, options }: FieldProperties & { value: T | undefined; onChange: (value: T) => void; options: { value: T; title: string; explanation?: string }[] }) {
  const id = useId();
  return (
    <fieldset className="field" {...describedBy(id, hint, error)}>
      <legend className="field-label">{label}</legend>
      <FieldHint id={id} hint={hint} />
      <div className="choices">
        {options.map((option) => (
          <Choice key={option.value} type="radio" name={id} value={option.value} checked={value === option.value} onChange={() => onChange(option.value)} title={option.title} explanation={option.explanation} />
        ))}
      </div>
      <FieldError id={id} error={error} />
    </fieldset>
  );
}

function Choice({ title, explanation, ...input }: ChoiceProperties & { type: 'checkbox' | 'radio' }) {
  return (
    <label className="choice">
      <input {...input} />
      <span className="choice-text">
        <span className="choice-title">{title}</span>
        {explanation && <span className="muted small">{explanation}</span>}
      </span>
    </label>
  );
}

function FieldLabel({ id, label, optional }: { id: string; label: string; optional?: boolean | undefined }) {
  return (
    <label className="field-label" htmlFor={id}>
      {label} {optional && <span className="field-optional">(optional)</span>}
    </label>
  );
}

function FieldHint({ id, hint }: { id: string; hint: ReactNode }) {
  return (
    hint && (
      <div className="field-hint" id={`${id}-hint`}>
        {hint}
      </div>
    )
  );
}

function FieldError({ id, error }: { id: string; error: ReactNode }) {
  return (
    <div id={`${id}-error`} aria-live="polite">
      {error && (
        <div className="field-error">
          <Icon name="alert" size={16} />
          <span>{error}</span>
        </div>
      )}
    </div>
  );
}

function describedBy(id: string, hint: ReactNode, error: ReactNode) {
  const parts = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean);
  return { 'aria-describedby': parts.length > 0 ? parts.join(' ') : undefined, 'aria-invalid': error ? true : undefined };
}
