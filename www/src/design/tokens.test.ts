import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)');
const colours = (part: string) => Object.fromEntries([...part.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
const schemes = { light: colours(light), dark: { ...colours(light), ...colours(dark) } };

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => {
    const channel = parseInt(hex.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Text and what it stands on: AA asks for 4.5. */
const TEXTS = [
  ...['background', 'surface', 'surface-sunken', 'surface-tinted', 'neutral-surface', 'good-surface', 'warning-surface', 'danger-surface'].map((ground) => ['text', ground]),
  ...['background', 'surface', 'surface-sunken', 'surface-tinted'].flatMap((ground) => [['text-muted', ground], ['link', ground]]),
  ['link', 'warning-surface'],
  ['link', 'danger-surface'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['accent', 'surface'],
  ['accent', 'surface-tinted'],
  ['surface', 'danger'],
  ['surface', 'danger-hover'],
  ['danger', 'surface'],
  ['danger', 'danger-surface'],
  ['good', 'good-surface'],
  ['warning', 'warning-surface'],
  ['neutral', 'neutral-surface'],
  ['chart-axis', 'surface'],
] as [string, string][];

/** Borders of controls, the focus ring and lines of the chart: AA asks for 3. */
const SHAPES = [
  ['border-strong', 'surface'],
  ['focus', 'surface'],
  ['focus', 'background'],
  ['chart-line', 'surface'],
  ['chart-high', 'surface'],
  ['chart-low', 'surface'],
] as [string, string][];

describe.each(Object.entries(schemes))('contrast in the %s scheme', (_, palette) => {
  const between = (a: string, b: string) => contrast(palette[a] ?? '', palette[b] ?? '');
  it.each(TEXTS)('of text: %s on %s', (text, ground) => expect(between(text, ground)).toBeGreaterThanOrEqual(4.5));
  it.each(SHAPES)('of shapes: %s on %s', (shape, ground) => expect(between(shape, ground)).toBeGreaterThanOrEqual(3));
});
