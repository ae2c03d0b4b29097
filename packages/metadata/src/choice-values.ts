// The closed set of values of a choice field, shared (a choice document) or the field's own: what its document may say, and
// what follows from it. Used by the types with one value and with several.
import type { FieldDocument, LabelDocument } from './documents.ts';
import type { FieldContext, JsonSchema } from './field-type.ts';
import { NAME_PATTERN } from './names.ts';

interface OwnValue {
  readonly label: LabelDocument;
  readonly order: number;
  readonly active?: boolean;
}

export const LONGEST_CHOICE_VALUE = 63;

/** All values of a field in order, and those a payload may carry. */
export function choiceValues(
  field: FieldDocument,
  context: FieldContext,
): { values: readonly string[]; active: readonly string[] } {
  if (typeof field.choice === 'string') return context.choice(field.choice) ?? { values: [], active: [] };
  const own = Object.entries((field.values as Readonly<Record<string, OwnValue>> | undefined) ?? {});
  own.sort(([, a], [, b]) => a.order - b.order);
  const active = own.filter(([, value]) => value.active !== false);
  return { values: own.map(([name]) => name), active: active.map(([name]) => name) };
}

/** What is wrong with where the values come from. */
export function verifyChoiceSource(
  field: FieldDocument,
  context: FieldContext,
): { pointer: string; reason: string; hint?: string }[] {
  if ((field.choice === undefined) === (field.values === undefined)) {
    return [{ pointer: '', reason: 'A choice has either `choice` (a shared choice) or `values` of its own' }];
  }
  if (typeof field.choice === 'string' && context.choice(field.choice) === undefined) {
    return [{ pointer: '/choice', reason: `There is no choice ${field.choice}` }];
  }
  if (choiceValues(field, context).active.length === 0)
    return [{ pointer: '', reason: 'No value of the choice is active' }];
  return [];
}

/** Options of the types that take their values from such a set. */
export const CHOICE_OPTIONS: Readonly<Record<string, JsonSchema>> = {
  choice: { type: 'string', pattern: NAME_PATTERN },
  values: {
    type: 'object',
    minProperties: 1,
    propertyNames: { type: 'string', pattern: NAME_PATTERN, maxLength: LONGEST_CHOICE_VALUE },
    additionalProperties: { $ref: '#/$defs/choice_value' },
  },
};

/** SQL literals separated by commas; values are names, so nothing in them needs an escape. */
export const quotedList = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');
