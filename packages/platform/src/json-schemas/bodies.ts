// Schemas of bodies as a program writes them: what the caller may give and nothing else, with related records under their navigations.
// What the service leaves aside in a body is not in them.
import { type EntityType, labelText, type Navigation, type Property, payloadSchema } from '@kartoteka/metadata';
import { own } from '../openapi/components.ts';
import { visibleNavigations } from '../openapi/record-schemas.ts';
import type { Json, JsonObject, OpenApiScope } from '../openapi/types.ts';
import { takenSchema } from '../openapi/value-schema.ts';
import { mayUse } from '../plan/secured.ts';
import { mayImport } from '../plan/write-authorize.ts';

export type BodyRight = 'create' | 'update';

/** Whether the caller may send such bodies at all. */
export function mayBody({ principal }: OpenApiScope, { name }: EntityType, right: BodyRight): boolean {
  const may = (privilege: 'read' | 'create' | 'write'): boolean => principal.access(name, privilege).granted;
  return right === 'create' ? may('create') : may('write') && may('read');
}

/** `deal.create`, `deal.update`. A lookup that is needed is given in one of several ways. */
export function bodySchema(scope: OpenApiScope, entity: EntityType, right: BodyRight): JsonObject {
  const { members, ways } = partsOf(scope, entity, right);
  if (ways.length === 0) return members;
  return scope.components.ref('schemas', `${entity.name}.${right}`, () => ({
    allOf: [members, ...ways.map(alternatives)],
  }));
}

interface Parts {
  /** Reference to the schema of all members. */
  readonly members: JsonObject;
  readonly ways: readonly Way[];
}

function partsOf(scope: OpenApiScope, entity: EntityType, right: BodyRight): Parts {
  const { principal, language, components } = scope;
  const operation = right === 'update' ? right : mayImport(principal) ? 'import' : right;
  const schema = payloadSchema(entity, operation, language);
  const members = schema.properties as Readonly<Record<string, JsonObject>>;
  const taken = Object.keys(members).flatMap((name) => {
    const property = entity.properties.get(name);
    return property !== undefined && mayUse(principal, entity, property, right) ? [property] : [];
  });
  const names = new Set(taken.map(({ name }) => name));
  const needed = (schema.required as readonly string[]).filter((name) => names.has(name));
  const ways = waysOf(scope, entity, needed);
  const led = new Set(ways.flatMap(({ properties }) => properties));
  const name = ways.length === 0 ? `${entity.name}.${right}` : `${entity.name}.${right}_members`;
  const object = components.ref('schemas', name, () => ({
    type: 'object',
    title: labelText(entity.label, language),
    ...(entity.description === undefined ? {} : { description: labelText(entity.description, language) }),
    required: needed.filter((each) => !led.has(each)),
    properties: {
      ...Object.fromEntries(taken.map((property) => [property.name, takenValue(scope, entity, property, members)])),
      ...linkMembers(scope, entity, names, right),
    },
    additionalProperties: false,
  }));
  return { members: object, ways };
}

function takenValue(
  scope: OpenApiScope,
  entity: EntityType,
  property: Property,
  members: Readonly<Record<string, JsonObject>>,
): JsonObject {
  return takenSchema(scope, entity, property, members[property.name] ?? {});
}

/** A lookup that a record cannot do without: it is given by its properties or by one of its navigations. */
interface Way {
  readonly properties: readonly string[];
  readonly navigations: readonly string[];
}

function waysOf(scope: OpenApiScope, entity: EntityType, needed: readonly string[]): readonly Way[] {
  const lookups = Map.groupBy(
    visibleNavigations(scope, entity).filter(({ collection, property }) => !collection && needed.includes(property)),
    ({ property }) => property,
  );
  return [...lookups].map(([property, navigations]) => ({
    properties: [
      property,
      ...new Set(
        navigations.flatMap(({ discriminator }) => (discriminator === undefined ? [] : [discriminator.property])),
      ),
    ],
    navigations: navigations.map(({ name }) => name),
  }));
}

function alternatives({ properties, navigations }: Way): JsonObject {
  const ways = [properties, ...navigations.flatMap((name) => [[`${name}@odata.bind`], [name]])];
  return { anyOf: ways.map((required): Json => ({ required })) };
}

/** References to related records (`company@odata.bind`, `company`), and in a create new ones. */
function linkMembers(
  scope: OpenApiScope,
  entity: EntityType,
  taken: ReadonlySet<string>,
  right: BodyRight,
): JsonObject {
  const members = visibleNavigations(scope, entity).flatMap((navigation): [string, JsonObject][] => {
    const { name, collection, property, junction, through } = navigation;
    const description = collection ? 'URLs of records to be linked' : `URL of the record; writes ${property}`;
    const related = relatedSchema(scope, navigation, right);
    if (collection) {
      const links = { type: 'array', maxItems: 1000, items: REFERENCE, description };
      const nested = { type: 'array', maxItems: 1000, items: related };
      const creates = right === 'create';
      return [
        ...(junction !== undefined || (creates && through === undefined)
          ? [[`${name}@odata.bind`, links] as [string, JsonObject]]
          : []),
        ...(creates && through === undefined ? [[name, nested] as [string, JsonObject]] : []),
      ];
    }
    if (!taken.has(property)) return [];
    const nullable = entity.properties.get(property)?.nullable === true;
    return [
      [`${name}@odata.bind`, { ...REFERENCE, type: nullable ? ['string', 'null'] : 'string', description }],
      [name, nullable ? { anyOf: [related, { type: 'null' }] } : related],
    ];
  });
  return Object.fromEntries(members);
}

const REFERENCE: JsonObject = { type: 'string', format: 'uri-reference' };

/** A record that is there, by its URL, or in a create a new one where the caller may make such. */
function relatedSchema(
  scope: OpenApiScope,
  { to, collection }: Navigation & { readonly to: EntityType },
  right: BodyRight,
): JsonObject {
  const reference = scope.components.ref('schemas', own('reference'), () => ({
    type: 'object',
    description: 'A record that is there, by its URL: `companies(ID)`',
    required: ['@id'],
    properties: { '@id': REFERENCE },
    additionalProperties: false,
  }));
  if (right === 'update' || !mayBody(scope, to, 'create')) return reference;
  // In a collection the new record leads back by itself.
  return { anyOf: [reference, collection ? partsOf(scope, to, 'create').members : bodySchema(scope, to, 'create')] };
}
