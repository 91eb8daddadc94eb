import { useId } from 'react';
import './Progress.css';

interface Properties {
  label: string;
  /** Without a total the length of the work is unknown and the bar only moves. */
  done?: number;
  total?: number;
  detail?: string;
}

/** How far a piece of work has come. Quarters are announced; every step would be noise. */
export function Progress({ label, done = 0, total, detail }: Properties) {
  const id = useId();
  const share = total ? Math.min(1, done / total) : undefined;
  const quarter = share === undefined ? 0 : Math.floor(share * 4) * 25;
  return (
    <div className={share === undefined ? 'progress progress-unknown' : 'progress'}>
      <div className="row-apart">
        <span id={id}>{label}</span>
        {share !== undefined && <span className="mono">{Math.floor(share * 100)} %</span>}
      </div>
      <div className="progress-track" role="progressbar" aria-labelledby={id} aria-valuemin={0} aria-valuemax={100} aria-valuenow={share === undefined ? undefined : Math.floor(share * 100)}>
        <div className="progress-bar" style={share === undefined ? undefined : { transform: `scaleX(${share})` }} />
      </div>
      {detail && <div className="muted small">{detail}</div>}
      <div className="visually-hidden" aria-live="polite">
        {quarter > 0 ? `${label}: ${quarter} %` : label}
      </div>
    </div>
  );
}
