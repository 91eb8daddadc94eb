/** The letters and digits of a code, however it was typed. */
export const symbolsOf = (text: string): string => text.toUpperCase().replace(/[\s\p{Pd}\u2212]/gu, '');

/** A code in groups of four. */
export const groupsOf = (text: string): string[] => symbolsOf(text).match(/.{1,4}/gu) ?? [];
