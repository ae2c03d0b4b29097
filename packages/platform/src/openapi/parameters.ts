// Parameters that many operations share: query options, headers and keys. A table of data and references to it.
import type { EntityType, Key, Property } from '@kartoteka/metadata';
import { exampleValue } from '@kartoteka/metadata';
import { MAX_QUERY_LENGTH } from '../request/query-options.ts';
import { ACT_AS } from '../security/acting.ts';
import { readable } from './record-schemas.ts';
import type { JsonObject, OpenApiScope } from './types.ts';

const text = (maxLength = MAX_QUERY_LENGTH): JsonObject => ({ type: 'string', maxLength });
const count = (maximum?: number): JsonObject => ({
  type: 'integer',
  minimum: 0,
  ...(maximum === undefined ? {} : { maximum }),
});

interface Text {
  readonly description: string;
  readonly schema: JsonObject;
  readonly example?: string | number | boolean;
}

/** Query options by name without `$`. */
const OPTIONS = {
  filter: {
    description:
      'Records for which the expression is true: comparisons, `and`, `or`, `not`, `in`, arithmetic, functions, paths over lookups, `any` and `all`.',
    schema: text(),
    example: 'created_on ge 2027-01-01T00:00:00Z',
  },
  search: {
    description:
      'Records in whose searched properties every term stands. `"a phrase"`, `AND`, `OR`, `NOT` and parentheses combine.',
    schema: text(1000),
  },
  compute: {
    description: 'Values computed from each record, under names of their own: `amount mul 2 as doubled`.',
    schema: text(),
  },
  apply: {
    description:
      'Rows made of the records: `filter(...)`, `groupby(...)`, `aggregate(...)`, joined by `/`. They have the members that it names, and these may be null.',
    schema: text(),
    example: 'aggregate($count as n)',
  },
  select: { description: 'Properties that are shown, with commas; all where it is left out.', schema: text() },
  expand: {
    description: 'Related records that are shown within, with options of their own in parentheses.',
    schema: text(),
  },
  orderby: {
    description: 'Properties or paths to order by, with commas, each with `asc` or `desc`.',
    schema: text(),
    example: 'created_on desc',
  },
  top: { description: 'At most so many records.', schema: count(), example: 10 },
  skip: { description: 'Leaves out so many records first. Following the next link costs less.', schema: count() },
  count: {
    description: 'Whether `@odata.count` tells how many records there are on all pages.',
    schema: { type: 'boolean' },
  },
  skiptoken: { description: 'Where the next page begins, as the next link has it.', schema: text() },
  deltatoken: { description: 'What has changed since, as the delta link has it.', schema: text() },
  schemaversion: {
    description:
      'The version of the schema that the program was made for: refused with 410 once that has changed in a way that it cannot follow.',
    schema: text(100),
  },
  format: { description: 'A media type in place of `Accept`; `json` for short.', schema: text(200) },
} as const satisfies Readonly<Record<string, Text>>;

export type OptionName = keyof typeof OPTIONS;

/** References to query options. */
export function options({ components }: OpenApiScope, names: readonly OptionName[]): readonly JsonObject[] {
  return names.map((name) =>
    components.ref('parameters', `option.${name}`, () => parameter('query', `$${name}`, OPTIONS[name])),
  );
}

