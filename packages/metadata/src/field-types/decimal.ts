// Field type `decimal`: an exact number with fixed precision and scale. It must never round.

import type { FieldDocument } from '../documents.ts';
import { compareDecimals, decimalFits, parseDecimal } from '../exact-decimal.ts';
import type { FieldType, JsonSchema } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

const DEFAULT_PRECISION = 19;
const DEFAULT_SCALE = 4;
const precisionOf = (field: FieldDocument): number => (field.precision as number | undefined) ?? DEFAULT_PRECISION;
const scaleOf = (field: FieldDocument): number =>
  (field.scale as number | undefined) ?? Math.min(DEFAULT_SCALE, precisionOf(field));

const LIMIT: JsonSchema = {
  type: ['number', 'string'],
  exactDecimal: { precision: 60, scale: 30 },
  description: 'A number, or a string of digits where a JSON number would lose some',
};

function valueSchemaOf(field: FieldDocument): JsonSchema {
  return {
    type: ['number', 'string'],
    exactDecimal: {
      precision: precisionOf(field),
      scale: scaleOf(field),
      ...(field.min === undefined ? {} : { minimum: String(field.min) }),
      ...(field.max === undefined ? {} : { maximum: String(field.max) }),
    },
  };
}

function verifyLimits(field: FieldDocument): { pointer: string; reason: string }[] {
  const findings: { pointer: string; reason: string }[] = [];
  const [precision, scale] = [precisionOf(field), scaleOf(field)];
  if (scale > precision) findings.push({ pointer: '/scale', reason: 'scale is greater than precision' });
  for (const name of ['min', 'max'] as const) {
    const limit = field[name] === undefined ? undefined : parseDecimal(String(field[name]));
    if (limit !== undefined && !decimalFits(limit, precision, scale)) {
      findings.push({ pointer: `/${name}`, reason: `${name} does not fit precision ${precision} and scale ${scale}` });
    }
  }
  const [min, max] = [parseDecimal(String(field.min)), parseDecimal(String(field.max))];
  if (min && max && compareDecimals(min, max) > 0)
    findings.push({ pointer: '/min', reason: 'min is greater than max' });
  return findings;
}

export const fieldType: FieldType = {
  name: 'decimal',
  options: {
    precision: { type: 'integer', minimum: 1, maximum: 60, default: DEFAULT_PRECISION },
    scale: { type: 'integer', minimum: 0, maximum: 30, default: DEFAULT_SCALE },
    min: LIMIT,
    max: LIMIT,
  },
  verify: verifyLimits,
  properties: (field, context) => [
    {
      name: context.field,
      type: 'Edm.Decimal',
      sqlType: `numeric(${precisionOf(field)},${scaleOf(field)})`,
      precision: precisionOf(field),
      scale: scaleOf(field),
    },
  ],
  valueSchema: (field, context) => ({ [context.field]: valueSchemaOf(field) }),
  operators: OPERATORS.number,
  control: (field) => ({ widget: 'decimal', props: { scale: scaleOf(field) } }),
  examples: [
    {
      field: { type: 'decimal', precision: 19, scale: 4 },
      valid: [
        '-999999999999999.9999',
        -1,
        '-0.0001',
        0,
        '0.0001',
        0.1,
        19.99,
        '123456789012345.6789',
        '999999999999999.9999',
      ],
      invalid: ['1000000000000000', '0.00001', 0.00001, '1,5', '1.', '.5', '', 'NaN', 'INF', '1e400', true, [], {}],
    },
    {
      field: { type: 'decimal', precision: 38, scale: 18 },
      valid: [
        '-12345678901234567890.123456789012345678',
        '0.000000000000000001',
        '12345678901234567890.123456789012345678',
      ],
      invalid: ['0.0000000000000000001', '100000000000000000000'],
    },
    {
      field: { type: 'decimal', precision: 5, scale: 2, min: '-10.5', max: 10.5 },
      valid: [-10.5, -10.49, 0, 10.49, '10.50'],
      invalid: [-10.51, '10.51', 100],
    },
  ],
};
