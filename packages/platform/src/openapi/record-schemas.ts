// Schemas of an entity's records, for what one caller may do with it: as they are read, listed, created and changed. Properties that he
// may not read or write are not in them.
import {
  type EntityType,
  exampleValue,
  type JsonSchema,
  labelText,
  type Navigation,
  type Property,
  payloadSchema,
} from '@kartoteka/metadata';
import { mayUse } from '../plan/secured.ts';
import { mayImport } from '../plan/write-authorize.ts';
import { own } from './components.ts';
import type { Json, JsonObject, OpenApiScope } from './types.ts';
import { shownSchema, takenSchema } from './value-schema.ts';

const CONTROL = '^[^@]*@';
const TEXT: JsonObject = { type: 'string' };
const URL_TEXT: JsonObject = { type: 'string', format: 'uri-reference' };

/** Properties that the caller may read. */
export function readable({ principal }: OpenApiScope, entity: EntityType): readonly Property[] {
  return [...entity.properties.values()].filter((property) => mayUse(principal, entity, property, 'read'));
}

/** Navigations to what the caller may read, over properties that he may see. */
export function visibleNavigations(
  scope: OpenApiScope,
  entity: EntityType,
): readonly (Navigation & { readonly to: EntityType })[] {
  const names = new Set(readable(scope, entity).map(({ name }) => name));
  return [...entity.navigations.values()].flatMap((navigation) => {
    const to = scope.model.entities.get(navigation.target);
    if (to === undefined || !scope.principal.access(to.name, 'read').granted) return [];
    return navigation.collection || names.has(navigation.property) ? [{ ...navigation, to }] : [];
  });
}

/** A record as it is read: `deal.read`. Which members there are is for $select and $expand to say. */
export function recordSchema(scope: OpenApiScope, entity: EntityType): JsonObject {
  const deleted = entity.records === 'deleted';
  return scope.components.ref('schemas', `${entity.name}.${deleted ? 'deleted' : 'read'}`, () => {
    const live = scope.model.entities.get(entity.name) ?? entity;
    const more = readable(scope, entity).filter(({ name }) => !live.properties.has(name));
    const related = visibleNavigations(scope, entity).map((navigation): [string, JsonObject] => [
      navigation.name,
      expandedSchema(scope, navigation),
    ]);
    const added = more.map((property): [string, JsonObject] => [property.name, shownSchema(scope, entity, property)]);
    return {
      allOf: [valuesSchema(scope, live), { type: 'object', properties: Object.fromEntries([...added, ...related]) }],
    };
  });
}

/** The values of a record without what is expanded: `deal.values`. Schemas that lead into each other end here. */
function valuesSchema(scope: OpenApiScope, entity: EntityType): JsonObject {
  return scope.components.ref('schemas', `${entity.name}.values`, () => ({
    type: 'object',
    title: labelText(entity.label, scope.language),
    ...(entity.description === undefined ? {} : { description: labelText(entity.description, scope.language) }),
    properties: {
      '@odata.context': { ...URL_TEXT, description: 'What is answered' },
      '@odata.etag': { ...TEXT, description: 'Version of the record, for If-Match' },
      ...Object.fromEntries(
        readable(scope, entity).map((property) => [property.name, shownSchema(scope, entity, property)]),
      ),
    },
    patternProperties: { [CONTROL]: { description: 'Control information and annotations' } },
    example: exampleOf(readable(scope, entity), entity),
  }));
}

/** Related records within a record; what is expanded in these has the schemas of their own entities. */
function expandedSchema(scope: OpenApiScope, { to, collection }: Navigation & { readonly to: EntityType }): JsonObject {
  const record = valuesSchema(scope, to);
  return collection ? { type: 'array', items: record } : { anyOf: [record, { type: 'null' }] };
}

/** A page of records: `deal.list`. */
export function listSchema(scope: OpenApiScope, entity: EntityType): JsonObject {
  const deleted = entity.records === 'deleted';
  return scope.components.ref('schemas', `${entity.name}.${deleted ? 'deleted_list' : 'list'}`, () => ({
    type: 'object',
    title: labelText(entity.pluralLabel, scope.language),
    required: ['value'],
    properties: {
      '@odata.context': { ...URL_TEXT, description: 'What is answered' },
      '@odata.count': { type: ['integer', 'string'], description: 'With $count=true: records of all pages' },
      value: { type: 'array', items: deleted ? recordSchema(scope, entity) : listedSchema(scope, entity) },
      '@odata.nextLink': { ...URL_TEXT, description: 'The next page; absent on the last' },
      ...(deleted ? {} : { '@odata.deltaLink': { ...URL_TEXT, description: 'What changes from now on' } }),
    },
    patternProperties: { [CONTROL]: { description: 'Control information' } },
  }));
}

/** A record of a list, or where a delta link is followed one that is no longer in it. */
function listedSchema(scope: OpenApiScope, entity: EntityType): JsonObject {
  const removed = scope.components.ref('schemas', own('removed'), () => {
    const reason = { type: 'string', enum: ['changed', 'deleted'] };
    const gone = { type: 'object', required: ['reason'], properties: { reason } };
    return {
      type: 'object',
      description: 'A record that is no longer in the list: with `reason` in OData 4.0, with `@removed` in 4.01',
      required: ['id'],
      properties: { '@odata.context': URL_TEXT, id: TEXT, reason, '@removed': gone },
      additionalProperties: false,
    };
  });
  return { anyOf: [recordSchema(scope, entity), removed] };
}

