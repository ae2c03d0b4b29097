// Field type `datetime`: a moment in time, microseconds kept. Any offset comes in; UTC is what is stored and answered.
import type { FieldType } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

export const fieldType: FieldType = {
  name: 'datetime',
  options: {},
  properties: (_field, context) => [{ name: context.field, type: 'Edm.DateTimeOffset', sqlType: 'timestamptz' }],
  valueSchema: (_field, context) => ({ [context.field]: { type: 'string', format: 'date-time' } }),
  operators: OPERATORS.datetime,
  control: () => ({ widget: 'datetime', props: {} }),
  examples: [
    {
      field: { type: 'datetime' },
      valid: [
        '0001-01-01T00:00:00Z',
        '1969-12-31T23:59:59.999999Z',
        '1970-01-01T00:00:00Z',
        '2024-02-29T12:00:00.000001Z',
        '2024-02-29T12:00:00.123456Z',
        '2026-11-22T10:00:00+03:00',
        '2026-11-22T07:00:00.5Z',
        '2026-11-22T00:30:00-08:00',
        '9999-12-31T23:59:59.999999Z',
      ],
      invalid: [
        ...[
          '2024-02-29T12:00:00',
          '2024-02-29',
          '2023-02-29T12:00:00Z',
          '2024-02-29T24:00:00Z',
          '2024-02-29T12:60:00Z',
        ],
        ...[
          '2024-02-29T12:00:60Z',
          '2024-02-29T12:00:00.1234567Z',
          '2024-02-29 12:00:00Z',
          '2024-02-29T12:00:00+25:00',
        ],
        ...[
          '0001-01-01T00:00:00+01:00',
          '9999-12-31T23:59:59-01:00',
          '0000-12-31T00:00:00Z',
          'now',
          '',
          1709208000,
          true,
          [],
          {},
        ],
      ],
    },
  ],
};
