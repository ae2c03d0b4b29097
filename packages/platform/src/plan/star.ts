// What `*` in $expand stands for to a principal: the navigations that it may follow. Those that are named are refused instead
// (authorize.ts); which records are shown behind either is for the statement to say.
import type { EntityType, Model, Navigation } from '@kartoteka/metadata';
import type { Principal } from '../security/types.ts';
import type { ExpandNode, SelectNode } from './read-plan.ts';
import { mayUse } from './secured.ts';
import { linkEntityOf, targetOf } from './targets.ts';

/** The select without what stands for `*` and leads to entities the principal may read nowhere, or over secured properties. */
export function withoutHidden(select: SelectNode, model: Model, principal: Principal): SelectNode {
  if (!hasStar(select)) return select;
  const expands = select.expands
    .filter((expand) => expand.star !== true || mayFollow(select.entity, expand, model, principal))
    .map((expand) => ({ ...expand, select: withoutHidden(expand.select, model, principal) }));
  return { ...select, expands };
}

function hasStar({ expands }: SelectNode): boolean {
  return expands.some(({ star, select }) => star === true || hasStar(select));
}

function mayFollow(from: EntityType, { navigation, select }: ExpandNode, model: Model, principal: Principal): boolean {
  const mayRead = (entity: EntityType): boolean => principal.access(entity.name, 'read').granted;
  if (!mayRead(select.entity)) return false;
  const { entity, properties } = holderOf(from, navigation, model);
  return mayRead(entity) && properties.every((name) => mayUseNamed(principal, entity, name));
}

/** The properties that hold the reference of a navigation, and whose they are: of either side, or of the records that link them. */
export function holderOf(
  from: EntityType,
  navigation: Navigation,
  model: Model,
): { readonly entity: EntityType; readonly properties: readonly string[] } {
  const links = linkEntityOf(model, navigation);
  const { through, collection, property } = navigation;
  if (links !== null && through !== undefined) return { entity: links, properties: [through.own, through.other] };
  return { entity: collection ? targetOf(model, navigation) : from, properties: [property] };
}

function mayUseNamed(principal: Principal, entity: EntityType, name: string): boolean {
  const property = entity.properties.get(name);
  if (property === undefined) throw new Error(`${entity.name} has no property ${name}`);
  return mayUse(principal, entity, property, 'read');
}
