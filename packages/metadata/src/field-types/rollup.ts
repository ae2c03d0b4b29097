// Field type `rollup`: a count, sum or other aggregate of the records of a collection, computed in the query over those that the
// reader may read. What kind of value it has follows from the aggregate and the field that it reads (link-rollup.ts).
import { computedOptionFindings } from '../computed-options.ts';
import type { FieldDocument } from '../documents.ts';
import type { ComputedExample, FieldType, RollupSpec } from '../field-type.ts';
import type { Aggregate } from '../model.ts';
import { moneyDisplay } from '../money-text.ts';
import { NAME_PATTERN } from '../names.ts';
import { OPERATORS } from '../operators.ts';

const AGGREGATES: readonly Aggregate[] = ['count', 'sum', 'min', 'max', 'average', 'count_distinct'];

function verifyRollup(field: FieldDocument): { pointer: string; reason: string; hint?: string }[] {
  const findings: { pointer: string; reason: string; hint?: string }[] = [...computedOptionFindings(field)];
  const counts = field.aggregate === 'count';
  if (counts && field.field !== undefined) {
    const hint = 'Use count_distinct, or a filter such as amount ne null';
    findings.push({ pointer: '/field', reason: 'count counts records, not values of a field', hint });
  }
  if (!counts && field.field === undefined) {
    findings.push({ pointer: '', reason: `${String(field.aggregate)} needs the \`field\` whose values it reads` });
  }
  return findings;
}

const text = (value: unknown): string | null => (value === undefined ? null : String(value));

const example = (field: Readonly<Record<string, unknown>>, cases: ComputedExample['cases']): ComputedExample => ({
  field: { type: 'rollup', relation: 'parts', ...field } as FieldDocument,
  beside: (entity) => ({
    whole: { type: 'lookup', targets: [entity], inverse: 'parts' },
    size: { type: 'integer' },
    price: { type: 'decimal' },
    day: { type: 'date' },
    state: { type: 'text' },
    span: { type: 'duration' },
  }),
  cases,
});

const sizes = (...values: readonly unknown[]): readonly Readonly<Record<string, unknown>>[] =>
  values.map((size) => ({ size }));

const EXAMPLES: readonly ComputedExample[] = [
  example({ aggregate: 'count' }, [
    { given: {}, value: 0 },
    { given: {}, parts: sizes(1, null), value: 2 },
  ]),
  example({ aggregate: 'count', filter: "size gt 1 and state ne 'off'" }, [
    { given: {}, parts: [{ size: 1 }, { size: 2, state: 'off' }, { size: null }], value: 0 },
    { given: {}, parts: [{ size: 2 }, { size: 2, state: 'on' }], value: 2 },
  ]),
  example({ aggregate: 'sum', field: 'size' }, [
    { given: {}, parts: sizes(-5, 2, null), value: -3 },
    { given: {}, parts: sizes(null), value: 0 },
    { given: {}, parts: sizes('9223372036854775807', '9223372036854775807'), value: '18446744073709551614' },
  ]),
  example({ aggregate: 'average', field: 'price' }, [
    { given: {}, parts: [{ price: null }], value: null },
    { given: {}, parts: [{ price: '-0.0001' }, { price: 0 }], value: '-0.0001' },
    { given: {}, parts: [{ price: 1 }, { price: 0 }, { price: 0 }, { price: null }], value: '0.3333' },
    { given: {}, parts: [{ price: 2 }, { price: 0 }, { price: 0 }], value: '0.6667' },
  ]),
  example({ aggregate: 'min', field: 'day' }, [
    { given: {}, value: null },
    { given: {}, parts: [{ day: '2026-11-22' }, { day: '2026-11-21' }], value: '2026-11-21' },
    { given: {}, parts: [{ day: '9999-12-31' }, { day: null }], value: '9999-12-31' },
  ]),
  example({ aggregate: 'max', field: 'state' }, [
    { given: {}, parts: [{ state: null }], value: null },
    { given: {}, parts: [{ state: 'a' }, { state: 'ä' }], value: 'ä' },
    { given: {}, parts: [{ state: 'Z' }, { state: 'a' }], value: 'Z' },
  ]),
  example({ aggregate: 'max', field: 'span' }, [
    { given: {}, parts: [{ span: null }], value: null },
    { given: {}, parts: [{ span: 'PT30H' }, { span: 'PT59M' }], value: 'P1DT6H' },
  ]),
  example({ aggregate: 'count_distinct', field: 'state' }, [
    { given: {}, parts: [{ state: null }], value: 0 },
    { given: {}, parts: [{ state: 'a' }, { state: 'A' }, { state: 'a' }], value: 2 },
  ]),
];

export const fieldType: FieldType = {
  name: 'rollup',
  computed: { examples: EXAMPLES },
  options: {
    relation: { type: 'string', pattern: NAME_PATTERN, description: 'Collection of the record, as $expand names it' },
    aggregate: { type: 'string', enum: AGGREGATES },
    field: {
      type: 'string',
      pattern: NAME_PATTERN,
      description: 'Property of the related records; amounts of money count in the base currency',
    },
    filter: {
      type: 'string',
      minLength: 1,
      maxLength: 4000,
      description: 'Which related records count: a condition over their own properties',
    },
  },
  requiredOptions: ['relation', 'aggregate'],
  verify: verifyRollup,
  properties: (field, context) => {
    const { relation, aggregate } = field;
    const computed: RollupSpec = {
      kind: 'rollup',
      relation: String(relation),
      aggregate: aggregate as Aggregate,
      field: text(field.field),
      filter: text(field.filter),
    };
    return [{ name: context.field, type: 'Edm.Int64', sqlType: 'bigint', computed }];
  },
  valueSchema: () => ({}),
  operators: OPERATORS.number,
  // Only a rollup of amounts has a currency beside it, without which an amount is not formatted.
  display: (_field, context) => moneyDisplay(context),
  control: (field) => ({ widget: 'computed', props: { aggregate: field.aggregate } }),
  examples: [],
};
