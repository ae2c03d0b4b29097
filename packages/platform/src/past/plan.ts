// What is asked about records at a moment in the past: every name resolved, authorized as in a read of today, and one whose values the
// change log keeps. It writes no SQL.
import {
  childrenOf,
  type EntityType,
  entityScope,
  isStored,
  type Model,
  type Property,
  type TypedExpression,
} from '@kartoteka/metadata';
import { loggedProperties } from '../change-log.ts';
import { PlatformError } from '../errors.ts';
import { authorizeRead } from '../plan/authorize.ts';
import { planConstant } from '../plan/expression.ts';
import { visitNames } from '../plan/expression-names.ts';
import { requireUse } from '../plan/secured.ts';
import type { Principal } from '../security/types.ts';
import type { PastQuery } from './statement.ts';

/** Types whose values stand in the log as they are compared. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['Edm.String', 'Edm.Int64', 'Edm.Decimal', 'Edm.Boolean', 'Edm.Date', 'Edm.DateTimeOffset', 'Edm.Guid'],
]);

/** Known of every moment since the record was made, and never changed. */
const ALWAYS: ReadonlySet<string> = new Set(['id', 'created_on', 'created_by_id']);

export interface PastNames {
  readonly levels: readonly string[];
  readonly sums: readonly string[];
  readonly filter: string | null;
}

export interface PlannedPast {
  readonly query: PastQuery;
  readonly levels: readonly Property[];
  readonly sums: readonly Property[];
}

/** Throws missing_privilege, secured_property, unknown_property, not_supported and what the filter is refused with. */
export function planPast(model: Model, principal: Principal, entity: EntityType, names: PastNames): PlannedPast {
  const filter =
    names.filter === null ? null : planConstant(entityScope(entity, model), names.filter, 'filter', 'boolean');
  const plan = authorizeRead({ kind: 'count', entity, within: null, filter, search: null }, model, principal);
  const logged = new Set(loggedProperties(entity.properties.values()));
  const kept = (name: string, target: string): Property => pastProperty(entity, logged, name, target);
  const levels = names.levels.map((name) => kept(name, 'levels'));
  const sums = names.sums.map((name) => summed(entity, logged, name));
  for (const property of [...levels, ...sums]) requireUse(principal, entity, property, 'read');
  const filtered = filter === null ? [] : filterNames(model, entity, filter).map((name) => kept(name, 'filter'));
  const read = [...new Set([...levels, ...sums, ...filtered])];
  return { query: { plan, entity, filter, read }, levels, sums };
}

function pastProperty(entity: EntityType, logged: ReadonlySet<Property>, name: string, target: string): Property {
  const property = entity.properties.get(name);
  if (property === undefined) {
    if (name.includes('/'))
      throw new PlatformError('not_supported', { what: `${name}, of another record, in the past` }, { target });
    throw new PlatformError('unknown_property', { name, entity: entity.name }, { target });
  }
  const isKnown = isStored(property) && PLAIN.has(property.type) && (logged.has(property) || ALWAYS.has(name));
  if (!isKnown)
    throw new PlatformError(
      'not_supported',
      { what: `${name}, whose former values are not kept, in the past` },
      { target },
    );
  return property;
}

/** Amounts of money by their value in the base currency, as in $apply. */
function summed(entity: EntityType, logged: ReadonlySet<Property>, name: string): Property {
  const property = pastProperty(entity, logged, name, 'sum');
  if (property.type !== 'Edm.Int64' && property.type !== 'Edm.Decimal')
    throw new PlatformError('operator_not_applicable', { operator: 'sum', name }, { target: 'sum' });
  const base = property.money?.base;
  return base === undefined ? property : pastProperty(entity, logged, base, 'sum');
}

const asksForStays = (node: TypedExpression): boolean =>
  (node.kind === 'call' && node.name === 'is_stale') || childrenOf(node).some(asksForStays);

function filterNames(model: Model, entity: EntityType, filter: TypedExpression): readonly string[] {
  const names: string[] = [];
  const refuse = (what: string) =>
    new PlatformError('not_supported', { what: `${what} in the past` }, { target: 'filter' });
  if (asksForStays(filter)) throw refuse('is_stale()');
  visitNames(model, entity, filter, {
    path: (_root, { navigations, property }) => {
      if (navigations.length > 0) throw refuse(`${[...navigations, property].join('/')}, of another record,`);
      names.push(property);
    },
    records: (_root, _source, { name }) => {
      throw refuse(name);
    },
  });
  return names;
}
