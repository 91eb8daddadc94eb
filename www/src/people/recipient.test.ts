import { expect, it } from 'vitest';
import { checkWho } from './recipient';

const me = { id: 'abcdefghij', email: 'Jill@jellyfish.example' };

it.each([
  ['', 'Enter an e-mail address or an id.'],
  [' jill@JELLYFISH.example ', 'This is you.'],
  ['abcdefghij', 'This is you.'],
  ['mary', 'This is neither an e-mail address nor an id.'],
  ['mary@seastar.example', undefined],
  [' 0123456789ab ', undefined],
])('%j: %j', (typed, problem) => {
  expect(checkWho(typed, me)).toBe(problem);
});
