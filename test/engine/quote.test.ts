import { expect, it } from 'vitest';
import { quoteAll, shellWords } from '../../engine/quote.ts';

it('words are split as a shell splits them, and quoted so that it does', () => {
  expect(shellWords(`-o 'a b' --x="c \\"d\\" \\e" f\\ g ''`)).toEqual(['-o', 'a b', '--x=c "d" \\e', 'f g', '']);
  const words = ['a b', `it's`, '$x "y"', '', 'é\nz', '=a'];
  expect(shellWords(quoteAll(words))).toEqual(words);
});

it.each([
  [`echo 'it's "q"'`, `the command has no closing '`],
  ['echo "a', 'the command has no closing "'],
  ['echo a\\', 'the command ends in a backslash'],
])('%s', (text, said) => {
  expect(() => shellWords(text)).toThrow(said);
});
