import uPlot from 'uplot';
import type { Point } from '../glucose/reading';
import { convert, format, TARGET, type Unit } from '../glucose/unit';

const MINUTE = 60_000;
/** A sensor that misses a few readings is drawn through; a longer silence is a gap. */
const GAP = 20 * MINUTE;

/** Times in seconds and values in the unit shown, with an empty value in the middle of every gap. */
export function series(points: readonly Point[], unit: Unit): [number[], (number | null)[]] {
  const gap = Math.max(GAP, 3 * medianStep(points));
  const times: number[] = [];
  const values: (number | null)[] = [];
  let before: number | undefined;
  for (const point of points) {
    if (before !== undefined && point.time - before > gap) {
      times.push((before + point.time) / 2_000);
      values.push(null);
    }
    times.push(point.time / 1_000);
    values.push(convert(point.value, point.unit, unit));
    before = point.time;
  }
  return [times, values];
}

function medianStep(points: readonly Point[]): number {
  // Numbers among themselves are sorted much faster than by a function.
  const steps = Float64Array.from(points.slice(1), (point, index) => point.time - (points[index]?.time ?? 0)).sort();
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

/** The vertical range: always the whole target range with room around it, and whatever was measured. */
export function verticalRange(values: (number | null)[], unit: Unit): [number, number] {
  let highest = convert(250, 'mg/dL', unit);
  let lowest = convert(50, 'mg/dL', unit);
  for (const value of values) {
    if (value !== null) {
      highest = Math.max(highest, value);
      lowest = Math.min(lowest, value);
    }
  }
  const margin = convert(15, 'mg/dL', unit);
  return [Math.max(0, lowest - margin), highest + margin];
}

interface Events {
  onCursor: (index: number | null) => void;
  onRange: (min: number, max: number) => void;
}

/** uPlot's description of the glucose chart, in the colours of the current scheme. */
export function options(element: HTMLElement, width: number, height: number, unit: Unit, vertical: [number, number], events: Events): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--chart-${name}`).trim();
  const font = `12px ${style.fontFamily}`;
  const { low, high } = TARGET[unit];
  const axis = { stroke: colour('axis'), font, grid: { stroke: colour('grid'), width: 1 }, ticks: { show: false } };
  const [line, above, below] = [colour('line'), colour('high'), colour('low')];
  return {
    width,
    height,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: true, y: false, uni: 8 }, points: { size: 9, fill: line } },
    scales: { x: { time: true }, y: { range: vertical } },
    axes: [
      { ...axis, space: width < 480 ? 56 : 76, size: 44, values: (_, splits, __, ___, step) => timeLabels(splits, step) },
      { ...axis, size: 44, values: (_, splits) => splits.map((split) => format(split, unit === 'mmol/L' && Number.isInteger(split) ? 'mg/dL' : unit)) },
    ],
    series: [{}, { stroke: (plot) => byRange(plot, low, high, below, line, above), width: 1.75, points: { size: 4, fill: line } }],
    hooks: {
      drawClear: [(plot) => drawTarget(plot, low, high, colour('target'), colour('target-edge'))],
      setCursor: [(plot) => events.onCursor(plot.cursor.idx ?? null)],
      setScale: [(plot, key) => key === 'x' && events.onRange((plot.scales['x']?.min ?? 0) * 1_000, (plot.scales['x']?.max ?? 0) * 1_000)],
    },
  };
}

const DAY_LABEL = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const TIME_LABEL = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

/** Labels of the time axis in the reader's own way of writing; the day stands beneath the first time of each day. `step` is in seconds. */
function timeLabels(splits: number[], step: number): string[] {
  let before = '';
  return splits.map((split) => {
    const day = DAY_LABEL.format(split * 1_000);
    if (step >= 86_400) {
      return day;
    }
    const label = day === before ? TIME_LABEL.format(split * 1_000) : `${TIME_LABEL.format(split * 1_000)}\n${day}`;
    before = day;
    return label;
  });
}

function drawTarget(plot: uPlot, low: number, high: number, fill: string, edge: string): void {
  const { ctx, bbox } = plot;
  const [top, bottom] = [plot.valToPos(high, 'y', true), plot.valToPos(low, 'y', true)];
  ctx.save();
  ctx.fillStyle = fill;
  ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  ctx.strokeStyle = edge;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const y of [top, bottom]) {
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** One line whose colour says where it runs: below, within or above the target range. */
function byRange(plot: uPlot, low: number, high: number, below: string, within: string, above: string): CanvasGradient | string {
  const { top, height } = plot.bbox;
  const stop = (value: number) => Math.min(1, Math.max(0, (plot.valToPos(value, 'y', true) - top) / height));
  const [highStop, lowStop] = [stop(high), stop(low)];
  if (!Number.isFinite(highStop) || !Number.isFinite(lowStop)) {
    return within;
  }
  const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
  gradient.addColorStop(0, above);
  gradient.addColorStop(highStop, above);
  gradient.addColorStop(highStop, within);
  gradient.addColorStop(lowStop, within);
  gradient.addColorStop(lowStop, below);
  gradient.addColorStop(1, below);
  return gradient;
}
