import { checkShareCode, TidelockError } from '../api';
import { errorText } from '../errors/describe';

/** What the package says about a code as typed so far. */
export type CodeState = { state: 'valid'; code: string } | { state: 'wrong'; reason: string } | { state: 'incomplete'; reason: string };

export function examine(text: string): CodeState {
  try {
    return { state: 'valid', code: checkShareCode(text) };
  } catch (error) {
    const wrong = error instanceof TidelockError ? wrongSymbol(error) : undefined;
    return wrong ? { state: 'wrong', reason: wrong } : { state: 'incomplete', reason: errorText(error) };
  }
}

/** “The 4th symbol, “O”, does not occur in share codes. Perhaps it is “Q” or “D”.” */
function wrongSymbol({ details }: TidelockError): string | undefined {
  const { position, found, suggestions } = (details ?? {}) as { position?: unknown; found?: unknown; suggestions?: unknown };
  if (typeof position !== 'number' || typeof found !== 'string') {
    return undefined;
  }
  const perhaps = Array.isArray(suggestions) && suggestions.length > 0 ? `Perhaps it is ${list(suggestions.map((symbol) => `“${String(symbol)}”`))}.` : 'Compare it with the code from your clinic.';
  return `Symbol ${position}, “${found}”, does not occur in share codes. ${perhaps}`;
}

const list = (words: string[]): string => new Intl.ListFormat('en', { type: 'disjunction' }).format(words);
