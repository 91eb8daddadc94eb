import type { Session } from '../api';
import { toPoint, type Point } from './reading';

type DataSampleApi = Session['dataSampleApi'];

/** Drawn again when there are so many times as many as before: however many there are, that is a few times. */
const GROWTH = 1.5;

/** Reads the glucose readings of a vault, oldest first; what there is already is shown while the rest is on its way. */
export async function readPoints(api: DataSampleApi, options: Parameters<DataSampleApi['readDataSamples']>[0], show: (points: readonly Point[]) => void): Promise<readonly Point[]> {
  const points = new Points();
  let shown = 0;
  for await (const { items, removed } of api.readDataSamples(options)) {
    points.remove(removed);
    for (const item of items) {
      points.set(item.id ?? '', toPoint(item));
    }
    points.sort();
    if (points.sorted.length > shown * GROWTH) {
      shown = points.sorted.length;
      show(points.sorted);
    }
  }
  return points.sorted;
}

/** Points in the order of their times, to which others are added a few at a time. */
export class Points {
  sorted: readonly Point[] = [];
  readonly #byId = new Map<string, Point>();
  #added: Point[] = [];
  readonly #gone = new Set<Point>();

  remove(ids: readonly string[]): void {
    ids.forEach((id) => this.set(id, undefined));
  }

  set(id: string, point: Point | undefined): void {
    const before = this.#byId.get(id);
    if (before) {
      this.#gone.add(before);
      this.#byId.delete(id);
    }
    if (point) {
      this.#byId.set(id, point);
      this.#added.push(point);
    }
  }

  /** Puts what was added to its place. */
  sort(): void {
    const left = (points: readonly Point[]) => (this.#gone.size > 0 ? points.filter((point) => !this.#gone.has(point)) : points);
    const [before, added] = [left(this.sorted), [...left(this.#added)].sort((a, b) => a.time - b.time)];
    this.#added = [];
    this.#gone.clear();
    this.sorted = merged(before, added);
  }
}

/** Both in one order: all of them would take long to be sorted anew each time. */
function merged(before: readonly Point[], added: readonly Point[]): readonly Point[] {
  const first = added[0];
  if (!first) {
    return before;
  }
  // Mostly they are later than what is there.
  let end = before.length;
  while (end > 0 && (before[end - 1]?.time ?? 0) > first.time) {
    end -= 1;
  }
  const all = before.slice(0, end);
  let next = end;
  for (const point of added) {
    for (let other = before[next]; other && other.time <= point.time; other = before[next]) {
      all.push(other);
      next += 1;
    }
    all.push(point);
  }
  return all.concat(before.slice(next));
}
