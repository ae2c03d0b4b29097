// The Model as CSDL JSON, as one caller may use it: entity types that he may read, properties that he may see, and what he
// may do with each set as Capabilities. Derived from the Model alone; which text it becomes is decided elsewhere.
import {
  type EntityType,
  FUNCTIONS,
  labelText,
  type Model,
  type Navigation,
  type Property,
  type Steps,
} from '@kartoteka/metadata';
import { NAMESPACE } from '../namespace.ts';
import { isAggregatable, isGroupable } from '../plan/apply-records.ts';
import { trackable } from '../plan/delta.ts';
import { mayUse } from '../plan/secured.ts';
import { TRANSFORMATIONS } from '../request/apply.ts';
import { LIMITS } from '../request/select-expand.ts';
import { schemaHistory } from '../schema-version/history.ts';
import type { Principal } from '../security/types.ts';
import { csdlOperations } from './operations.ts';
import { type PropertyScope, propertyOf, typeName } from './properties.ts';
import { type Csdl, type CsdlValue, references } from './vocabulary.ts';

export interface CsdlScope {
  readonly model: Model;
  readonly principal: Principal;
  /** Of labels: a tag of BCP 47. */
  readonly language: string;
  /** Version of OData that the answer speaks. */
  readonly version: '4.0' | '4.01';
}

/** The CSDL document (CSDL JSON 4.01), entity by entity. */
export function* csdlSteps(scope: CsdlScope): Steps<Csdl> {
  const { model, principal } = scope;
  const entities = [...model.entities.values()].filter(({ name }) => principal.access(name, 'read').granted);
  const readable = new Map(entities.map((entity) => [entity.name, entity]));
  const container = containerName(model);
  const schema: Record<string, CsdlValue> = {};
  for (const entity of entities) {
    schema[entity.name] = entityTypeOf({ ...scope, entity }, readable);
    yield;
  }
  const operations = csdlOperations(scope, entities);
  Object.assign(schema, operations.schema);
  schema[container] = { ...(yield* containerOf(scope, readable)), ...operations.imports };
  return {
    $Version: scope.version,
    $EntityContainer: `${NAMESPACE}.${container}`,
    $Reference: references(),
    [NAMESPACE]: { ...schema, '@Core.SchemaVersion': schemaHistory(model).version },
  };
}

/** Names of entities begin with a letter, so an underscore makes it another one. */
function containerName(model: Model): string {
  return model.entities.has('Container') ? '_Container' : 'Container';
}

function entityTypeOf(scope: PropertyScope, readable: ReadonlyMap<string, EntityType>): Csdl {
  const { entity, principal, language } = scope;
  const properties = [...entity.properties.values()].filter((property) => mayUse(principal, entity, property, 'read'));
  const navigations = navigationsOf(entity, readable, new Set(properties.map(({ name }) => name)));
  return {
    $Kind: 'EntityType',
    $Key: ['id'],
    ...Object.fromEntries(properties.map((property) => [property.name, propertyOf(scope, property)])),
    ...Object.fromEntries(navigations.map((navigation) => [navigation.name, navigationOf(navigation, readable)])),
    ...alternateKeys(entity, properties),
    '@Core.Description': labelText(entity.label, language),
    '@Aggregation.ApplySupported': applySupported(properties),
  };
}

/** What $apply does with records of the type. */
function applySupported(visible: readonly Property[]): Csdl {
  return {
    Transformations: TRANSFORMATIONS,
    Rollup: 'None',
    GroupableProperties: visible.filter(isGroupable).map(({ name }) => name),
    AggregatableProperties: visible.filter(isAggregatable).map(({ name }) => name),
  };
}

/** Keys over properties that the caller may see (Core.AlternateKeys). */
function alternateKeys(entity: EntityType, visible: readonly Property[]): Csdl {
  const names = new Set(visible.map(({ name }) => name));
  const keys = [...entity.keys.values()].filter(({ properties }) => properties.every((name) => names.has(name)));
  if (keys.length === 0) return {};
  return {
    '@Core.AlternateKeys': keys.map(({ properties }) => ({
      Key: properties.map((name) => ({ Name: name, Alias: name })),
    })),
  };
}

/** Those that lead to what the caller may read, over properties that he may see. */
function navigationsOf(
  entity: EntityType,
  readable: ReadonlyMap<string, EntityType>,
  visible: ReadonlySet<string>,
): readonly Navigation[] {
  return [...entity.navigations.values()].filter(
    ({ target, collection, property }) => readable.has(target) && (collection || visible.has(property)),
  );
}

