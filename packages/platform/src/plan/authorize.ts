// The one authorize step: walks every node of a plan and checks entity privileges and every property that is named.
// Row conditions are not judged here: they become part of the SQL, printed from the accesses collected here.
import {
  type EntityType,
  type Model,
  type Navigation,
  type Property,
  recordReaders,
  searchProperties,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { DIRECTORY } from '../security/directory.ts';
import type { Access, Principal } from '../security/types.ts';
import type { ApplyPlan } from './apply-plan.ts';
import { type ChangesPlan, loggedLinks } from './changes.ts';
import type { DeltaPlan } from './delta.ts';
import { visitNames } from './expression-names.ts';
import type { CollectionQuery, PathNode, ReadPlan, SelectNode, WithinNode } from './read-plan.ts';
import { mayUse, requireUse } from './secured.ts';
import type { SecurityEventsPlan } from './security-events.ts';
import { holderOf, withoutHidden } from './star.ts';
import { targetOf } from './targets.ts';
import type { TimelinePlan } from './timeline.ts';
import { requirePrivilege, requireSharing } from './write-authorize.ts';

declare const authorized: unique symbol;

/** Who asks with whom a record is shared. */
export interface SharesPlan {
  readonly entity: EntityType;
  /** The page begins after another share. */
  readonly continues: boolean;
}

/** A plan that passed authorization. Only this module makes one, and only this type compiles to SQL. */
export interface AuthorizedPlan<Plan> {
  readonly plan: Plan;
  readonly model: Model;
  readonly principal: Principal;
  /** The access that restricts every use of an entity's records in the plan; in the recycle bin `delete` does as well, of shares `share`. */
  access(entity: EntityType, privilege?: 'read' | 'delete' | 'share'): Access;
  /** Names of the entities whose records the plan uses in any way. */
  readonly entities: ReadonlySet<string>;
  /** Properties of an entity the principal may see, in order: what a select of everything means. */
  visible(entity: EntityType): readonly Property[];
  /** The text by which records of an entity are called, where the principal may read any of them and it; else null. */
  titleOf(entity: EntityType): Property | null;
  readonly [authorized]: true;
}

/** Throws missing_privilege for an entity the principal may read nowhere, secured_property for a hidden property. */
export function authorizeRead<Plan extends ReadPlan>(
  asked: Plan,
  model: Model,
  principal: Principal,
): AuthorizedPlan<Plan> {
  const walk = new Walk(model, principal);
  const plan = 'select' in asked ? { ...asked, select: withoutHidden(asked.select, model, principal) } : asked;
  if (plan.kind === 'changes') {
    walk.changes(plan);
    return seal(plan, model, principal, walk.entities);
  }
  if (plan.kind === 'timeline') {
    walk.timeline(plan);
    return seal(plan, model, principal, walk.entities);
  }
  if (plan.kind === 'delta') {
    walk.delta(plan);
    return seal(plan, model, principal, walk.entities);
  }
  if ('whole' in plan && plan.whole === true) requireCapability(principal, 'export');
  if (plan.kind === 'apply') walk.apply(plan);
  else if (plan.kind === 'count') {
    walk.entity(plan.entity);
    if (plan.filter !== null) walk.expression(plan.entity, plan.filter);
    if (plan.search !== null) walk.search(plan.entity);
  } else {
    walk.select(plan.select);
    if (plan.kind === 'collection') walk.query(plan.select.entity, plan.query);
  }
  if (plan.kind !== 'record' && plan.within !== null) walk.within(plan.within);
  return seal(plan, model, principal, walk.entities);
}

/** Security events are of all users: whoever may read them may read all of them. Throws missing_capability (audit). */
export function authorizeSecurityEvents(
  plan: SecurityEventsPlan,
  model: Model,
  principal: Principal,
): AuthorizedPlan<SecurityEventsPlan> {
  requireCapability(principal, 'audit');
  return seal(plan, model, principal, new Set());
}

/**
 * With whom a record is shared is for who may change that: the entity's privileges here, the record's in the statement. Throws as
 * requireSharing.
 */
export function authorizeShares(plan: SharesPlan, model: Model, principal: Principal): AuthorizedPlan<SharesPlan> {
  requireSharing(principal, plan.entity, 'shares');
  return seal(plan, model, principal, new Set([plan.entity.name, DIRECTORY.user, DIRECTORY.team]));
}

/** Throws missing_capability. */
export function requireCapability(principal: Principal, name: string): void {
  if (principal.kind === 'system' || principal.capabilities.has(name)) return;
  throw new PlatformError('missing_capability', { name });
}

/** A record shown as the answer of a write: the same checks as reading it. */
export function authorizeSelect(asked: SelectNode, model: Model, principal: Principal): AuthorizedPlan<SelectNode> {
  const walk = new Walk(model, principal);
  const select = withoutHidden(asked, model, principal);
  walk.select(select);
  return seal(select, model, principal, walk.entities);
}

function seal<Plan>(
  plan: Plan,
  model: Model,
  principal: Principal,
  entities: ReadonlySet<string>,
): AuthorizedPlan<Plan> {
  const access = (entity: EntityType, privilege: 'read' | 'delete' | 'share' = 'read'): Access =>
    principal.access(entity.name, privilege);
  const visible = (entity: EntityType): readonly Property[] =>
    [...entity.properties.values()].filter((property) => mayUse(principal, entity, property, 'read'));
  const titleOf = (entity: EntityType): Property | null => {
    const title = entity.properties.get(entity.title);
    const isText = title?.type === 'Edm.String' && title.computed === undefined;
    return isText && access(entity).granted && mayUse(principal, entity, title, 'read') ? title : null;
  };
  return { plan, model, principal, access, entities, visible, titleOf } as AuthorizedPlan<Plan>;
}

class Walk {
  readonly entities = new Set<string>();
  readonly #model: Model;
  readonly #principal: Principal;

  constructor(model: Model, principal: Principal) {
    this.#model = model;
    this.#principal = principal;
  }

  entity(entity: EntityType): void {
    this.entities.add(entity.name);
    requirePrivilege(this.#principal, entity, 'read');
    // What is in the recycle bin is seen by whoever could have put it there, and can bring it back.
    if (entity.records === 'deleted') requirePrivilege(this.#principal, entity, 'delete');
  }

  select(select: SelectNode): void {
    this.entity(select.entity);
    for (const property of select.properties ?? []) this.property(select.entity, property);
    if (select.properties === null) this.#computed(this.#visible(select.entity, recordReaders(select.entity)));
    for (const { expression } of select.computed ?? []) this.expression(select.entity, expression);
    for (const expand of select.expands) {
      this.#holder(select.entity, expand.navigation);
      this.select(expand.select);
      if (expand.query !== null) this.query(expand.select.entity, expand.query);
    }
  }

  within({ entity, navigation }: WithinNode): void {
    this.entity(entity);
    this.#holder(entity, navigation);
  }

  /** Names that a filter asks for are refused as in any read. Actors and linked records are shown as far as they may be read. */
  changes({ entity, touching }: ChangesPlan): void {
    this.entity(entity);
    for (const { property, navigation } of touching.flat()) {
      if (property !== null) this.property(entity, property);
      else this.entity(targetOf(this.#model, navigation));
    }
    this.entities.add(DIRECTORY.user);
    for (const { target } of loggedLinks(entity)) this.entities.add(target);
  }

  /** Who may read no entries of a kind is shown none: that is no reason to refuse the others. */
  timeline({ entity, changes, entries }: TimelinePlan): void {
    this.entity(entity);
    this.entities.add(DIRECTORY.user);
    if (changes !== null) this.changes(changes);
    for (const { of } of entries) this.entities.add(of.name);
  }

  /** What is made of grouped rows names their columns only: what those are made of is all among the named expressions. */
  apply({ entity, named, search }: ApplyPlan): void {
    this.entity(entity);
    for (const expression of named) this.expression(entity, expression);
    if (search !== null) this.search(entity);
  }

  /** As the list whose changes they are. */
  delta({ select, filter, search }: DeltaPlan): void {
    this.select(select);
    if (filter !== null) this.expression(select.entity, filter);
    if (search !== null) this.search(select.entity);
  }

  query(entity: EntityType, query: CollectionQuery): void {
    if (query.filter !== null) this.expression(entity, query.filter);
    if (query.search !== null) this.search(entity);
    for (const { expression } of query.orderBy) this.expression(entity, expression);
  }

  /** What is searched is never secured (link-search.ts); should it be one day, it is refused here. */
  search(entity: EntityType): void {
    for (const property of searchProperties(entity)) this.property(entity, property);
  }

  expression(entity: EntityType, expression: TypedExpression): void {
    visitNames(this.#model, entity, expression, {
      path: (root, path) => this.path(root, path),
      records: (root, { navigations }, navigation) => this.records(root, navigations, navigation),
    });
  }

  path(entity: EntityType, path: Pick<PathNode, 'navigations' | 'property'>): void {
    const at = this.#walk(entity, path.navigations);
    const property = at.properties.get(path.property);
    if (property === undefined) throw new PlatformError('unknown_property', { name: path.property, entity: at.name });
    this.property(at, property);
  }

  /** What a question about the records of a collection takes is what it takes to expand them. */
  records(entity: EntityType, navigations: readonly string[], navigation: Navigation): void {
    const at = this.#walk(entity, navigations);
    this.#holder(at, navigation);
    this.entity(targetOf(this.#model, navigation));
  }

  property(entity: EntityType, property: Property): void {
    requireUse(this.#principal, entity, property, 'read');
    this.#computed([property]);
  }

  /** The entity that to-one navigations lead to. */
  #walk(entity: EntityType, navigations: readonly string[]): EntityType {
    let at = entity;
    for (const name of navigations) {
      const navigation = at.navigations.get(name);
      if (navigation === undefined) throw new PlatformError('unknown_property', { name, entity: at.name });
      this.#holder(at, navigation);
      at = targetOf(this.#model, navigation);
      this.entity(at);
    }
    return at;
  }

  #visible(entity: EntityType, properties: readonly Property[]): readonly Property[] {
    return properties.filter((property) => mayUse(this.#principal, entity, property, 'read'));
  }

  /** Records that rollups read. Who may read none of them sees a rollup of none: that is no reason to refuse the record. */
  #computed(properties: readonly Property[]): void {
    for (const { computed } of properties) for (const name of computed?.reads ?? []) this.entities.add(name);
  }

  /** The property that holds the reference of a navigation, on whichever side it stands, or the records that do. */
  #holder(entity: EntityType, navigation: Navigation): void {
    const holder = holderOf(entity, navigation, this.#model);
    if (navigation.through !== undefined) this.entity(holder.entity);
    for (const property of holder.properties) this.path(holder.entity, { navigations: [], property });
  }
}
