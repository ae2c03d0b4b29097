// Field type `choice`: one value of a closed set, shared (a choice document) or the field's own. Values that are no longer
// active stay valid in the table and are refused in payloads.
import type { FieldDocument, LabelDocument } from '../documents.ts';
import type { FieldContext, FieldType } from '../field-type.ts';
import { NAME_PATTERN } from '../names.ts';
import { OPERATORS } from '../operators.ts';

interface OwnValue {
  readonly label: LabelDocument;
  readonly order: number;
  readonly active?: boolean;
}

const LONGEST_VALUE = 63;

/** All values in order, and those a payload may carry. */
function valuesOf(
  field: FieldDocument,
  context: FieldContext,
): { values: readonly string[]; active: readonly string[] } {
  if (typeof field.choice === 'string') return context.choice(field.choice) ?? { values: [], active: [] };
  const own = Object.entries((field.values as Readonly<Record<string, OwnValue>> | undefined) ?? {});
  own.sort(([, a], [, b]) => a.order - b.order);
  const active = own.filter(([, value]) => value.active !== false);
  return { values: own.map(([name]) => name), active: active.map(([name]) => name) };
}

function verifySource(
  field: FieldDocument,
  context: FieldContext,
): { pointer: string; reason: string; hint?: string }[] {
  if ((field.choice === undefined) === (field.values === undefined)) {
    return [{ pointer: '', reason: 'A choice field has either `choice` (a shared choice) or `values` of its own' }];
  }
  if (typeof field.choice === 'string' && context.choice(field.choice) === undefined) {
    return [{ pointer: '/choice', reason: `There is no choice ${field.choice}` }];
  }
  if (valuesOf(field, context).active.length === 0)
    return [{ pointer: '', reason: 'No value of the choice is active' }];
  return [];
}

const quoted = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

export const fieldType: FieldType = {
  name: 'choice',
  options: {
    choice: { type: 'string', pattern: NAME_PATTERN },
    values: {
      type: 'object',
      minProperties: 1,
      propertyNames: { type: 'string', pattern: NAME_PATTERN, maxLength: LONGEST_VALUE },
      additionalProperties: { $ref: '#/$defs/choice_value' },
    },
  },
  verify: verifySource,
  properties: (field, context) => {
    const { values } = valuesOf(field, context);
    return [
      {
        name: context.field,
        type: 'Edm.String',
        sqlType: 'text collate "C"',
        maxLength: LONGEST_VALUE,
        values,
        check: (column) => `${column} in (${quoted(values)})`,
      },
    ];
  },
  valueSchema: (field, context) => ({ [context.field]: { type: 'string', enum: valuesOf(field, context).active } }),
  operators: OPERATORS.code,
  control: (field, context) => ({ widget: 'select', props: { values: valuesOf(field, context).active } }),
  examples: [
    {
      field: {
        type: 'choice',
        values: {
          a: { label: { en: 'A' }, order: 1 },
          b: { label: { en: 'B' }, order: 2 },
          retired: { label: { en: 'Retired' }, order: 3, active: false },
        },
      },
      valid: ['a', 'b'],
      invalid: ['c', 'A', '', 'retired', 1, true, [], {}],
    },
  ],
};
