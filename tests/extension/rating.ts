// Field type `rating`: one to `max` stars.
import type { FieldDocument } from '../documents.ts';
import type { FieldType } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

const maxOf = (field: FieldDocument): number => (field.max as number | undefined) ?? 5;

export const fieldType: FieldType = {
  name: 'rating',
  options: { max: { type: 'integer', minimum: 2, maximum: 10, default: 5, description: 'Most stars' } },
  properties: (field, context) => [
    {
      name: context.field,
      type: 'Edm.Int64',
      sqlType: 'bigint',
      check: (column) => `${column} between 1 and ${maxOf(field)}`,
    },
  ],
  valueSchema: (field, context) => ({ [context.field]: { type: 'integer', minimum: 1, maximum: maxOf(field) } }),
  operators: OPERATORS.number,
  control: (field) => ({ widget: 'rating', props: { max: maxOf(field) } }),
  examples: [{ field: { type: 'rating', max: 3 }, valid: [1, 2, 3], invalid: [0, 4, 1.5, '', 'two', true] }],
};
