import { useState } from 'react';
import { Button, Card, Choices, Notice } from '../design';
import { toMilliseconds } from '../glucose/moment';
import { format, type Unit } from '../glucose/unit';
import { toReadings, type Problem, type Table } from './parse';
import type { Reading } from '../glucose/reading';

const SHOWN_PROBLEMS = 20;
const SHOWN_READINGS = 5;
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

interface Properties {
  name: string;
  table: Table;
  onImport: (readings: Reading[], leftOut: number) => void;
  onBack: () => void;
}

/** What a file holds, before anything of it leaves the browser. */
export function Preview({ name, table, onImport, onBack }: Properties) {
  const [unit, setUnit] = useState<Unit | undefined>(table.unit);
  const [asked, setAsked] = useState(false);
  const { readings, problems } = unit ? toReadings(table, unit) : { readings: undefined, problems: table.problems };
  const count = readings?.length ?? table.rows.length;
  const times = table.rows.map((row) => toMilliseconds(row.moment));
  const period = TIME.formatRange(times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b)));
  const submit = () => {
    if (readings && readings.length > 0) {
      onImport(readings, problems.length);
    } else {
      setAsked(true);
    }
  };
  return (
    <Card title={name}>
      <p>
        <strong>
          {count.toLocaleString()} {count === 1 ? 'reading' : 'readings'}
        </strong>{' '}
        from {period}.
      </p>
      <Choices
        label="Unit of the values"
        hint={hintFor(table)}
        error={asked && !unit ? 'Choose the unit that your device uses.' : undefined}
        value={unit}
        onChange={setUnit}
        options={[
          { value: 'mg/dL', title: 'mg/dL', explanation: 'typical values 60 to 250' },
          { value: 'mmol/L', title: 'mmol/L', explanation: 'typical values 3 to 14' },
        ]}
      />
      {readings?.length === 0 && <Notice tone="danger">No value is possible in {unit}. Is the unit right?</Notice>}
      {problems.length > 0 && <Problems problems={problems} />}
      <table className="table">
        <caption>The first readings</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" className="number">
              Glucose{unit ? ` (${unit})` : ''}
            </th>
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, SHOWN_READINGS).map((row) => (
            <tr key={row.line}>
              <td>{TIME.format(toMilliseconds(row.moment))}</td>
              <td className="number">{unit ? format(row.value, unit) : row.value.toLocaleString()}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="row">
        <Button look="primary" icon="lock" onClick={submit}>
          Encrypt and import {count.toLocaleString()}
        </Button>
        <Button look="quiet" onClick={onBack}>
          Choose another file
        </Button>
      </div>
    </Card>
  );
}

function hintFor({ unitFrom, column }: Table): string {
  if (unitFrom === 'heading') {
    return `Taken from the heading “${column}”.`;
  }
  return unitFrom === 'values' ? 'Recognised by the values. Please check.' : 'The file does not say it, and the values could be either.';
}

export function Problems({ problems }: { problems: Problem[] }) {
  const shown = problems.slice(0, SHOWN_PROBLEMS);
  return (
    <Notice tone="warning" title={`${problems.length.toLocaleString()} ${problems.length === 1 ? 'line is' : 'lines are'} left out`}>
      <span className="small">The rest can be imported.</span>
      <details className="small" open={problems.length <= 5}>
        <summary>{problems.length > shown.length ? `The first ${shown.length} of them` : 'Which and why'}</summary>
        <ul className="problems">
          {shown.map((problem) => (
            <li key={problem.line}>
              Line {problem.line}: {problem.reason}.
            </li>
          ))}
        </ul>
      </details>
    </Notice>
  );
}
