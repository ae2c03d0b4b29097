// Field type `formula`: a value computed in the query from other properties of the same record. It has no column, so that a
// change of the expression changes no row; it is read like any property and never written.
import { computedOptionFindings } from '../computed-options.ts';
import type { FieldDocument } from '../documents.ts';
import type { ComputedExample, FieldType, FormulaSpec, JsonSchema, PropertySpec } from '../field-type.ts';
import { moneyDisplay } from '../money-text.ts';
import { baseAmountProperty, currencyProperty } from '../names.ts';
import { OPERATORS } from '../operators.ts';

/** As a decimal field; of money as its base amount. */
const DEFAULTS = { decimal: { precision: 19, scale: 4 }, money: { precision: 31, scale: 4 }, maxLength: 255 };

type Result = 'text' | 'integer' | 'decimal' | 'money' | 'boolean' | 'date' | 'datetime';

interface ResultType extends Pick<PropertySpec, 'type' | 'sqlType' | 'precision' | 'scale' | 'maxLength'> {
  readonly expects: FormulaSpec['expects'];
  readonly fit: FormulaSpec['fit'];
  readonly operators: readonly string[];
}

const decimals = (precision: number, scale: number): ResultType => ({
  type: 'Edm.Decimal',
  sqlType: `numeric(${precision},${scale})`,
  precision,
  scale,
  expects: 'decimal',
  fit: { kind: 'number', scale, limit: `1${'0'.repeat(precision - scale)}` },
  operators: OPERATORS.number,
});

const RESULTS: Readonly<Record<Result, (field: FieldDocument) => ResultType>> = {
  text: (field) => {
    const maxLength = (field.max_length as number | undefined) ?? DEFAULTS.maxLength;
    const fit = { kind: 'text', maxLength } as const;
    const sqlType = 'text collate "und-x-icu"';
    return { type: 'Edm.String', sqlType, maxLength, expects: 'string', fit, operators: OPERATORS.text };
  },
  integer: () => ({
    type: 'Edm.Int64',
    sqlType: 'bigint',
    expects: 'integer',
    fit: { kind: 'number', scale: 0, limit: String(2n ** 63n) },
    operators: OPERATORS.number,
  }),
  decimal: (field) => decimals(precisionOf(field), scaleOf(field)),
  money: (field) => decimals(DEFAULTS.money.precision, scaleOf(field)),
  boolean: () => plain('Edm.Boolean', 'boolean', 'boolean', OPERATORS.boolean),
  date: () => plain('Edm.Date', 'date', 'date', OPERATORS.date),
  datetime: () => plain('Edm.DateTimeOffset', 'timestamptz', 'datetime', OPERATORS.datetime),
};

function plain(
  type: ResultType['type'],
  sqlType: string,
  expects: ResultType['expects'],
  operators: readonly string[],
): ResultType {
  return { type, sqlType, expects, fit: null, operators };
}

const precisionOf = (field: FieldDocument): number =>
  (field.precision as number | undefined) ?? DEFAULTS.decimal.precision;
const scaleOf = (field: FieldDocument): number =>
  (field.scale as number | undefined) ?? Math.min(DEFAULTS.decimal.scale, precisionOf(field));

/** Options that mean something for some results only. */
const OPTIONS_OF: Readonly<Record<string, readonly Result[]>> = {
  precision: ['decimal'],
  scale: ['decimal', 'money'],
  max_length: ['text'],
};

function verifyFormula(field: FieldDocument): { pointer: string; reason: string }[] {
  const findings = [...computedOptionFindings(field)];
  for (const [option, results] of Object.entries(OPTIONS_OF)) {
    if (field[option] === undefined || results.includes(field.result as Result)) continue;
    findings.push({ pointer: `/${option}`, reason: `${option} applies to a result of ${results.join(' or ')} only` });
  }
  if (field.result === 'decimal' && scaleOf(field) > precisionOf(field)) {
    findings.push({ pointer: '/scale', reason: 'scale is greater than precision' });
  }
  if (field.result === 'money' && scaleOf(field) > DEFAULTS.money.scale) {
    findings.push({ pointer: '/scale', reason: `Amounts have at most ${DEFAULTS.money.scale} decimal places` });
  }
  return findings;
}

const whole = (minimum: number, maximum: number, standard: number): JsonSchema => ({
  type: 'integer',
  minimum,
  maximum,
  default: standard,
});

const example = (
  field: Readonly<Record<string, unknown>>,
  beside: Readonly<Record<string, FieldDocument>>,
  cases: ComputedExample['cases'],
): ComputedExample => ({ field: { type: 'formula', ...field } as FieldDocument, beside: () => beside, cases });

