// Field type `date`: a calendar day without time or zone. It never shifts.
import type { FieldDocument } from '../documents.ts';
import type { FieldType, JsonSchema } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

function valueSchemaOf(field: FieldDocument): JsonSchema {
  return {
    type: 'string',
    format: 'date',
    ...(field.min === undefined ? {} : { dateMinimum: field.min }),
    ...(field.max === undefined ? {} : { dateMaximum: field.max }),
  };
}

export const fieldType: FieldType = {
  name: 'date',
  options: {
    min: { type: 'string', format: 'date' },
    max: { type: 'string', format: 'date' },
  },
  verify: (field) =>
    field.min !== undefined && field.max !== undefined && String(field.min) > String(field.max)
      ? [{ pointer: '/min', reason: 'min is later than max' }]
      : [],
  properties: (_field, context) => [{ name: context.field, type: 'Edm.Date', sqlType: 'date' }],
  valueSchema: (field, context) => ({ [context.field]: valueSchemaOf(field) }),
  operators: OPERATORS.date,
  control: (field) => ({ widget: 'date', props: { min: field.min ?? null, max: field.max ?? null } }),
  examples: [
    {
      field: { type: 'date' },
      valid: [
        '0001-01-01',
        '1582-10-10',
        '1900-02-28',
        '1970-01-01',
        '2000-02-29',
        '2024-02-29',
        '2026-11-22',
        '9999-12-31',
      ],
      invalid: [
        ...[
          '0000-01-01',
          '1900-02-29',
          '2023-02-29',
          '2024-02-30',
          '2024-13-01',
          '2024-00-10',
          '2024-01-00',
          '2024-04-31',
        ],
        ...[
          '10000-01-01',
          '-0001-01-01',
          '2024-1-1',
          '24-01-01',
          '2024-01-01T00:00:00Z',
          '22.11.2026',
          'today',
          'infinity',
          '',
        ],
        ...[20240101, true, [], {}],
      ],
    },
    {
      field: { type: 'date', min: '2000-01-01', max: '2000-12-31' },
      valid: ['2000-01-01', '2000-06-15', '2000-12-31'],
      invalid: ['1999-12-31', '2001-01-01'],
    },
  ],
};
