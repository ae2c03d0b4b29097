// The closed set of values of a choice field, shared (a choice document) or the field's own: what its document may say, and
// what follows from it. Used by the types with one value and with several.
import type { FieldDocument, LabelDocument } from './documents.ts';
import type { ChoiceValues, DependencySpec, FieldContext, JsonSchema } from './field-type.ts';
import { labelText } from './label-text.ts';
import { NAME_PATTERN } from './names.ts';

/** What a value says, in a choice document and in a field alike. */
export interface ChoiceValueDocument {
  readonly label: LabelDocument;
  readonly order: number;
  readonly active?: boolean;
  readonly category?: 'open' | 'won' | 'lost';
  readonly parents?: readonly string[];
}

export const LONGEST_CHOICE_VALUE = 63;

/** The values of a choice, in the order that they say. */
export function choiceValuesOf(documents: Iterable<readonly [string, ChoiceValueDocument]>): ChoiceValues {
  const sorted = [...documents].sort(([, a], [, b]) => a.order - b.order);
  return {
    values: sorted.map(([name]) => name),
    active: sorted.filter(([, value]) => value.active !== false).map(([name]) => name),
    closed: sorted.filter(([, { category }]) => category !== undefined && category !== 'open').map(([name]) => name),
    labels: new Map(sorted.map(([name, { label }]) => [name, label])),
    parents: new Map(sorted.flatMap(([name, { parents }]) => (parents === undefined ? [] : [[name, parents]]))),
  };
}

/** The values a field may hold; none when it names a choice that does not exist. */
export function choiceValues(field: FieldDocument, context: FieldContext): ChoiceValues {
  if (typeof field.choice === 'string') return context.choice(field.choice) ?? choiceValuesOf([]);
  return choiceValuesOf(
    Object.entries((field.values as Readonly<Record<string, ChoiceValueDocument>> | undefined) ?? {}),
  );
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
  const { active, parents } = choiceValues(field, context);
  if (active.length === 0) return [{ pointer: '', reason: 'No value of the choice is active' }];
  if (field.parent !== undefined && parents.size === 0) {
    const hint = 'Give values `parents`, or take `parent` out';
    return [{ pointer: '/parent', reason: 'No value of the choice says with which parent values it goes', hint }];
  }
  // A shared choice may be used without its parent, too; the values of a field are used nowhere else.
  if (field.parent === undefined && field.values !== undefined && parents.size > 0) {
    const hint = 'Name the parent: `parent`';
    return [{ pointer: '/values', reason: 'Values have parents, but the field has none', hint }];
  }
  return [];
}

/** What the values depend on. */
export function choiceDependency(field: FieldDocument, context: FieldContext): DependencySpec | undefined {
  if (typeof field.parent !== 'string') return undefined;
  return { path: field.parent, parents: choiceValues(field, context).parents };
}

/** Props of a widget in which values are chosen. */
export function choiceProps(field: FieldDocument, context: FieldContext): Readonly<Record<string, unknown>> {
  const { active, parents } = choiceValues(field, context);
  if (field.parent === undefined) return { values: active };
  return { values: active, parent: field.parent, parents: Object.fromEntries(parents) };
}

/** Label of a value; undefined for one that the choice no longer has. */
export function choiceLabel(
  field: FieldDocument,
  context: FieldContext,
): (value: unknown, language: string) => string | undefined {
  const { labels } = choiceValues(field, context);
  return (value, language) => {
    const label = labels.get(String(value));
    return label === undefined ? undefined : labelText(label, language);
  };
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
  parent: {
    type: 'string',
    pattern: `${NAME_PATTERN.slice(0, -1)}(/${NAME_PATTERN.slice(1, -1)})?$`,
    description: 'Choice field on which the values depend, or `lookup/property` of the record that a lookup names',
  },
};

/** SQL literals separated by commas; values are names, so nothing in them needs an escape. */
export const quotedList = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');
