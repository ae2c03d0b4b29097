// Second stage of following a list: which lists can be followed, and by which properties a record is in one. What was in the list
// before is worked out from the record and the change log alone, so that whatever else a list depends on is refused here.
import {
  childrenOf,
  type EntityType,
  FUNCTIONS,
  type Model,
  type Property,
  searchProperties,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { QueryOptions } from '../request/query-options.ts';
import type { SearchNode } from '../request/search.ts';
import type { Access } from '../security/types.ts';
import { planFilter, planSearch } from './collection.ts';
import { planSelection } from './read.ts';
import type { SelectNode } from './read-plan.ts';

/** The changes of a list since a moment that is a value of the request. */
export interface DeltaPlan {
  readonly kind: 'delta';
  readonly select: SelectNode;
  readonly filter: TypedExpression | null;
  readonly search: SearchNode | null;
}

/** Throws what the options deserve, as planList. */
export function planDelta(model: Model, entity: EntityType, options: QueryOptions): DeltaPlan {
  return {
    kind: 'delta',
    select: planSelection(model, entity, options),
    filter: options.filter === undefined ? null : planFilter(model, entity, options.filter),
    search: options.search === undefined ? null : planSearch(entity, options.search).node,
  };
}

/**
 * Stored properties that say whether a record is in the list of a reader with this access: those of the filter, of the search and
 * of the access. Throws not_supported for a list that does not depend on the record's own logged values alone.
 */
export function decidingProperties({ select, filter, search }: DeltaPlan, access: Access): readonly Property[] {
  const { entity } = select;
  const found = new Set<Property>();
  if (filter !== null) collect(entity, filter, found, '$filter');
  if (search !== null) for (const property of searchProperties(entity)) add(property, found, '$search');
  for (const { arms } of accessesOf(access)) {
    for (const { source, when, path } of arms) {
      const [first] = path?.steps ?? [];
      const names = [
        ...(OWNERSHIP[source] ?? []),
        ...(first === undefined ? [] : [first.navigation.property, first.navigation.discriminator?.property ?? 'id']),
      ];
      for (const name of names) {
        const property = entity.properties.get(name);
        if (property !== undefined) add(property, found, ACCESS);
      }
      if (when !== null) collect(entity, when, found, ACCESS);
    }
  }
  return [...found];
}

/** Whether a reader with this access can follow the entity's records at all, and by which of these properties he can filter them then. */
export function trackable(
  entity: EntityType,
  access: Access,
  properties: readonly Property[],
): { readonly isSupported: boolean; readonly filterable: readonly Property[] } {
  const select: SelectNode = { entity, properties: null, named: null, expands: [] };
  const isSupported = holds(() => decidingProperties({ kind: 'delta', select, filter: null, search: null }, access));
  const filterable = properties.filter(({ name, operators }) => {
    const asked = { navigations: [], property: name };
    return operators.size > 0 && holds(() => path(entity, asked, new Set(), '$filter'));
  });
  return { isSupported, filterable: isSupported ? filterable : [] };
}

function holds(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof PlatformError) return false;
    throw error;
  }
}

/** The access of a reader, and the second one of who acts as another. */
export function accessesOf(access: Access): readonly Access[] {
  return access.also === undefined ? [access] : [access, access.also];
}

const OWNERSHIP: Readonly<Record<string, readonly string[]>> = {
  owners: ['owner_id'],
  units: ['owning_business_unit_id'],
};

const ACCESS = 'the conditions of your roles';

/** Functions without arguments that say the same at all times; the reader is part of what a delta link is bound to. */
const STEADY: ReadonlySet<string> = new Set(['me', 'my_teams', 'my_business_unit', 'mindatetime', 'maxdatetime']);

/** What can be asked of the record alone; every other kind of expression is refused, those to come as well. */
const KNOWN: ReadonlySet<TypedExpression['kind']> = new Set([
  ...(['literal', 'variable', 'lambda', 'path', 'call', 'compare', 'arithmetic', 'logical'] as const),
  ...(['not', 'negate', 'round', 'in', 'count', 'member', 'has', 'case'] as const),
]);

function collect(entity: EntityType, node: TypedExpression, found: Set<Property>, place: string): void {
  if (!KNOWN.has(node.kind)) throw untracked('what is asked of collections of other records', place);
  if (node.kind === 'call' && FUNCTIONS.get(node.name)?.parameters.length === 0 && !STEADY.has(node.name))
    throw untracked(`${node.name}()`, place);
  if (node.kind === 'call' && node.name === 'is_stale') throw untracked('is_stale()', place);
  if ('collection' in node) collect(entity, node.collection as TypedExpression, found, place);
  if (node.kind === 'path') path(entity, node, found, place);
  for (const child of childrenOf(node)) collect(entity, child, found, place);
}

function path(
  entity: EntityType,
  { navigations, property: name }: Pick<Extract<TypedExpression, { kind: 'path' }>, 'navigations' | 'property'>,
  found: Set<Property>,
  place: string,
): void {
  if (navigations.length > 0) throw untracked(`${[...navigations, name].join('/')}, of another record,`, place);
  const property = entity.properties.get(name);
  if (property === undefined) throw untracked(name, place);
  if (property.computed?.kind === 'rollup') throw untracked(`${name}, computed from other records,`, place);
  if (property.computed === undefined) add(property, found, place);
  else collect(entity, property.computed.expression, found, place);
}

/** Of the row as it is written: no image has them, and they change with every write. */
const UNLOGGED: ReadonlySet<string> = new Set(['version', 'modified_on', 'modified_by_id']);

function add(property: Property, found: Set<Property>, place: string): void {
  if (property.audit === false || UNLOGGED.has(property.name))
    throw untracked(`${property.name}, whose former values the change log does not hold,`, place);
  found.add(property);
}

function untracked(what: string, place: string): PlatformError {
  const target = place === ACCESS ? 'Prefer' : place;
  return new PlatformError('not_supported', { what: `Change tracking with ${what} in ${place}` }, { target });
}
