/** A safety number: twelve groups of five digits, the first six from the one and the last six from the other of two people. */
const GROUP = /\d{5}/g;

/** Its groups, however it is written. */
export const groupsOf = (digits: string): string[] => onlyDigits(digits).match(GROUP) ?? [];

const onlyDigits = (text: string): string => text.replace(/\D/g, '');

export type Comparison = { state: 'incomplete'; missing: number } | { state: 'different'; group: number } | { state: 'same' };

/** Compares what was typed with the number, as far as it was typed: the first group that differs is named as soon as it does. */
export function compare(typed: string, digits: string): Comparison {
  const [given, wanted] = [onlyDigits(typed), onlyDigits(digits)];
  const wrong = [...given].findIndex((digit, place) => wanted[place] !== digit);
  if (wrong !== -1) {
    return { state: 'different', group: Math.floor(wrong / 5) + 1 };
  }
  return given.length < wanted.length ? { state: 'incomplete', missing: wanted.length - given.length } : { state: 'same' };
}

/** Whose six groups stand first: the number is made in the order of the ids. */
export function halves(digits: string, me: string, them: string): { mine: string[]; theirs: string[] } {
  const groups = groupsOf(digits);
  const [first, second] = [groups.slice(0, 6), groups.slice(6)];
  return me < them ? { mine: first, theirs: second } : { mine: second, theirs: first };
}
