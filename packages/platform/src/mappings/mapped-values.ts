// What a mapping document makes of a record: values for a record of its target. It reads the record that it is given, with what its
// reader was shown, and nothing else.
import {
  type EntityType,
  type EvaluationContext,
  ExactNumber,
  evaluateExpression,
  type MappedProperty,
  type Mapping,
  type Model,
  referencedPaths,
  storedValue,
} from '@kartoteka/metadata';
import type { Principal } from '../security/types.ts';
import { dateIn } from '../sql/bind.ts';

type Values = Readonly<Record<string, unknown>>;

export interface MappedValues {
  /** By property of the target, as a create is sent them; null where the source is empty. */
  readonly values: Values;
  /** Properties of the target whose sources are not in the record: they are secured, and its reader may not see them. */
  readonly withheld: readonly string[];
}

/** The active mapping between two entities; undefined: there is none. */
export function activeMapping({ mappings }: Model, from: string, to: string): Mapping | undefined {
  return [...mappings.values()].find((each) => each.active && each.from === from && each.to === to);
}

/** `record` is one of the mapping's source, as a GET answers it. */
export function mappedValues(model: Model, mapping: Mapping, record: Values, principal: Principal): MappedValues {
  const target = model.entities.get(mapping.to);
  if (target === undefined) throw new Error(`there is no entity ${mapping.to}`);
  const context = evaluationContext(model, principal);
  const values: Record<string, unknown> = {};
  const withheld: string[] = [];
  for (const mapped of mapping.fields) {
    const isShown = sourcesOf(mapped).every((name) => Object.hasOwn(record, name));
    if (isShown) values[mapped.property] = mappedValue(mapped, record, target, context);
    else withheld.push(mapped.property);
  }
  return { values, withheld };
}

function sourcesOf(mapped: MappedProperty): readonly string[] {
  if ('source' in mapped) return [mapped.source];
  return 'expression' in mapped ? referencedPaths(mapped.expression).map(({ property }) => property) : [];
}

function mappedValue(mapped: MappedProperty, record: Values, target: EntityType, context: EvaluationContext): unknown {
  if ('source' in mapped) return record[mapped.source] ?? null;
  if ('value' in mapped) return mapped.value;
  const value = evaluateExpression(mapped.expression, (_navigations, name) => storedValue(record[name]), context);
  const type = target.properties.get(mapped.property)?.type ?? '';
  // Numbers are texts in the expression language, exact to the last digit.
  return typeof value === 'string' && NUMBERS.has(type) ? new ExactNumber(value) : value;
}

const NUMBERS: ReadonlySet<string> = new Set(['Edm.Int64', 'Edm.Decimal']);

/** What an expression of a document is evaluated with for a principal, now. */
export function evaluationContext({ organization }: Model, principal: Principal): EvaluationContext {
  const now = new Date();
  return {
    me: principal.id,
    myTeams: principal.teamIds,
    myBusinessUnit: principal.businessUnitId,
    now: now.toISOString(),
    today: dateIn(organization.timeZone, now),
    timeZone: organization.timeZone,
  };
}
