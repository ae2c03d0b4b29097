// Differences of forms, and three versions beside one another.

import { ExactNumber } from '@kartoteka/sdk';
import { expect, test } from 'vitest';
import {
  changesOf,
  createBody,
  differences,
  evident,
  merged,
  sameProperty,
  sameValue,
  type Writable,
} from './draft.ts';

const WRITABLE: Writable = {
  groups: [['name'], ['amount'], ['amount_currency'], ['code'], ['regarding_id', 'regarding_type'], ['settings']],
  numeric: new Set(['amount']),
};
const BASE = {
  name: 'Roof',
  amount: '5.0000',
  amount_currency: 'EUR',
  code: '01',
  regarding_id: 'A',
  regarding_type: 'x',
};

test('a change sends what differs and nothing else', () => {
  expect(changesOf(WRITABLE, BASE, { ...BASE })).toBeNull();
  expect(changesOf(WRITABLE, BASE, { ...BASE, name: 'Gate', version: '9' })).toEqual({ name: 'Gate' });
  expect(changesOf(WRITABLE, BASE, { ...BASE, name: undefined })).toEqual({ name: null });
});

test('an amount written in another way is no change, a text of digits is one', () => {
  expect(changesOf(WRITABLE, BASE, { ...BASE, amount: '5' })).toBeNull();
  expect(changesOf(WRITABLE, BASE, { ...BASE, code: '1' })).toEqual({ code: '1' });
  expect(sameProperty('0.10', '.1')).toBe(true);
  expect(sameProperty('-0', '0.0')).toBe(true);
  expect(sameProperty('9007199254740993', '9007199254740992')).toBe(false);
  expect(sameProperty('', '0')).toBe(false);
  expect(sameProperty('5', '-5')).toBe(false);
});

test('an id goes with the type beside it', () => {
  expect(changesOf(WRITABLE, BASE, { ...BASE, regarding_id: 'B' })).toEqual({ regarding_id: 'B', regarding_type: 'x' });
  expect(changesOf(WRITABLE, BASE, { ...BASE, regarding_id: null, regarding_type: null })).toEqual({
    regarding_id: null,
    regarding_type: null,
  });
});

test('JSON is compared by what it says, numbers by their digits', () => {
  expect(sameValue({ a: 1, b: [null] }, { b: [null], a: 1 })).toBe(true);
  expect(sameValue({ a: null }, {})).toBe(false);
  expect(sameValue([], {})).toBe(false);
  expect(sameValue(new ExactNumber('12345678901234567890'), new ExactNumber('12345678901234567891'))).toBe(false);
});

test('a create sends what was filled in, and that a default was taken away', () => {
  expect(
    createBody(WRITABLE, { amount_currency: 'EUR' }, { name: 'Gate', amount: null, amount_currency: null }),
  ).toEqual({
    name: 'Gate',
    amount_currency: null,
  });
});

test('what one of two has changed decides itself, what both have is left to choose', () => {
  const mine = { ...BASE, name: 'Gate', amount: '7' };
  const theirs = { ...BASE, name: 'Door', code: '02' };
  const found = differences(WRITABLE, BASE, mine, theirs);
  expect(found).toEqual([
    { properties: ['name'], changedBy: 'both' },
    { properties: ['amount'], changedBy: 'me' },
    { properties: ['code'], changedBy: 'them' },
  ]);
  const choices = evident(found);
  expect(choices).toEqual({ amount: 'mine', code: 'theirs' });
  expect(() => merged(found, choices, mine, theirs)).toThrow('name');
  expect(merged(found, { ...choices, name: 'mine' }, mine, theirs)).toEqual({ ...theirs, name: 'Gate', amount: '7' });
});

test('two who made the same change have no difference', () => {
  expect(differences(WRITABLE, BASE, { ...BASE, amount: '7' }, { ...BASE, amount: '7.0000' })).toEqual([]);
});
