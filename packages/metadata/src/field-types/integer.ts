// Field type `integer`: a whole number of 64 bits, exact in both directions.
import type { FieldDocument } from '../documents.ts';
import type { FieldType, JsonSchema } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

const limitOf = (value: unknown, otherwise: string): string => (value === undefined ? otherwise : String(value));

function valueSchemaOf(field: FieldDocument): JsonSchema {
  return {
    type: ['integer', 'string'],
    exactInteger: {
      minimum: limitOf(field.min, '-9223372036854775808'),
      maximum: limitOf(field.max, '9223372036854775807'),
    },
  };
}

export const fieldType: FieldType = {
  name: 'integer',
  options: {
    min: { type: 'integer', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    max: { type: 'integer', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
  },
  verify: (field) =>
    field.min !== undefined && field.max !== undefined && Number(field.min) > Number(field.max)
      ? [{ pointer: '/min', reason: 'min is greater than max' }]
      : [],
  properties: (_field, context) => [{ name: context.field, type: 'Edm.Int64', sqlType: 'bigint' }],
  valueSchema: (field, context) => ({ [context.field]: valueSchemaOf(field) }),
  operators: OPERATORS.number,
  control: (field) => ({ widget: 'integer', props: { min: field.min ?? null, max: field.max ?? null } }),
  examples: [
    {
      field: { type: 'integer' },
      valid: [
        '-9223372036854775808',
        '-9007199254740993',
        -9007199254740991,
        -1,
        0,
        1,
        9007199254740991,
        '9007199254740993',
        '9223372036854775807',
      ],
      invalid: ['9223372036854775808', '-9223372036854775809', 1.5, '1.5', '', ' 1', '0x10', 'one', true, [], {}],
    },
    { field: { type: 'integer', min: 0, max: 100 }, valid: [0, 1, 50, 99, 100], invalid: [-1, 101, '-1', '101'] },
  ],
};
