import type { Point } from './reading';
import { convert, TARGET, type Unit } from './unit';

/** The figures that care teams look at first. */
export interface Summary {
  count: number;
  /** In the unit asked for. */
  mean: number;
  /** Shares between 0 and 1 of the readings below, in and above the target range; together 1. */
  below: number;
  inRange: number;
  above: number;
}

/** Undefined where there is nothing to sum up. A reading is judged in the unit it was measured in, so that the unit shown changes nothing. */
export function summarise(points: readonly Point[], unit: Unit): Summary | undefined {
  if (points.length === 0) {
    return undefined;
  }
  let sum = 0;
  let below = 0;
  let above = 0;
  for (const point of points) {
    sum += convert(point.value, point.unit, unit);
    const { low, high } = TARGET[point.unit];
    if (point.value < low) {
      below += 1;
    } else if (point.value > high) {
      above += 1;
    }
  }
  const count = points.length;
  return { count, mean: sum / count, below: below / count, inRange: (count - below - above) / count, above: above / count };
}
