import { expect, test } from 'vitest';
import { memberNames } from './member-names.ts';

test.each([
  ['{}', []],
  ['{"a":1}', ['a']],
  [' { "a" : 1 , "b":[{"c":1},":"], "a":{"d":{"e":2}} } ', ['a', 'b', 'a']],
  ['{"a\\"b":"x\\\\","\\u0061":":","":"{\\"z\\":1}"}', ['a"b', 'a', '']],
  ['{"__proto__":1,"__proto__":2}', ['__proto__', '__proto__']],
])('names of %s', (text, names) => {
  expect(memberNames(text)).toEqual(names);
});

test('backslashes in long strings cost one pass', () => {
  const text = JSON.stringify({ a: '\\'.repeat(200_000), b: '"'.repeat(200_000) });
  const begin = performance.now();
  expect(memberNames(text)).toEqual(['a', 'b']);
  expect(performance.now() - begin).toBeLessThan(1000);
});