/** A body that creates a record: `deal.create`. */
export function createSchema(scope: OpenApiScope, entity: EntityType): JsonObject {
  const operation = mayImport(scope.principal) ? 'import' : 'create';
  return bodySchema(scope, entity, 'create', payloadSchema(entity, operation, scope.language));
}

/** A body that changes or replaces a record: `deal.update`. */
export function updateSchema(scope: OpenApiScope, entity: EntityType): JsonObject {
  return bodySchema(scope, entity, 'update', payloadSchema(entity, 'update', scope.language));
}

function bodySchema(
  scope: OpenApiScope,
  entity: EntityType,
  right: 'create' | 'update',
  schema: JsonSchema,
): JsonObject {
  return scope.components.ref('schemas', `${entity.name}.${right}`, () => {
    const members = schema.properties as Readonly<Record<string, JsonSchema>>;
    const taken = Object.keys(members).flatMap((name) => {
      const property = entity.properties.get(name);
      return property !== undefined && mayUse(scope.principal, entity, property, right) ? [property] : [];
    });
    const aside = readable(scope, entity).filter(({ name }) => !Object.hasOwn(members, name));
    const names = new Set(taken.map(({ name }) => name));
    const needed = (schema.required as readonly string[]).filter((name) => names.has(name));
    // A lookup may be given by its navigation instead, which no single `required` says.
    const bound = new Set(
      [...entity.navigations.values()].flatMap(({ collection, property }) => (collection ? [] : [property])),
    );
    const required = needed.filter((name) => !bound.has(name));
    return {
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      properties: {
        ...Object.fromEntries(
          taken.map((property) => [property.name, takenSchema(scope, entity, property, members[property.name] ?? {})]),
        ),
        ...Object.fromEntries(aside.map(({ name }) => [name, leftAside(scope)])),
        ...linkMembers(scope, entity, names, right === 'create'),
      },
      patternProperties: { [CONTROL]: { description: 'Control information, which says nothing here' } },
      additionalProperties: false,
      example: exampleOf(
        taken.filter(({ name }) => (right === 'create' ? needed.includes(name) : true)).slice(0, 8),
        entity,
        needed,
      ),
    };
  });
}

/** A member that its sender only reads: whatever it says is left aside, so that a record can be sent back as it was read. */
function leftAside({ components }: OpenApiScope): JsonObject {
  return components.ref('schemas', own('left_aside'), () => ({
    readOnly: true,
    description: 'Only read: left aside in a body, and refused with `Prefer: handling=strict`',
  }));
}

/** Related records: references (`company@odata.bind`, `company`, `contacts@odata.bind`), and in a create new ones. */
function linkMembers(
  scope: OpenApiScope,
  entity: EntityType,
  taken: ReadonlySet<string>,
  creates: boolean,
): JsonObject {
  const members = visibleNavigations(scope, entity).flatMap((navigation): [string, JsonObject][] => {
    const { name, collection, property, junction, through, to } = navigation;
    const url = { ...URL_TEXT, examples: [`${to.set}(0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d)`] };
    const related = creates ? nestedSchema(scope) : scope.components.ref('schemas', own('reference'), referenceSchema);
    if (collection) {
      const links = { type: 'array', maxItems: 1000, items: url, description: 'Records to be linked' };
      const nested = {
        type: 'array',
        maxItems: 1000,
        items: related,
        description: `New records, each as POST /${to.set} takes it`,
      };
      return [
        ...(junction !== undefined || creates ? [[`${name}@odata.bind`, links] as [string, JsonObject]] : []),
        ...(creates && through === undefined ? [[name, nested] as [string, JsonObject]] : []),
      ];
    }
    if (!taken.has(property)) return [];
    const bound = { ...url, type: ['string', 'null'], description: `URL of the record; writes ${property}` };
    return [
      [`${name}@odata.bind`, bound],
      [name, related],
    ];
  });
  return Object.fromEntries(members);
}

/** What schemas of bodies that lead into each other would be: tools that resolve references would not end. */
function nestedSchema({ components }: OpenApiScope): JsonObject {
  return components.ref('schemas', own('related'), () => ({
    type: ['object', 'null'],
    description:
      'A new record, as a POST to its own set takes it, or a record that is there: `{"@id": "contacts(ID)"}`',
  }));
}

function referenceSchema(): JsonObject {
  return {
    type: ['object', 'null'],
    description: 'A record by its URL',
    properties: { '@id': URL_TEXT, '@odata.id': URL_TEXT },
  };
}

/** One value per property that has an example; `needed` have one whatever it is. */
function exampleOf(properties: readonly Property[], entity: EntityType, needed: readonly string[] = []): JsonObject {
  const values = properties.flatMap((property): [string, Json][] => {
    const value = exampleValue(entity, property);
    if (value === undefined && !needed.includes(property.name)) return [];
    return [[property.name, (value ?? null) as Json]];
  });
  return Object.fromEntries(values);
}
