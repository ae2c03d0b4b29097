// The conditions of a document (`visible_when`, `required_when`, `read_only_when`) over what is typed, by the evaluator of
// packages/metadata. What cannot be judged - a number half typed, a property that the reader may not see - is left to the service.
import {
  type ClientEntity,
  type ClientField,
  checkExpression,
  type EvaluationContext,
  type ExpressionType,
  matchesExpression,
  parseExpression,
  type Scope,
  type StoredValue,
  type TypedExpression,
} from '@kartoteka/metadata';
import { useMemo } from 'react';
import { useModel } from '../data/model.tsx';
import { fieldOfProperty } from '../fields/system-fields.ts';
import { mainProperty, type RecordValues } from '../fields/types.ts';

export interface FieldState {
  readonly visible: boolean;
  readonly required: boolean;
  readonly readOnly: boolean;
}

interface Conditions {
  readonly visible_when?: string;
  readonly required_when?: string;
  readonly read_only_when?: string;
}

const conditionsOf = (field: ClientField): Conditions => ({
  ...(field.options as Conditions),
  ...(field as Conditions),
});

export const hasConditions = (field: ClientField): boolean => {
  const { visible_when: visible, required_when: required, read_only_when: readOnly } = conditionsOf(field);
  return visible !== undefined || required !== undefined || readOnly !== undefined;
};

/** Types in expressions, by widget: of the field's first property. Those beside it are texts, but for `_id` and `_base`. */
const TYPES: Readonly<Record<string, ExpressionType>> = {
  ...{ text: 'string', long_text: 'string', email: 'string', phone: 'string', url: 'string', auto_number: 'string' },
  ...{
    integer: 'integer',
    decimal: 'decimal',
    money: 'decimal',
    switch: 'boolean',
    date: 'date',
    datetime: 'datetime',
  },
  ...{
    duration: 'duration',
    select: 'string',
    multi_select: 'collection',
    lookup: 'guid',
    address: 'string',
    json: 'json',
  },
};
const RESULTS: Readonly<Record<string, ExpressionType>> = {
  ...{ text: 'string', integer: 'integer', decimal: 'decimal', money: 'decimal', boolean: 'boolean', date: 'date' },
  ...{ datetime: 'datetime', duration: 'duration' },
};

function typeOf(field: ClientField, property: string): ExpressionType | undefined {
  if (property === 'id') return 'guid';
  if (property.endsWith('_base')) return 'decimal';
  if (mainProperty(field) !== property) return 'string';
  if (field.control.widget !== 'computed') return TYPES[field.control.widget];
  return RESULTS[String((field.options as { result?: string }).result)];
}

/** Documents were checked when they were published: whatever they apply applies. */
const EVERY_OPERATOR = { has: () => true } as unknown as ReadonlySet<string>;

function scopeOf(entity: ClientEntity): Scope {
  return {
    entity: entity.name,
    resolve: ([property = '', ...rest]) => {
      const field = rest.length === 0 ? fieldOfProperty(entity, property) : undefined;
      const type = field === undefined ? undefined : typeOf(field, property);
      if (type === undefined) return undefined;
      const members = type === 'collection' ? { members: { type: 'string', operators: EVERY_OPERATOR } as const } : {};
      return { navigations: [], property, type, nullable: true, operators: EVERY_OPERATOR, ...members };
    },
  };
}

const known = new WeakMap<ClientEntity, Map<string, TypedExpression | null>>();

/** A condition ready to be evaluated; null for one that cannot be judged here. */
function compiled(entity: ClientEntity, text: string): TypedExpression | null {
  const ofEntity = known.get(entity) ?? new Map<string, TypedExpression | null>();
  known.set(entity, ofEntity);
  let expression = ofEntity.get(text);
  if (expression === undefined) {
    const parsed = parseExpression(text);
    const checked = parsed.ok ? checkExpression(parsed.expression, scopeOf(entity), { expects: 'boolean' }) : undefined;
    expression = checked?.ok === true ? checked.expression : null;
    ofEntity.set(text, expression);
  }
  return expression;
}

/** Whether a condition holds; undefined where that cannot be said. */
export function holds(
  entity: ClientEntity,
  text: string,
  values: RecordValues,
  context: EvaluationContext,
): boolean | undefined {
  const expression = compiled(entity, text);
  if (expression === null) return undefined;
  try {
    return matchesExpression(expression, (_, property) => (values[property] ?? null) as StoredValue, context);
  } catch {
    return undefined;
  }
}

/** How a field stands in a form with these values. */
export function stateOf(
  entity: ClientEntity,
  field: ClientField,
  values: RecordValues,
  context: EvaluationContext,
): FieldState {
  const { visible_when: visible, required_when: required, read_only_when: readOnly } = conditionsOf(field);
  const judged = (text: string | undefined): boolean | undefined =>
    text === undefined ? undefined : holds(entity, text, values, context);
  return {
    visible: judged(visible) ?? true,
    required: field.required || judged(required) === true,
    readOnly: judged(readOnly) === true,
  };
}

/** What the functions of conditions answer for the user. */
export function useConditionContext(): EvaluationContext {
  const model = useModel();
  return useMemo(() => {
    const { user, organization } = model as {
      user: { id: string; business_unit?: string | { id: string }; team_ids?: readonly string[] };
      organization: { time_zone?: string };
    };
    const unit = typeof user.business_unit === 'object' ? user.business_unit.id : user.business_unit;
    const timeZone = organization.time_zone ?? 'UTC';
    const now = new Date();
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(now);
    return {
      me: user.id,
      myTeams: user.team_ids ?? [],
      myBusinessUnit: unit ?? '',
      now: now.toISOString().replace('Z', '000Z'),
      today,
      timeZone,
    };
  }, [model]);
}
