import { useState, type DragEvent } from 'react';
import { Icon } from '../design';

/** A place to drop a file on, or to choose one by click or keyboard. */
export function FilePicker({ onFile, busy }: { onFile: (file: File) => void; busy: boolean }) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) {
      onFile(file);
    }
  };
  return (
    <label
      className={over ? 'drop drop-over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        className="visually-hidden"
        type="file"
        accept=".csv,.txt,.tsv,text/csv,text/plain,text/tab-separated-values"
        disabled={busy}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file) {
            onFile(file);
          }
        }}
      />
      <Icon name="upload" size={32} />
      <strong>{busy ? 'Reading the file…' : 'Choose a CSV file or drop it here'}</strong>
      <span className="muted small">One reading a line, with its time and glucose value, in mg/dL or mmol/L. Exports of most devices and apps work.</span>
    </label>
  );
}