const EXAMPLES: readonly ComputedExample[] = [
  example(
    { result: 'decimal', expression: 'size mul price', precision: 8, scale: 2 },
    { size: { type: 'integer' }, price: { type: 'decimal' } },
    [
      { given: { size: 1, price: null }, value: null },
      { given: { size: -1, price: '999999.99' }, value: '-999999.99' },
      { given: { size: 3, price: '-0.0050' }, value: '-0.02' },
      { given: { size: 0, price: 5 }, value: 0 },
      { given: { size: 1, price: '0.005' }, value: '0.01' },
      { given: { size: 3, price: '111111.11' }, value: '333333.33' },
      { given: { size: 1, price: '999999.9949' }, value: '999999.99' },
    ],
  ),
  example(
    { result: 'decimal', expression: 'size div price', precision: 6, scale: 2 },
    { size: { type: 'decimal' }, price: { type: 'decimal' } },
    [
      { given: { size: 1, price: 0 }, value: null },
      { given: { size: 1, price: -3 }, value: '-0.33' },
      { given: { size: 2, price: 3 }, value: '0.67' },
      { given: { size: 9999, price: 1 }, value: 9999 },
    ],
  ),
  example({ result: 'integer', expression: 'size mul size' }, { size: { type: 'integer' } }, [
    { given: { size: '9223372036854775807' }, value: null },
    { given: { size: 0 }, value: 0 },
    { given: { size: -5 }, value: 25 },
    { given: { size: 3_000_000_000 }, value: '9000000000000000000' },
  ]),
  example(
    { result: 'money', expression: 'price mul size div 100' },
    { size: { type: 'integer' }, price: { type: 'money' } },
    [
      { given: { size: null, price: 5 }, value: null },
      { given: { size: 50, price: '0.0001' }, value: '0.0001' },
      { given: { size: 33, price: 100 }, value: 33 },
    ],
  ),
  example(
    { result: 'text', expression: "concat(toupper(first),concat(', ',last))", max_length: 8 },
    { first: { type: 'text' }, last: { type: 'text' } },
    [
      { given: { first: 'a', last: null }, value: null },
      { given: { first: 'a', last: '😀😀😀😀😀😀😀' }, value: 'A, 😀😀😀😀😀' },
      { given: { first: 'ä', last: 'b' }, value: 'Ä, b' },
      { given: { first: 'b', last: "it's long" }, value: "B, it's " },
    ],
  ),
  example(
    { result: 'boolean', expression: "state eq 'on' and size gt 1" },
    { size: { type: 'integer' }, state: { type: 'text' } },
    [
      { given: { state: 'off', size: 5 }, value: false },
      { given: { state: 'on', size: 2 }, value: true },
    ],
  ),
  example({ result: 'date', expression: 'day' }, { day: { type: 'date' } }, [
    { given: { day: null }, value: null },
    { given: { day: '2026-11-22' }, value: '2026-11-22' },
  ]),
  example({ result: 'datetime', expression: 'at' }, { at: { type: 'datetime' } }, [
    { given: { at: null }, value: null },
    { given: { at: '2026-11-22T10:00:00.123456Z' }, value: '2026-11-22T10:00:00.123456Z' },
  ]),
];

export const fieldType: FieldType = {
  name: 'formula',
  computed: { examples: EXAMPLES },
  options: {
    result: { type: 'string', enum: Object.keys(RESULTS), description: 'Type of the value' },
    expression: {
      type: 'string',
      minLength: 1,
      maxLength: 4000,
      description: 'Over properties of the record, other formulas and rollups; null where one of its operands is',
    },
    precision: { ...whole(1, 60, DEFAULTS.decimal.precision), description: 'Digits of a decimal; more answer null' },
    scale: { ...whole(0, 30, DEFAULTS.decimal.scale), description: 'Digits after the point, to which it is rounded' },
    max_length: { ...whole(1, 10_000, DEFAULTS.maxLength), description: 'Characters of a text; the rest is cut off' },
  },
  requiredOptions: ['result', 'expression'],
  verify: verifyFormula,
  properties: (field, context) => {
    const { expects, fit, operators, ...type } = RESULTS[field.result as Result](field);
    const money = field.result === 'money';
    const part = (name: FormulaSpec['part']): FormulaSpec => ({
      kind: 'formula',
      expression: String(field.expression),
      expects,
      fit: name === 'currency' ? null : fit,
      part: name,
      money,
    });
    const value = { name: context.field, ...type, operators, computed: part('value') };
    if (!money) return [value];
    const [currency, base] = [currencyProperty(context.field), baseAmountProperty(context.field)];
    return [
      { ...value, money: { currency, base } },
      {
        name: currency,
        type: 'Edm.String',
        sqlType: 'text collate "C"',
        maxLength: 3,
        values: [...context.organization.rates.keys()],
        operators: OPERATORS.identifier,
        computed: part('currency'),
      },
      { ...value, name: base, computed: part('base'), money: { currency: null, base } },
    ];
  },
  valueSchema: () => ({}),
  operators: OPERATORS.number,
  display: (field, context) => (field.result === 'money' ? moneyDisplay(context) : {}),
  control: (field) => ({ widget: 'computed', props: { result: field.result } }),
  examples: [],
};
