import { expect, test } from 'vitest';
import { canonicalJson, contentHash } from './content-hash.ts';

test('equal content has one hash, whatever the order of keys and members that are undefined', () => {
  expect(contentHash({ b: [1, null], a: { c: 'x', d: undefined } })).toBe(contentHash({ a: { c: 'x' }, b: [1, null] }));
  expect(contentHash({})).toMatch(/^[0-9a-f]{32}$/);
});

test('maps and sets count with their order', () => {
  expect(canonicalJson(new Map([['b', new Set([2, 1])]]))).toBe('[["b",[2,1]]]');
  expect(
    contentHash(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    ),
  ).not.toBe(
    contentHash(
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ),
  );
});

test('a hundred thousand small differences have a hundred thousand hashes', () => {
  const hashes = new Set(Array.from({ length: 100_000 }, (_, index) => contentHash(`entity ${index}`)));
  expect(hashes.size).toBe(100_000);
  const swapped = [
    contentHash('ab'),
    contentHash('ba'),
    contentHash('a\u0000'),
    contentHash('\u0000a'),
    contentHash('a'),
  ];
  expect(new Set(swapped).size).toBe(swapped.length);
});
