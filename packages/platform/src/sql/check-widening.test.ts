// Property-like table of condition pairs: only those that surely widen may be called wider.
import { expect, test } from 'vitest';
import { isWiderCheck } from './check-widening.ts';

const WIDER: readonly (readonly [string, string])[] = [
  ['char_length(a) <= 200', 'char_length(a) <= 300'],
  ["a in ('x', 'y')", "a in ('y', 'z', 'x')"],
  ["a = any(array['x'])", "a = any(array['x','it''s'])"],
  ['a >= 0 and a <= 100', 'a >= -5 and a <= 100'],
  ['a <= 9007199254740992', 'a <= 9007199254750000'],
  ['a > 0', 'a > 0'],
];

const UNKNOWN_OR_NARROWER: readonly (readonly [string, string])[] = [
  ['char_length(a) <= 300', 'char_length(a) <= 200'],
  ["a in ('x', 'y')", "a in ('x', 'z')"],
  ["a in ('x', 'y')", "a in ('x')"],
  ["not (a in ('x'))", "not (a in ('x', 'y'))"],
  ['a >= 0', 'a >= 1'],
  ['a >= 0', 'a >= 0 and a <= 5'],
  ['a >= 0', 'b >= 0'],
  ['a * 2 <= 5', 'a * 3 <= 5'],
  ['a <= 9007199254740993', 'a <= 9007199254740992'],
  ['a = 1', 'a = 2'],
];

test.each(WIDER)('a condition with a longer list or a looser bound is wider: %s -> %s', (before, after) => {
  expect(isWiderCheck(before, after)).toBe(true);
});

test.each(UNKNOWN_OR_NARROWER)(
  'a condition that may exclude a stored row is not called wider: %s -> %s',
  (before, after) => {
    expect(isWiderCheck(before, after)).toBe(false);
  },
);
