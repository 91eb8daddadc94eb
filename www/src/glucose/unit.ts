/** The two units in which the world measures glucose. */
export type Unit = 'mg/dL' | 'mmol/L';

/** Milligrams per decilitre in one millimole per litre: a tenth of the molar mass of glucose, 180.1559 g/mol. */
export const MG_DL_PER_MMOL_L = 18.01559;

export function convert(value: number, from: Unit, to: Unit): number {
  if (from === to) {
    return value;
  }
  return from === 'mmol/L' ? value * MG_DL_PER_MMOL_L : value / MG_DL_PER_MMOL_L;
}

/** A value as people write it: whole milligrams, tenths of millimoles. */
export function format(value: number, unit: Unit): string {
  const digits = unit === 'mmol/L' ? 1 : 0;
  return value.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The range that most people with diabetes are advised to stay in (international consensus on time in range, 2019). */
export const TARGET: Record<Unit, { low: number; high: number }> = {
  'mg/dL': { low: 70, high: 180 },
  'mmol/L': { low: 3.9, high: 10.0 },
};

/** What a glucose value can be at all; anything else is a broken line. */
export const POSSIBLE: Record<Unit, { low: number; high: number }> = {
  'mg/dL': { low: 10, high: 1_000 },
  'mmol/L': { low: 0.5, high: 55.5 },
};