const HEADERS = {
  prefer: {
    name: 'Prefer',
    description:
      '`return=minimal` or `return=representation`; `odata.maxpagesize=100`; `odata.track-changes`; `odata.include-annotations="*"` for formatted values.',
    schema: text(1000),
  },
  if_match: {
    name: 'If-Match',
    description: 'ETag that the record must still have; `*` for any: 412 otherwise.',
    schema: text(1000),
  },
  if_none_match: {
    name: 'If-None-Match',
    description: 'ETag that is known already: 304 where it is still that.',
    schema: text(1000),
  },
  language: {
    name: 'Accept-Language',
    description: 'Language of labels and formatted values, where the organization has it.',
    schema: text(200),
    example: 'en',
  },
  max_version: {
    name: 'OData-MaxVersion',
    description: 'Version of OData that is answered at most: 4.0 where it is left out.',
    schema: { type: 'string', enum: ['4.0', '4.01'] },
  },
  act_as: {
    name: ACT_AS,
    description:
      'Id of a user with whose rights, as far as the caller has them too, the request is done. Capability `act_as`.',
    schema: { type: 'string', format: 'uuid' },
  },
  repeatability_id: {
    name: 'Repeatability-Request-ID',
    description:
      'Names the request, so that it may be sent again and is carried out once. With `Repeatability-First-Sent`.',
    schema: { type: 'string', minLength: 1, maxLength: 128 },
  },
  repeatability_sent: {
    name: 'Repeatability-First-Sent',
    description: 'When the request was sent first, the same in every repetition.',
    schema: text(100),
    example: 'Sun, 31 Jan 2027 12:00:00 GMT',
  },
} as const satisfies Readonly<Record<string, Text & { readonly name: string }>>;

export type HeaderName = keyof typeof HEADERS;

/** References to request headers. */
export function headers({ components }: OpenApiScope, names: readonly HeaderName[]): readonly JsonObject[] {
  return names.map((key) =>
    components.ref('parameters', `header.${key}`, () => parameter('header', HEADERS[key].name, HEADERS[key])),
  );
}

function parameter(where: 'query' | 'header', name: string, { description, schema, example }: Text): JsonObject {
  // Pages that try requests out would send an example of what may be left out.
  const text = example === undefined ? description : `${description} Such as \`${example}\`.`;
  return { name, in: where, description: text, schema };
}

const ID: JsonObject = { type: 'string', format: 'uuid' };
const ID_EXAMPLE = '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d';

/** The key of a record in a path: its id, or the values of an alternate key. */
export function keyParameter(scope: OpenApiScope, entity: EntityType): JsonObject {
  const keys = visibleKeys(scope, entity);
  if (keys.length === 0) return idParameter(scope, 'id', 'Id of the record');
  const named = keys.map(({ properties }) => properties.map(({ name }) => `${name}=…`).join(','));
  return scope.components.ref('parameters', `key.${entity.name}`, () => ({
    name: 'id',
    in: 'path',
    required: true,
    description: `Id of the record, or the values of a key: \`${named.join('`, `')}\`; texts in single quotes, a quote twice`,
    schema: { anyOf: [ID, ...keys.map(({ properties }) => keySchema(properties))] },
    examples: Object.fromEntries([
      ['id', { summary: 'By its id', value: ID_EXAMPLE }],
      ...keys.map(({ name, properties }) => [name, { summary: `By ${name}`, value: keyExample(entity, properties) }]),
    ]),
  }));
}

/** An id in a path. */
export function idParameter({ components }: OpenApiScope, name: string, description: string): JsonObject {
  return components.ref('parameters', `path.${name}`, () => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: ID,
    example: ID_EXAMPLE,
  }));
}

interface VisibleKey {
  readonly name: string;
  readonly properties: readonly Property[];
}

/** Keys over properties that the caller may read: finding by another would tell that there is such a record. */
export function visibleKeys(scope: OpenApiScope, { keys, ...entity }: EntityType): readonly VisibleKey[] {
  const visible = new Map(readable(scope, { keys, ...entity }).map((property) => [property.name, property]));
  return [...keys.values()].flatMap(({ name, properties }: Key) => {
    const found = properties.flatMap((each) => visible.get(each) ?? []);
    return found.length === properties.length ? [{ name, properties: found }] : [];
  });
}

const isQuoted = ({ type }: Property): boolean => type === 'Edm.String';

function keySchema(properties: readonly Property[]): JsonObject {
  const pattern = properties.map((property) => `${property.name}=${isQuoted(property) ? "'.*'" : '.+'}`).join(',');
  return { type: 'string', pattern: `^${pattern}$` };
}

function keyExample(entity: EntityType, properties: readonly Property[]): string {
  return properties
    .map((property) => {
      const value = String(exampleValue(entity, property) ?? 'text');
      return `${property.name}=${isQuoted(property) ? `'${value.replaceAll("'", "''")}'` : value}`;
    })
    .join(',');
}
