import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Icon, Segmented, type IconName } from '../design';
import type { Point } from '../glucose/reading';
import { format, TARGET, type Unit } from '../glucose/unit';
import { options, series, verticalRange } from './plot';
import { useTouchPan } from './useTouchPan';
import { DAY, everything, latest, move, resize, WEEK, type Window } from './window';
import './GlucoseChart.css';

type Span = 'day' | 'week' | 'all';

const SPANS = [
  { value: 'day', text: '1 day' },
  { value: 'week', text: '1 week' },
  { value: 'all', text: 'All' },
] as const;

const DATE = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const DATE_AND_TIME = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });

/** Glucose over time. Drag to look closer, or use the buttons or the keyboard; the target range is the band. */
export function GlucoseChart({ points, unit, description }: { points: readonly Point[]; unit: Unit; description: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const readout = useRef<HTMLDivElement>(null);
  const limits = useMemo(() => everything(points[0]?.time ?? 0, points.at(-1)?.time ?? 0), [points]);
  const window = useRef<Window>(undefined);
  const [shown, setShown] = useState<Window>(limits);
  const data = useMemo(() => series(points, unit), [points, unit]);

  const show = useCallback((next: Window) => {
    plot.current?.setScale('x', { min: next.min / 1_000, max: next.max / 1_000 });
  }, []);

  useEffect(() => {
    window.current = limits.max - limits.min > 2.2 * WEEK ? latest(WEEK, limits) : limits;
  }, [limits]);

  useEffect(() => {
    const element = holder.current;
    if (!element) {
      return;
    }
    const tell = (index: number | null) => {
      const value = index === null ? null : data[1][index];
      const time = index === null ? undefined : data[0][index];
      if (readout.current) {
        readout.current.textContent = value == null || time === undefined ? '' : `${DATE_AND_TIME.format(time * 1_000)}: ${format(value, unit)} ${unit}`;
      }
    };
    const draw = () => {
      plot.current?.destroy();
      const settings = options(element, element.clientWidth, element.clientHeight, unit, verticalRange(data[1], unit), {
        onCursor: tell,
        onRange: (min, max) => {
          window.current = { min, max };
          setShown({ min, max });
        },
      });
      const initial = window.current ?? limits;
      plot.current = new uPlot(settings, data, element);
      show(initial);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: element.clientHeight }));
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [data, unit, limits, show]);

  const current = () => window.current ?? limits;
  useTouchPan(holder, plot, (share) => show(move(current(), share, limits)));

  const choose = (span: Span) => show(span === 'all' ? limits : latest(span === 'day' ? DAY : WEEK, limits));
  const press = (event: KeyboardEvent) => {
    const action = { ArrowLeft: () => move(current(), -0.25, limits), ArrowRight: () => move(current(), 0.25, limits), '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), '0': () => limits }[event.key];
    if (action && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      show(action());
    }
  };
  const zoom = (factor: number) => resize(current(), (current().max - current().min) * factor, limits);
  const { low, high } = TARGET[unit];
  const buttons: [label: string, icon: IconName, window: () => Window][] = [
    ['Earlier', 'back', () => move(current(), -0.8, limits)],
    ['Later', 'forward', () => move(current(), 0.8, limits)],
    ['Closer', 'plus', () => zoom(0.5)],
    ['Further away', 'minus', () => zoom(2)],
  ];
  return (
    <div className="chart">
      <div className="row-apart">
        <Segmented label="How much time to show" value={spanOf(shown, limits)} onChange={choose} options={SPANS} />
        <div className="chart-buttons">
          {buttons.map(([label, icon, next]) => (
            <button key={label} type="button" aria-label={label} title={label} onClick={() => show(next())}>
              <Icon name={icon} />
            </button>
          ))}
        </div>
      </div>
      <div className="chart-frame">
        <div className="chart-plot" ref={holder} tabIndex={0} role="group" aria-roledescription="chart" aria-label={description} aria-keyshortcuts="ArrowLeft ArrowRight + - 0" onKeyDown={press} />
        <div className="chart-readout small" ref={readout} aria-hidden="true" />
      </div>
      <div className="row-apart small muted">
        <span>
          {DATE.formatRange(Math.max(shown.min, limits.min), Math.min(shown.max, limits.max))}
          <span className="visually-hidden" aria-live="polite">
            {' '}
            shown
          </span>
        </span>
        <span>
          <span className="chart-key" aria-hidden="true" /> Target {format(low, unit)}–{format(high, unit)} {unit}
        </span>
      </div>
    </div>
  );
}

/** Which of the buttons stands for what is shown, if any. */
function spanOf(shown: Window, limits: Window): Span | undefined {
  const span = shown.max - shown.min;
  const close = (other: number) => Math.abs(span - other) < other * 0.005;
  if (close(limits.max - limits.min)) {
    return 'all';
  }
  return close(DAY) ? 'day' : close(WEEK) ? 'week' : undefined;
}
