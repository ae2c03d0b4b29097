// What names mean in an expression that stands on an entity: properties, and paths over to-one navigations. Nothing about
// who may see them.
import type { ExpressionType, ResolvedPath, Scope } from './expression/types.ts';
import type { EdmType, Navigation, Property } from './model.ts';
import { OPERATORS } from './operators.ts';

const EXPRESSION_TYPES: Readonly<Record<EdmType, ExpressionType>> = {
  'Edm.String': 'string',
  'Edm.Int64': 'integer',
  'Edm.Decimal': 'decimal',
  'Edm.Boolean': 'boolean',
  'Edm.Date': 'date',
  'Edm.DateTimeOffset': 'datetime',
  'Edm.Guid': 'guid',
  'Edm.Duration': 'duration',
  'Edm.Untyped': 'json',
  'Collection(Edm.String)': 'collection',
};

/** Members of a collection are values of a choice. */
const MEMBERS = { type: 'string', operators: new Set<string>(OPERATORS.code) } as const;

/** Type of a property's values in expressions. */
export function expressionType(type: EdmType): ExpressionType {
  return EXPRESSION_TYPES[type];
}

/** The part of an entity that a scope reads. */
export interface ScopedEntity {
  readonly name: string;
  readonly properties: { get(name: string): Property | undefined };
  readonly navigations: ReadonlyMap<string, Pick<Navigation, 'target' | 'collection' | 'property'>>;
}

interface ScopedModel {
  readonly entities: { get(name: string): ScopedEntity | undefined };
}

/** Scope of an entity; `model` has the entities that its navigations lead to. */
export function entityScope(entity: ScopedEntity, model: ScopedModel): Scope {
  const at = (navigations: readonly string[]): ScopedEntity | undefined => {
    let current: ScopedEntity | undefined = entity;
    for (const name of navigations) {
      const navigation: Pick<Navigation, 'target' | 'collection'> | undefined = current?.navigations.get(name);
      if (navigation === undefined || navigation.collection) return undefined;
      current = model.entities.get(navigation.target);
    }
    return current;
  };
  return {
    entity: entity.name,
    resolve(segments) {
      const navigations = segments.slice(0, -1);
      const owner = at(navigations);
      return owner === undefined ? undefined : resolveStored(owner, navigations, segments.at(-1) ?? '');
    },
    records(segments) {
      const [navigations, navigation] = [segments.slice(0, -1), segments.at(-1) ?? ''];
      const found = at(navigations)?.navigations.get(navigation);
      const target = found?.collection === true ? model.entities.get(found.target) : undefined;
      return target && { navigations, navigation, target: entityScope(target, model) };
    },
  };
}

/** Scope of the record's own properties, for stored conditions: they ask for no other records. */
export function recordScope(entity: ScopedEntity): Scope {
  return {
    entity: entity.name,
    resolve: (segments) => (segments.length === 1 ? resolveProperty(entity, [], segments[0] ?? '') : undefined),
    records: ([first = '', ...rest]) =>
      rest.length === 0 && entity.navigations.get(first)?.collection === true ? 'refused' : undefined,
  };
}

/** With what only a question to the database can be told of it. */
function resolveStored(entity: ScopedEntity, navigations: readonly string[], name: string): ResolvedPath | undefined {
  const resolved = resolveProperty(entity, navigations, name);
  return resolved === undefined || entity.properties.get(name)?.staleAfter === undefined
    ? resolved
    : { ...resolved, goesStale: true };
}

function resolveProperty(entity: ScopedEntity, navigations: readonly string[], name: string): ResolvedPath | undefined {
  const property = entity.properties.get(name);
  if (property === undefined) return undefined;
  const { type, nullable, operators, values, normalize } = property;
  return {
    ...{ navigations, property: name, type: expressionType(type), nullable, operators },
    ...(values === undefined ? {} : { values }),
    ...(normalize === undefined || type !== 'Edm.String' ? {} : { normalize }),
    ...(type === 'Collection(Edm.String)' ? { members: MEMBERS } : {}),
  };
}
