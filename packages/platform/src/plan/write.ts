// Second stage of a write: names of the payload x Model -> WritePlan. It resolves what the write touches (lookups, owner,
// derived properties, rules); it sees no values, no principal and no SQL.
import {
  type EntityType,
  type Field,
  type Model,
  ownerRelations,
  type PolymorphicLookup,
  type Property,
  polymorphicLookups,
  referencedPaths,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type {
  AccessNode,
  DependentNode,
  LookupNode,
  OwnerSource,
  ProcessNode,
  TargetTypes,
  WritePlan,
} from './write-plan.ts';

/** Entities whose records own other records: rows of the supertable `kartoteka.principal`. */
export const PRINCIPAL_ENTITIES = ['user', 'team'] as const;

/** Property that decides whose record it is; undefined where records have no owner. */
export function ownerProperty(entity: EntityType): Property | undefined {
  if (entity.ownership === 'user') return entity.properties.get('owner_id');
  return entity.ownership === 'business_unit' ? entity.properties.get('owning_business_unit_id') : undefined;
}

const NO_TYPES: TargetTypes = new Map();

/**
 * Plans a create or update of the properties in `names`; `versioned` says whether If-Match names versions, `types` which
 * of several targets the lookups name (targetTypes).
 * Throws unknown_property; the payload validator reports unknown and read-only names of clients earlier, all at once.
 */
export function planWrite(
  model: Model,
  entity: EntityType,
  operation: 'create' | 'update',
  names: ReadonlySet<string>,
  versioned: boolean,
  types: TargetTypes = NO_TYPES,
  ruled = false,
): WritePlan {
  for (const name of names) {
    if (!entity.properties.has(name))
      throw new PlatformError('unknown_property', { name, entity: entity.name }, { target: name });
  }
  const properties = [...entity.properties.values()];
  const given = properties.filter((property) => names.has(property.name));
  const defaults =
    operation === 'create'
      ? properties.filter((property) => !names.has(property.name) && property.default !== undefined)
      : [];
  const written = new Set([...given, ...defaults].map((property) => property.name));
  const derived = properties.filter((property) => property.derived?.from.some((name) => written.has(name)));
  for (const property of derived) written.add(property.name);
  const fields = [...entity.fields.values()];
  const touched = (condition: TypedExpression): boolean =>
    operation === 'create' || referencedPaths(condition).some((path) => written.has(path.property));
  const lookups = planLookups(model, entity, given, types);
  const owner = planOwner(entity, operation, names, lookups, ruled);
  const dependents = planDependents(model, entity, operation, written);
  const stamps = given.filter((property) => property.importable === true);
  return {
    operation,
    entity,
    given,
    defaults,
    derived,
    stamps,
    lookups,
    owner,
    followed: operation === 'update' && owner !== 'none' && ownerRelations(model, entity).length > 0,
    rules: entity.rules.filter((rule) => touched(rule.invalidWhen)),
    requiredWhen: fields.filter(
      (field) => field.requiredWhen !== null && (writes(field, written) || touched(field.requiredWhen)),
    ),
    readOnlyWhen:
      operation === 'update' ? fields.filter((field) => field.readOnlyWhen !== null && writes(field, names)) : [],
    processes: planProcesses(entity, written),
    dependents,
    versioned,
    accesses: [
      ...planAccesses(model, entity, operation, lookups, owner),
      ...parentAccesses(dependents),
      ...stampAccesses(model, stamps),
    ],
  };
}

/** A write that does not name the field cannot change its value. */
function planProcesses(entity: EntityType, written: ReadonlySet<string>): readonly ProcessNode[] {
  return [...entity.fields.values()].flatMap(({ process, properties: [name = ''] }) => {
    const property = entity.properties.get(name);
    return process === undefined || property === undefined || !written.has(name) ? [] : [{ property, process }];
  });
}

/** Users that an imported history names are found as the principal sees them. */
function stampAccesses(model: Model, stamps: readonly Property[]): readonly AccessNode[] {
  if (stamps.length === 0) return [];
  return [{ entity: entityOf(model, PRINCIPAL_ENTITIES[0]), privilege: 'read' }];
}

/** A new record without the value has nothing to judge; of a stored one the parent may be what changes. */
function planDependents(
  model: Model,
  entity: EntityType,
  operation: 'create' | 'update',
  written: ReadonlySet<string>,
): readonly DependentNode[] {
  return [...entity.fields.values()].flatMap(({ dependency, properties: [name = ''] }) => {
    if (dependency === undefined) return [];
    const navigation = dependency.navigation === null ? undefined : entity.navigations.get(dependency.navigation);
    const [property, source] = [name, navigation?.property ?? dependency.property].map((each) =>
      entity.properties.get(each),
    );
    if (property === undefined || source === undefined) throw new Error(`${entity.name}.${name} has no parent`);
    const touched = written.has(name) || (operation === 'update' && written.has(source.name));
    const target = navigation === undefined ? null : entityOf(model, navigation.target);
    return touched ? [{ property, dependency, source, target }] : [];
  });
}

/** What is refused says the parent's value, to who may read it. */
const parentAccesses = (dependents: readonly DependentNode[]): readonly AccessNode[] =>
  dependents.flatMap(({ target }) => (target === null ? [] : [{ entity: target, privilege: 'read' as const }]));

function writes(field: Field, names: ReadonlySet<string>): boolean {
  return field.properties.some((name) => names.has(name));
}

/**
 * Which of several targets each lookup in `values` names; the values are valid (write/values.ts). Entities without such
 * lookups cost nothing.
 */
export function targetTypes(entity: EntityType, values: Readonly<Record<string, string | null>>): TargetTypes {
  const lookups = polymorphicLookups(entity);
  if (lookups.length === 0) return NO_TYPES;
  const written = lookups.filter(({ type }) => values[type] !== undefined);
  return new Map(written.map(({ type }) => [type, values[type] ?? null]));
}

/** Owner, creator and modifier are system navigations with rules of their own, so only fields count. */
function planLookups(
  model: Model,
  entity: EntityType,
  given: readonly Property[],
  types: TargetTypes,
): readonly LookupNode[] {
  const navigations = [...entity.navigations.values()].filter(
    (navigation) => !navigation.collection && navigation.field !== null,
  );
  return given.flatMap((property): LookupNode[] => {
    const several = polymorphicLookups(entity).find(({ id }) => id === property.name);
    if (several !== undefined) return [planSeveral(model, entity, property, several, types)];
    const navigation = navigations.find((candidate) => candidate.property === property.name);
    if (navigation === undefined) return [];
    const target = entityOf(model, navigation.target);
    return [{ property, type: null, target, former: [target] }];
  });
}

function planSeveral(
  model: Model,
  entity: EntityType,
  property: Property,
  { type, targets }: PolymorphicLookup,
  types: TargetTypes,
): LookupNode {
  const named = types.get(type) ?? null;
  return {
    property,
    type: entity.properties.get(type) ?? null,
    target: named === null ? null : entityOf(model, named),
    former: [...targets.keys()].map((name) => entityOf(model, name)),
  };
}

function planOwner(
  entity: EntityType,
  operation: 'create' | 'update',
  names: ReadonlySet<string>,
  lookups: readonly LookupNode[],
  ruled: boolean,
): OwnerSource {
  if (lookups.some((lookup) => isParent(entity, lookup))) return 'parent';
  const property = ownerProperty(entity);
  if (property === undefined) return 'none';
  if (names.has(property.name)) return ruled ? 'ruled' : 'given';
  return operation === 'create' ? 'creator' : 'none';
}

/** Whether the lookup is going to name the record that decides the owner. */
export function isParent(entity: EntityType, { property, target }: LookupNode): boolean {
  return entity.parent !== undefined && property.field === entity.parent && target !== null;
}

function planAccesses(
  model: Model,
  entity: EntityType,
  operation: 'create' | 'update',
  lookups: readonly LookupNode[],
  owner: OwnerSource,
): readonly AccessNode[] {
  const nodes: AccessNode[] = [
    { entity, privilege: operation === 'create' ? 'create' : 'write' },
    { entity, privilege: 'read' },
  ];
  if (lookups.length > 0) nodes.push({ entity, privilege: 'append' });
  const targets = new Set(lookups.flatMap(({ target, former }) => (target === null ? former : [target, ...former])));
  for (const target of targets)
    nodes.push({ entity: target, privilege: 'read' }, { entity: target, privilege: 'append_to' });
  if (owner !== 'given') return nodes;
  nodes.push({ entity, privilege: 'assign' });
  for (const target of ownerEntities(model, entity)) nodes.push({ entity: target, privilege: 'read' });
  return nodes;
}

/** Entities whose records can own a record of this entity. */
export function ownerEntities(model: Model, entity: EntityType): readonly EntityType[] {
  return (entity.ownership === 'user' ? PRINCIPAL_ENTITIES : ['business_unit']).map((name) => entityOf(model, name));
}

function entityOf(model: Model, name: string): EntityType {
  const entity = model.entities.get(name);
  if (entity === undefined) throw new Error(`the Model has no entity ${name}`);
  return entity;
}
