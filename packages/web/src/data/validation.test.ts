import type { ClientField } from '@kartoteka/metadata';
import { expect, test } from 'vitest';
import { validateRecord } from './validation.ts';

const field = (name: string, values: ClientField['values']): ClientField =>
  ({ name, values }) as unknown as ClientField;
const entity = {
  fields: {
    name: field('name', { name: { schema: { type: 'string', maxLength: 3 }, nullable: false } }),
    state: field('state', { state: { schema: { type: 'string', enum: ['a'] }, nullable: false, has_default: true } }),
    amount: field('amount', {
      amount: { schema: { type: ['number', 'string'], exactDecimal: { precision: 5, scale: 2 } }, nullable: true },
    }),
  },
};
const found = (operation: 'create' | 'update', payload: Record<string, unknown>) =>
  validateRecord(entity, operation, payload).map(({ property, code, finding }) =>
    [property, code, finding?.keyword].filter(Boolean).join(' '),
  );

test('all that is wrong is found at once, and null and what is missing by the operation', () => {
  expect(found('create', { name: 'abcd', state: 'b', amount: '1.234' })).toEqual([
    'name invalid_value maxLength',
    'state invalid_value enum',
    'amount invalid_value exactDecimal',
  ]);
  expect(found('create', {})).toEqual(['name required']);
  expect(found('update', {})).toEqual([]);
  expect(found('update', { name: null, amount: null })).toEqual(['name required']);
  expect(found('update', { name: 'abc', state: 'a', amount: '999.99' })).toEqual([]);
});
