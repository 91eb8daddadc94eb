import { useId } from 'react';
import './Segmented.css';

/** A choice between a few short words, all in view. */
export function Segmented<T extends string>({ label, value, onChange, options }: { label: string; value: T | undefined; onChange: (value: T) => void; options: readonly { value: T; text: string }[] }) {
  const name = useId();
  return (
    <div className="segmented" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value}>
          <input type="radio" name={name} value={option.value} checked={value === option.value} onChange={() => onChange(option.value)} onClick={() => onChange(option.value)} />
          {option.text}
        </label>
      ))}
    </div>
  );
}
