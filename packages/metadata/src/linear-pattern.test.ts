import fc from 'fast-check';
import { expect, test } from 'vitest';
import { patternProblem, wholeValuePattern } from './linear-pattern.ts';

test.each([
  'abc',
  '[A-Z]{2}-\\d{4}',
  '\\d{3}(?:-\\d{2}){0,3}',
  '(?:\\+[1-9])?\\d{5,15}',
  '[^@\\s]+@[^@\\s]+',
  'a*b*c*',
  '(?:ab)*',
  '(?:a|b|cd)+e',
  'x(?:y(?:z)?)?',
  '\\p{Lu}[a-z]*',
  '[\\w.-]{1,20}',
  '\\/\\.[\\-]',
  '.{0,100}',
  '(?:)',
])('%s is accepted', (pattern) => {
  expect(patternProblem(pattern)).toBeUndefined();
});

test.each([
  ['(a+)+', 'two ways'],
  ['(a*)*', 'two ways'],
  ['(?:a|a)*', 'two ways'],
  ['(?:a|ab)(?:c|bcd)', 'two ways'],
  ['(?:a?|b?)*', 'two ways'],
  ['(?:(?:a?|b?)c)*', 'two ways'],
  ['(?:a?){20}a{20}', 'two ways'],
  ['.*.*', 'two ways'],
  ['.*x', 'two ways'],
  ['\\d+\\d+', 'two ways'],
  ['\\d*5', 'two ways'],
  ['(?:a|b)*a(?:a|b)', 'two ways'],
  ['\\p{L}*é', 'two ways'],
  ['\\w*\\d', 'two ways'],
  ['(a)\\1', 'Back references'],
  ['(?<x>a)\\k<x>', 'Look-around, named groups'],
  ['(?=a)a', 'Look-around'],
  ['(?!a)b', 'Look-around'],
  ['(?<=a)b', 'Look-around'],
  ['a*?', 'Lazy'],
  ['^a$', 'always matches the whole value'],
  ['\\bfoo', '\\b is not accepted'],
  ['[^\\p{L}]*', 'negated'],
  ['a{501}', 'above 500'],
  ['(?:a{500}){3}', 'too large'],
  ['(', 'not a regular expression'],
  ['a)', 'not a regular expression'],
  ['[z-a]', 'not a regular expression'],
  ['*', 'not a regular expression'],
  ['(?:'.repeat(30) + ')'.repeat(30), 'too deeply'],
])('%s is refused', (pattern, reason) => {
  expect(patternProblem(pattern)).toContain(reason);
});

const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '\\w', '.', 'c');
const pattern = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}')).map(([a, q]) => `(?:${a})${q}`),
  ),
})).node;

test('what is accepted never takes long, on texts made to make it backtrack', () => {
  let accepted = 0;
  fc.assert(
    fc.property(pattern, fc.constantFrom('a', 'b', 'ab', 'c', 'abc'), (source, unit) => {
      if (patternProblem(source) !== undefined) return;
      accepted += 1;
      const expression = new RegExp(wholeValuePattern(source), 'u');
      const started = performance.now();
      expression.test(`${unit.repeat(10_000)}!`);
      expect(performance.now() - started).toBeLessThan(250);
    }),
    { numRuns: 1500 },
  );
  expect(accepted).toBeGreaterThan(100);
});
