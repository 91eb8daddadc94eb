import { describe, expect, it } from 'vitest';
import { Points } from './points';

const point = (time: number) => ({ time, value: 100, unit: 'mg/dL' as const });

describe('points', () => {
  const times = (points: Points) => points.sorted.map(({ time }) => time);

  it('are in the order of their times, whenever they come', () => {
    const points = new Points();
    const expected: number[] = [];
    for (let piece = 0; piece < 20; piece += 1) {
      for (let index = 0; index < 7; index += 1) {
        const time = (piece * 7919 + index * 104_729) % 1_000;
        points.set(`${piece}/${index}`, point(time));
        expected.push(time);
      }
      points.sort();
      expect(times(points)).toEqual(expected.toSorted((a, b) => a - b));
    }
  });

  it('are replaced, and go', () => {
    const points = new Points();
    ['one', 'two', 'three'].forEach((id, index) => points.set(id, point(index)));
    points.sort();
    points.set('two', point(7));
    points.remove(['one', 'unknown']);
    points.sort();
    expect(times(points)).toEqual([2, 7]);
    points.set('three', point(5));
    points.set('three', point(9));
    points.set('two', undefined);
    points.sort();
    expect(times(points)).toEqual([9]);
  });
});