function navigationOf(navigation: Navigation, readable: ReadonlyMap<string, EntityType>): Csdl {
  const { target, collection, property, partner, onDelete, discriminator } = navigation;
  const opposite = partner === null ? undefined : readable.get(target)?.navigations.get(partner);
  return {
    $Kind: 'NavigationProperty',
    $Type: typeName(target),
    ...(collection ? { $Collection: true } : { $Nullable: true }),
    ...(opposite === undefined ? {} : { $Partner: opposite.name }),
    // A lookup with several targets constrains its property for one of them only.
    ...(collection || discriminator !== undefined ? {} : { $ReferentialConstraint: { [property]: 'id' } }),
    ...(collection && opposite !== undefined && !opposite.collection ? { $OnDelete: ON_DELETE[onDelete] } : {}),
  };
}

const ON_DELETE = { restrict: 'None', set_null: 'SetNull', cascade: 'Cascade' } as const;

function* containerOf(scope: CsdlScope, readable: ReadonlyMap<string, EntityType>): Steps<Csdl> {
  const sets: [string, Csdl][] = [];
  for (const entity of readable.values()) {
    sets.push([entity.set, setOf(scope, entity, readable)]);
    yield;
  }
  return {
    $Kind: 'EntityContainer',
    ...Object.fromEntries(sets),
    '@Core.ODataVersions': '4.0 4.01',
    '@Capabilities.SupportedFormats': ['application/json;odata.metadata=minimal;IEEE754Compatible=false'],
    '@Capabilities.AsynchronousRequestsSupported': false,
    '@Capabilities.BatchSupported': true,
    '@Capabilities.BatchSupport': {
      Supported: true,
      ContinueOnErrorSupported: true,
      ReferencesInRequestBodiesSupported: true,
      ReferencesAcrossChangeSetsSupported: true,
      EtagReferencesSupported: false,
      RequestDependencyConditionsSupported: false,
      SupportedFormats: ['multipart/mixed', 'application/json'],
    },
    '@Capabilities.CrossJoinSupported': false,
    '@Capabilities.KeyAsSegmentSupported': true,
    '@Capabilities.QuerySegmentSupported': false,
    '@Capabilities.FilterFunctions': [...FUNCTIONS.keys()],
    '@Capabilities.DeepInsertSupport': { Supported: true, ContentIDSupported: false },
    '@Capabilities.DeepUpdateSupport': { Supported: false, ContentIDSupported: false },
    '@Repeatability.Supported': true,
  };
}

function setOf(scope: CsdlScope, entity: EntityType, readable: ReadonlyMap<string, EntityType>): Csdl {
  const { principal } = scope;
  const properties = [...entity.properties.values()].filter((property) => mayUse(principal, entity, property, 'read'));
  const named = (test: (property: (typeof properties)[number]) => boolean): readonly string[] =>
    properties.filter(test).map(({ name }) => name);
  const navigations = navigationsOf(entity, readable, new Set(properties.map(({ name }) => name)));
  const targets = navigations.map(({ name, target }) => [name, readable.get(target)?.set ?? '']);
  const may = (privilege: 'create' | 'write' | 'delete'): boolean => principal.access(entity.name, privilege).granted;
  return {
    $Collection: true,
    $Type: typeName(entity.name),
    $NavigationPropertyBinding: Object.fromEntries(targets),
    '@Core.Description': labelText(entity.pluralLabel, scope.language),
    '@Core.OptimisticConcurrency': ['version'],
    '@Capabilities.InsertRestrictions': { Insertable: may('create') },
    '@Capabilities.UpdateRestrictions': { Updatable: may('write'), Upsertable: may('write') && may('create') },
    '@Capabilities.DeleteRestrictions': { Deletable: may('delete') },
    '@Capabilities.FilterRestrictions': {
      Filterable: true,
      NonFilterableProperties: named(({ operators }) => operators.size === 0),
    },
    '@Capabilities.SortRestrictions': {
      Sortable: true,
      NonSortableProperties: named(({ sortable, type }) => sortable === false || type.startsWith('Collection(')),
    },
    '@Capabilities.SearchRestrictions': { Searchable: properties.some(({ search }) => search === true) },
    '@Capabilities.ExpandRestrictions': { Expandable: true, MaxLevels: LIMITS.expandDepth },
    '@Capabilities.CountRestrictions': { Countable: true },
    '@Capabilities.TopSupported': true,
    '@Capabilities.SkipSupported': true,
    '@Capabilities.ComputeSupported': true,
    '@Capabilities.SelectSupport': { Supported: true },
    '@Capabilities.ChangeTracking': changeTracking(scope, entity, properties),
  };
}

/** Lists of records that are followed show no others with them. */
function changeTracking({ principal }: CsdlScope, entity: EntityType, properties: readonly Property[]): Csdl {
  const { isSupported, filterable } = trackable(entity, principal.access(entity.name, 'read'), properties);
  return {
    Supported: isSupported,
    FilterableProperties: filterable.map(({ name }) => name),
    ExpandableProperties: [],
  };
}
