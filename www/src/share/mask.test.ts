import { describe, expect, it } from 'vitest';
import { mask, maskedPosition } from './mask';

describe('the mask of a share code', () => {
  it.each([
    ['', ''],
    ['jdz', 'JDZ'],
    ['jdzy', 'JDZY'],
    ['jdzyk', 'JDZY-K'],
    [' jdzy ks2f  ar8t ', 'JDZY-KS2F-AR8T'],
    ['JDZY–KS2F—AR8T', 'JDZY-KS2F-AR8T'],
    ['jdzyks2far8t', 'JDZY-KS2F-AR8T'],
    ['jdzo-0000', 'JDZO-0000'],
    ['jdzyks2far8tx', 'JDZY-KS2F-AR8T-X'],
  ])('shows %j as %j', (typed, shown) => {
    expect(mask(typed)).toBe(shown);
    expect(mask(shown)).toBe(shown);
  });

  it('keeps the cursor behind the symbol that was typed', () => {
    expect(maskedPosition('jdzyk', 5)).toBe(6);
    expect(maskedPosition('JDZY', 4)).toBe(4);
    expect(maskedPosition('JDXZY-KS2F', 3)).toBe(3);
    expect(maskedPosition('', 0)).toBe(0);
  });
});
