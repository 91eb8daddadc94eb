import { useMemo, useState, type ReactNode } from 'react';
import { Card, Progress, Segmented } from '../design';
import type { Point } from '../glucose/reading';
import { summarise, type Summary } from '../glucose/summary';
import { format, type Unit } from '../glucose/unit';
import { GlucoseChart } from './GlucoseChart';
import './Record.css';

const UNITS = [
  { value: 'mg/dL', text: 'mg/dL' },
  { value: 'mmol/L', text: 'mmol/L' },
] as const;

/** Remembers the unit that the person reads; nothing else of the record is kept in the clear. */
const UNIT_KEY = 'glucose unit';

const LONG_DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const percent = (share: number) => share.toLocaleString(undefined, { style: 'percent', maximumFractionDigits: share > 0 && share < 0.01 ? 1 : 0 });

interface Properties {
  points: readonly Point[];
  title: string;
  /** While the rest of the record is on its way: how many records have been read. */
  loading?: { done: number } | undefined;
}

/** A whole glucose record: the figures, then the chart. The same for the patient and for her clinic. */
export function Record({ points, title, loading }: Properties) {
  const [unit, setUnit] = useState<Unit>(() => (localStorage.getItem(UNIT_KEY) as Unit | null) ?? points.at(-1)?.unit ?? 'mg/dL');
  const summary = useMemo(() => summarise(points, unit), [points, unit]);
  const choose = (next: Unit) => {
    localStorage.setItem(UNIT_KEY, next);
    setUnit(next);
  };
  if (!summary) {
    return null;
  }
  const first = points[0]?.time ?? 0;
  const last = points.at(-1)?.time ?? 0;
  const period = LONG_DATE.formatRange(first, last);
  return (
    <Card title={title} actions={<Segmented label="Unit" value={unit} onChange={choose} options={UNITS} />}>
      <p className="muted">{period}</p>
      {loading && <Progress label="Opening the record" detail={`${Math.max(loading.done, summary.count).toLocaleString()} records so far`} />}
      <dl className="figures">
        <Figure name="readings">
          <data value={summary.count} data-testid={loading ? 'reading-count-so-far' : 'reading-count'}>
            {summary.count.toLocaleString()}
          </data>
        </Figure>
        <Figure name={`mean, ${unit}`}>{format(summary.mean, unit)}</Figure>
        <Figure name="in target range">{percent(summary.inRange)}</Figure>
      </dl>
      <Ranges summary={summary} />
      <GlucoseChart points={points} unit={unit} description={`Glucose over time, ${summary.count.toLocaleString()} readings, ${period}. Mean ${format(summary.mean, unit)} ${unit}, ${percent(summary.inRange)} in the target range.`} />
    </Card>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Ranges({ summary }: { summary: Summary }) {
  const parts = [
    { name: 'below', share: summary.below, look: 'ranges-low' },
    { name: 'in range', share: summary.inRange, look: 'ranges-in' },
    { name: 'above', share: summary.above, look: 'ranges-high' },
  ];
  return (
    <div className="ranges">
      <div className="ranges-bar" aria-hidden="true">
        {parts.map((part) => part.share > 0 && <span key={part.name} className={part.look} style={{ flex: `${part.share} 0 ${part.share < 0.02 ? '4px' : '0'}` }} />)}
      </div>
      <div className="ranges-legend small">
        {parts.map((part) => (
          <span key={part.name}>
            <i className={part.look} aria-hidden="true" />
            {percent(part.share)} {part.name}
          </span>
        ))}
      </div>
    </div>
  );
}
