import { describe, expect, it } from 'vitest';
import { toMilliseconds, wallClock } from './moment';
import { summarise } from './summary';
import { convert, format } from './unit';

describe('units', () => {
  it('convert there and back', () => {
    expect(convert(180, 'mg/dL', 'mmol/L')).toBeCloseTo(9.99, 2);
    expect(convert(convert(123, 'mg/dL', 'mmol/L'), 'mmol/L', 'mg/dL')).toBeCloseTo(123, 9);
    expect(format(5.55, 'mmol/L')).toMatch(/^5[.,][56]$/);
    expect(format(100.4, 'mg/dL')).toBe('100');
  });
});

describe('moments', () => {
  it('are wall-clock times or milliseconds', () => {
    expect(wallClock(2024, 1, 2, 3, 4, 5)).toBe(20240102030405);
    expect(toMilliseconds(20240102030405)).toBe(new Date(2024, 0, 2, 3, 4, 5).getTime());
    expect(toMilliseconds(1704164645000)).toBe(1704164645000);
  });
});

describe('a summary', () => {
  it('judges every reading in its own unit', () => {
    const points = [
      { time: 1, value: 69, unit: 'mg/dL' as const },
      { time: 2, value: 70, unit: 'mg/dL' as const },
      { time: 3, value: 10, unit: 'mmol/L' as const },
      { time: 4, value: 10.1, unit: 'mmol/L' as const },
    ];
    expect(summarise(points, 'mg/dL')).toMatchObject({ count: 4, below: 0.25, inRange: 0.5, above: 0.25 });
    expect(summarise([], 'mg/dL')).toBeUndefined();
  });
});
