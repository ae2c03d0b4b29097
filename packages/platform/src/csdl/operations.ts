// Actions and functions as CSDL JSON, with the complex types of their parameters and answers, and their imports: those of
// describe/operations.ts that the caller may use.
import type { EntityType, Model } from '@kartoteka/metadata';
import { operationsFor } from '../describe/operations.ts';
import type { Caller, Member, Operation } from '../describe/types.ts';
import { shapeOf } from '../extensions/registry.ts';
import { typeName } from './properties.ts';
import type { Csdl, CsdlValue } from './vocabulary.ts';

/** Members of the schema and of the container. */
export interface CsdlOperations {
  readonly schema: Readonly<Record<string, CsdlValue>>;
  readonly imports: Readonly<Record<string, Csdl>>;
}

/** Of the entities, and of the service itself. */
export function csdlOperations(caller: Caller, entities: Iterable<EntityType>): CsdlOperations {
  const { model } = caller;
  const overloads = new Map<string, Csdl[]>();
  const shapes = new Set<string>();
  const imports: Record<string, Csdl> = {};
  const add = (operation: Operation, entity: EntityType | null): void => {
    // What an entity is called like cannot be named in the schema once more.
    if (model.entities.has(operation.name)) return;
    const list = overloads.get(operation.name) ?? [];
    list.push(...overloadsOf(model, operation, entity));
    overloads.set(operation.name, list);
    for (const shape of shapesOf(operation)) collect(model, shape, shapes);
    if (entity === null) imports[operation.name] = { [IMPORTS[operation.kind]]: typeName(operation.name) };
  };
  for (const operation of operationsFor(caller, null)) add(operation, null);
  for (const entity of entities) {
    // A deleted record has the type of a live one.
    for (const operation of operationsFor(caller, entity))
      if (operation.binding !== 'deleted_record') add(operation, entity);
  }
  const types = [...shapes].map((name): [string, Csdl] => [shapeName(model, name), complexType(model, name)]);
  return { schema: { ...Object.fromEntries(types), ...Object.fromEntries(overloads) }, imports };
}

const IMPORTS = { action: '$Action', function: '$Function' } as const;
const KINDS = { action: 'Action', function: 'Function' } as const;

/** Names of entities begin with a letter, so an underscore makes it another one. */
function shapeName(model: Model, name: string): string {
  return model.entities.has(name) ? `_${name}` : name;
}

/** A function has one overload for each set of parameters that may be given; of an action they may be null. */
function overloadsOf(model: Model, operation: Operation, entity: EntityType | null): readonly Csdl[] {
  const entries = Object.entries(operation.parameters);
  const needed = entries.filter(([, { optional }]) => optional !== true);
  if (operation.kind === 'action' || needed.length === entries.length)
    return [overload(model, operation, entity, entries)];
  return [needed, entries].map((some) => overload(model, operation, entity, some));
}

function overload(
  model: Model,
  { kind, binding, returns, summary, description }: Operation,
  entity: EntityType | null,
  parameters: readonly (readonly [string, Member])[],
): Csdl {
  const bound = entity === null ? [] : [bindingOf(binding === 'collection', entity)];
  const own = parameters.map(([name, member]) => ({ $Name: name, ...memberOf(model, member, entity) }));
  const all = [...bound, ...own];
  return {
    $Kind: KINDS[kind],
    ...(entity === null ? {} : { $IsBound: true }),
    ...(returns === 'record' ? { $EntitySetPath: BINDING } : {}),
    ...(all.length === 0 ? {} : { $Parameter: all }),
    ...returnOf(model, returns, entity),
    '@Core.Description': summary,
    '@Core.LongDescription': description,
  };
}

/** Name of the parameter that an operation is bound to. */
const BINDING = 'on';

function bindingOf(collection: boolean, entity: EntityType): Csdl {
  return { $Name: BINDING, ...(collection ? { $Collection: true } : {}), $Type: typeName(entity.name) };
}

function returnOf(model: Model, returns: Operation['returns'], entity: EntityType | null): Csdl {
  if (returns === null) return {};
  // Without `Prefer: return=representation` there is nothing.
  if (returns === 'record') return { $ReturnType: { $Type: typeName(entity?.name ?? ''), $Nullable: true } };
  const type = { $Type: typeName(shapeName(model, returns.shape)) };
  return { $ReturnType: returns.collection === true ? { $Collection: true, ...type } : type };
}

function memberOf(model: Model, member: Member, entity: EntityType | null): Csdl {
  const { type, collection, nullable, optional, values, description } = member;
  const named =
    type === 'record'
      ? typeName(entity?.name ?? '')
      : shapeOf(model, type) === undefined
        ? type
        : typeName(shapeName(model, type));
  return {
    ...(collection === true ? { $Collection: true } : {}),
    ...(named === 'Edm.String' ? {} : { $Type: named }),
    ...((nullable === true || optional === true) && collection !== true ? { $Nullable: true } : {}),
    ...(named === 'Edm.DateTimeOffset' ? { $Precision: 6 } : {}),
    '@Core.Description': description,
    ...(values === undefined ? {} : { '@Validation.AllowedValues': values.map((value) => ({ Value: value })) }),
  };
}

function complexType(model: Model, name: string): Csdl {
  const shape = shapeOf(model, name);
  if (shape === undefined) throw new Error(`there is no structure ${name}`);
  const members = Object.entries(shape.members).map(([member, described]) => [
    member,
    memberOf(model, described, null),
  ]);
  return {
    $Kind: 'ComplexType',
    ...(shape.open === true ? { $OpenType: true } : {}),
    ...Object.fromEntries(members),
    '@Core.Description': shape.description,
  };
}

function shapesOf({ parameters, returns }: Operation): readonly string[] {
  const named = Object.values(parameters).map(({ type }) => type);
  return returns === null || returns === 'record' ? named : [...named, returns.shape];
}

/** A structure with those that its members have. */
function collect(model: Model, name: string, into: Set<string>): void {
  const shape = shapeOf(model, name);
  if (shape === undefined || into.has(name)) return;
  into.add(name);
  for (const { type } of Object.values(shape.members)) collect(model, type, into);
}
