// One JSON document with the JSON Schemas (2020-12) of every entity set for one caller: records as they are read, bodies that create and
// change them, keys, navigations and operations. It is the source of generated clients and knows no entity by name.
import { setImmediate } from 'node:timers/promises';
import { type EntityType, labelText, PRIVILEGES } from '@kartoteka/metadata';
import { operationsFor } from '../describe/operations.ts';
import type { Caller, Operation } from '../describe/types.ts';
import { Components } from '../openapi/components.ts';
import { visibleKeys } from '../openapi/parameters.ts';
import { readable, visibleNavigations } from '../openapi/record-schemas.ts';
import { membersSchema, shapeSchema } from '../openapi/shape-schema.ts';
import type { Json, JsonObject, OpenApiScope } from '../openapi/types.ts';
import { shownSchema } from '../openapi/value-schema.ts';
import { schemaHistory } from '../schema-version/history.ts';
import { bodySchema, mayBody } from './bodies.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

interface Asked extends Caller {
  /** Of labels: a tag of BCP 47. */
  readonly language: string;
}

/** The document. Other requests are served while it is made: a thousand entities take a while. */
export async function jsonSchemas(asked: Asked): Promise<JsonObject> {
  const { model, principal, language } = asked;
  const components = new Components((_kind, name) => `#/$defs/${name}`);
  const scope: OpenApiScope = { ...asked, baseUrl: '', components };
  const sets: Record<string, JsonObject> = {};
  for (const entity of model.entities.values()) {
    if (!PRIVILEGES.some((privilege) => principal.access(entity.name, privilege).granted)) continue;
    sets[entity.set] = setOf(scope, entity);
    await setImmediate();
  }
  const operations = operationsOf(scope, null);
  return {
    $schema: DIALECT,
    title: 'Kartoteka',
    schema_version: schemaHistory(model).version,
    language,
    sets,
    operations: operations.service ?? {},
    $defs: components.all().schemas ?? {},
  };
}

function setOf(scope: OpenApiScope, entity: EntityType): JsonObject {
  const { language, principal } = scope;
  const may = (privilege: 'read' | 'delete'): boolean => principal.access(entity.name, privilege).granted;
  const body = (right: 'create' | 'update'): JsonObject =>
    mayBody(scope, entity, right) ? { [right]: bodySchema(scope, entity, right) } : {};
  return {
    entity: entity.name,
    title: labelText(entity.pluralLabel, language),
    ...(may('read') ? { read: readSchema(scope, entity) } : {}),
    ...body('create'),
    ...body('update'),
    deletable: may('delete') && may('read'),
    keys: may('read') ? keysOf(scope, entity) : {},
    navigations: may('read') ? navigationsOf(scope, entity) : {},
    operations: operationsOf(scope, entity),
  };
}

/** A record with all that the caller may read, without what is expanded: `deal.read`. */
function readSchema(scope: OpenApiScope, entity: EntityType): JsonObject {
  return scope.components.ref('schemas', `${entity.name}.read`, () => {
    const properties = readable(scope, entity);
    return {
      type: 'object',
      ...wordsOf(scope, entity),
      required: properties.map(({ name }) => name),
      properties: Object.fromEntries(
        properties.map((property) => [
          property.name,
          {
            ...shownSchema(scope, entity, property),
            ...(property.readOnly ? { readOnly: true } : {}),
            ...(property.sortable === false ? { 'x-sortable': false } : {}),
          },
        ]),
      ),
    };
  });
}

function wordsOf({ language }: OpenApiScope, { label, description }: EntityType): JsonObject {
  return {
    title: labelText(label, language),
    ...(description === undefined ? {} : { description: labelText(description, language) }),
  };
}

function keysOf(scope: OpenApiScope, entity: EntityType): JsonObject {
  return Object.fromEntries(
    visibleKeys(scope, entity).map(({ name, properties }) => [name, properties.map((property) => property.name)]),
  );
}

function navigationsOf(scope: OpenApiScope, entity: EntityType): JsonObject {
  return Object.fromEntries(
    visibleNavigations(scope, entity).map(({ name, to, collection, property }): [string, JsonObject] => [
      name,
      { set: to.set, many: collection, nullable: !collection, ...(collection ? {} : { property }) },
    ]),
  );
}

/** By what they are called on, then by name. */
function operationsOf(scope: OpenApiScope, entity: EntityType | null): Readonly<Record<string, JsonObject>> {
  const found: Record<string, Record<string, JsonObject>> = {};
  for (const operation of operationsFor(scope, entity)) {
    found[operation.binding] ??= {};
    (found[operation.binding] as Record<string, JsonObject>)[operation.name] = operationOf(scope, entity, operation);
  }
  return found;
}

function operationOf(scope: OpenApiScope, entity: EntityType | null, operation: Operation): JsonObject {
  const { kind, list, summary, parameters } = operation;
  return {
    kind,
    description: summary,
    ...(list === undefined ? {} : { list: true }),
    parameters: { ...membersSchema(scope, parameters), additionalProperties: false },
    returns: returned(scope, entity, operation),
  };
}

/** Null: nothing. Of a list it is one item. */
function returned(scope: OpenApiScope, entity: EntityType | null, { returns }: Operation): Json {
  if (returns === null) return null;
  if (returns === 'record') return entity === null ? null : readSchema(scope, entity);
  return shapeSchema(scope, returns.shape);
}
