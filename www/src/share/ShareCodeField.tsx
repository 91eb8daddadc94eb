import { useLayoutEffect, useRef, useState } from 'react';
import { TextField } from '../design';
import { mask, maskedPosition } from './mask';

/** The field for a share code: groups as one types, forgives capitals, blanks and dashes, and never swallows a symbol. */
export function ShareCodeField({ value, onChange, onLeave, error }: { value: string; onChange: (masked: string) => void; onLeave: () => void; error: string | undefined }) {
  const input = useRef<HTMLInputElement>(null);
  const cursor = useRef<number>(undefined);
  const [, refresh] = useState(0);
  useLayoutEffect(() => {
    if (cursor.current !== undefined && document.activeElement === input.current) {
      input.current?.setSelectionRange(cursor.current, cursor.current);
    }
    cursor.current = undefined;
  });
  return (
    <TextField
      inputRef={input}
      code
      label="Share code from your clinic"
      hint="12 letters and digits, such as JDZY-KS2F-AR8T. Capitals, dashes and blanks do not matter."
      placeholder="XXXX-XXXX-XXXX"
      name="share-code"
      autoComplete="off"
      autoCapitalize="characters"
      autoCorrect="off"
      spellCheck={false}
      value={value}
      error={error}
      onBlur={onLeave}
      onChange={(event) => {
        const typed = event.target.value;
        cursor.current = maskedPosition(typed, event.target.selectionStart ?? typed.length);
        onChange(mask(typed));
        refresh((count) => count + 1);
      }}
    />
  );
}
