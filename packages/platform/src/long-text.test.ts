// JSON in pieces is the JSON that one call prints.
import { atOnce } from '@kartoteka/metadata';
import { expect, test } from 'vitest';
import { etagSteps, jsonSteps } from './long-text.ts';

test.each([
  ['nested members', { a: { b: { c: { d: [1, { e: null }] } } }, '"quoted"\n': 'ü\u2028', empty: {}, list: [] }],
  ['members without a value', { a: undefined, b: { c: undefined, d: 1 } }],
  ['what is no object', [1, 'a', null, true]],
  ['null', null],
])('%s', (_what, value) => {
  expect(atOnce(jsonSteps(value))).toBe(JSON.stringify(value));
});

test('entity tags tell texts apart that are longer than a piece', () => {
  const text = 'x'.repeat(3_000_000);
  expect(atOnce(etagSteps(text))).toBe(atOnce(etagSteps(text)));
  expect(atOnce(etagSteps(text))).not.toBe(atOnce(etagSteps(`${text}y`)));
});
