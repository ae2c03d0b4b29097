// Paths of an entity set, its records and its recycle bin: reading, creating, changing, deleting. What the caller may not do is not there.
import { type EntityType, labelText, type Privilege } from '@kartoteka/metadata';
import { mayExport } from '../plan/record-limit.ts';
import { MEDIA_TYPES } from '../request/export-format.ts';
import { COUNT_OPTIONS, LIST_OPTIONS } from '../request/query-options.ts';
import type { Cause } from './error-responses.ts';
import { answer, ETAG, empty, jsonBody, LOCATION, operation, PREFERENCE, textAnswer } from './operation.ts';
import { type HeaderName, keyParameter, type OptionName } from './parameters.ts';
import { createSchema, listSchema, readable, recordSchema, updateSchema } from './record-schemas.ts';
import type { JsonObject, OpenApiScope, Paths } from './types.ts';

export const ANSWER_OPTIONS: readonly OptionName[] = ['select', 'expand', 'format'];
export const LIST_CAUSES: readonly Cause[] = ['privilege', 'expression', 'pages', 'format'];
export const RECORD_CAUSES: readonly Cause[] = ['privilege', 'record', 'expression', 'format'];
export const WRITE_CAUSES: readonly Cause[] = ['privilege', 'record', 'expression', 'format', 'write'];
export const READ_HEADERS: readonly HeaderName[] = ['prefer', 'language'];

export const may = ({ principal }: OpenApiScope, entity: EntityType, ...privileges: readonly Privilege[]): boolean =>
  privileges.every((privilege) => principal.access(entity.name, privilege).granted);

/** Leaves out what is undefined: operations that the caller may not use. */
export function only(operations: Readonly<Record<string, JsonObject | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(operations).filter((entry): entry is [string, JsonObject] => entry[1] !== undefined),
  );
}

/** Paths that read and write records of the entity. */
export function recordPaths(scope: OpenApiScope, entity: EntityType): Paths {
  const { set } = entity;
  const mayRead = may(scope, entity, 'read');
  const mayWrite = may(scope, entity, 'read', 'write') || may(scope, entity, 'create');
  const mayDelete = may(scope, entity, 'read', 'delete');
  const record = only({
    get: mayRead ? readRecord(scope, entity, `${set}.read`) : undefined,
    patch: mayWrite ? change(scope, entity, 'patch') : undefined,
    put: mayWrite ? change(scope, entity, 'put') : undefined,
    delete: mayDelete ? remove(scope, entity) : undefined,
  });
  const all = only({
    get: mayRead ? list(scope, entity, set) : undefined,
    post: may(scope, entity, 'create') ? create(scope, entity) : undefined,
  });
  const parts: [string, JsonObject][] = [
    [`/${set}`, all],
    [`/${set}/$count`, only({ get: mayRead ? countOf(scope, entity, set) : undefined })],
    ...(mayRead || mayWrite
      ? [[`/${set}({id})`, { parameters: [keyParameter(scope, entity)], ...record }] as [string, JsonObject]]
      : []),
    ...(mayRead ? propertyPaths(scope, entity) : []),
  ];
  return Object.fromEntries(parts.filter(([, item]) => Object.keys(item).length > 0));
}

export const labelOf = ({ language }: OpenApiScope, { label }: EntityType): string => labelText(label, language);
const pluralOf = ({ language }: OpenApiScope, { pluralLabel }: EntityType): string => labelText(pluralLabel, language);

const FILES: JsonObject = {
  [MEDIA_TYPES.csv]: { schema: { type: 'string', description: 'RFC 4180; everything that is listed, on all pages' } },
  [MEDIA_TYPES.xlsx]: { schema: { type: 'string', format: 'binary', description: 'The same as a workbook' } },
};

/** An answer that can be had as a file as well, by who may export. */
export function withFiles({ principal }: OpenApiScope, response: JsonObject): JsonObject {
  if (!mayExport(principal)) return response;
  return { ...response, content: { ...(response.content as JsonObject), ...FILES } };
}

/** GET of a list: `id` is the operation's prefix. */
export function list(scope: OpenApiScope, entity: EntityType, id: string, what = 'List'): JsonObject {
  const page = answer(scope, listSchema(scope, entity), { description: 'A page of records', headers: PREFERENCE });
  const ok = what === 'List' && entity.records === undefined ? withFiles(scope, page) : page;
  return operation(scope, {
    id: `${id}.list`,
    tag: entity.name,
    summary: `${what}: ${pluralOf(scope, entity)}`,
    description: 'A page of the records that the caller may read; `@odata.nextLink` leads to the next.',
    options: id === entity.set ? [...LIST_OPTIONS, 'deltatoken'] : LIST_OPTIONS,
    headers: READ_HEADERS,
    answers: { '200': ok },
    causes: id === entity.set ? [...LIST_CAUSES, 'delta'] : [...LIST_CAUSES, 'record'],
  });
}

/** GET of a `$count`. */
export function countOf(scope: OpenApiScope, entity: EntityType, id: string): JsonObject {
  return operation(scope, {
    id: `${id}.count`,
    tag: entity.name,
    summary: `Number: ${pluralOf(scope, entity)}`,
    description: 'How many records the caller may read, as text.',
    options: COUNT_OPTIONS,
    answers: { '200': textAnswer(scope, 'The number') },
    causes: id === entity.set ? LIST_CAUSES : [...LIST_CAUSES, 'record'],
  });
}

/** GET of a record. */
export function readRecord(scope: OpenApiScope, entity: EntityType, id: string): JsonObject {
  return operation(scope, {
    id,
    tag: entity.name,
    summary: `Read: ${labelOf(scope, entity)}`,
    description: 'One record with its ETag. A record that the caller may not read answers like one that is not there.',
    options: ['compute', ...ANSWER_OPTIONS],
    headers: [...READ_HEADERS, 'if_match', 'if_none_match'],
    answers: {
      '200': answer(scope, recordSchema(scope, entity), {
        description: 'The record',
        headers: { ...ETAG, ...PREFERENCE },
      }),
      '304': empty(scope, { description: 'The client has it already', headers: ETAG }),
    },
    causes: [...RECORD_CAUSES, 'precondition'],
  });
}

/** POST of a new record to a set or a collection. */
export function create(scope: OpenApiScope, entity: EntityType, id = entity.set): JsonObject {
  return operation(scope, {
    id: `${id}.create`,
    tag: entity.name,
    summary: `Create: ${labelOf(scope, entity)}`,
    description: 'Creates a record. Every bad property is reported at once.',
    options: ANSWER_OPTIONS,
    headers: READ_HEADERS,
    body: jsonBody(createSchema(scope, entity), 'The values of the new record'),
    answers: {
      '201': created(scope, entity),
      '204': empty(scope, {
        description: 'Created; with Prefer: return=minimal',
        headers: { ...LOCATION, ...ETAG, ...PREFERENCE },
      }),
    },
    causes: [...WRITE_CAUSES, 'upsert'],
  });
}

/** What a change of a record answers. */
export function changeAnswers(scope: OpenApiScope, entity: EntityType): JsonObject {
  return {
    '200': answer(scope, recordSchema(scope, entity), {
      description: 'The record; with Prefer: return=representation',
      headers: { ...ETAG, ...PREFERENCE },
    }),
    '204': empty(scope, { description: 'Changed', headers: { ...ETAG, ...PREFERENCE } }),
  };
}

const CHANGE_TEXTS = {
  patch: { id: 'update', summary: 'Change', description: 'Changes what is sent, and nothing else.' },
  put: {
    id: 'replace',
    summary: 'Replace',
    description: 'Replaces the record: fields that the body does not name take their defaults or become null.',
  },
} as const;

/** PATCH and PUT: changes for who may change, and creates what is not there for who may create. */
function change(scope: OpenApiScope, entity: EntityType, method: keyof typeof CHANGE_TEXTS): JsonObject {
  const { id, summary, description } = CHANGE_TEXTS[method];
  const mayCreate = may(scope, entity, 'create');
  const update = updateSchema(scope, entity);
  const schema = mayCreate ? { anyOf: [update, createSchema(scope, entity)] } : update;
  const upserts = mayCreate ? ' Creates the record where there is none with this id or key.' : '';
  return operation(scope, {
    id: `${entity.set}.${id}`,
    tag: entity.name,
    summary: `${summary}: ${labelOf(scope, entity)}`,
    description: description + upserts,
    options: ANSWER_OPTIONS,
    headers: [...READ_HEADERS, 'if_match', 'if_none_match'],
    body: jsonBody(schema, 'The new values'),
    answers: { ...(mayCreate ? { '201': created(scope, entity) } : {}), ...changeAnswers(scope, entity) },
    causes: [...WRITE_CAUSES, 'precondition', 'upsert'],
  });
}

function created(scope: OpenApiScope, entity: EntityType): JsonObject {
  const headers = { ...LOCATION, ...ETAG, ...PREFERENCE };
  return answer(scope, recordSchema(scope, entity), { description: 'Created: the record', headers });
}

function remove(scope: OpenApiScope, entity: EntityType): JsonObject {
  return operation(scope, {
    id: `${entity.set}.delete`,
    tag: entity.name,
    summary: `Delete: ${labelOf(scope, entity)}`,
    description: 'Moves the record to the recycle bin, with what goes along with it.',
    headers: ['if_match'],
    options: [],
    answers: { '204': empty(scope, { description: 'Deleted' }) },
    causes: ['privilege', 'record', 'delete', 'write', 'precondition'],
  });
}

function propertyPaths(scope: OpenApiScope, entity: EntityType): [string, JsonObject][] {
  const names = readable(scope, entity).map(({ name }) => name);
  const parameters = [
    keyParameter(scope, entity),
    {
      name: 'property',
      in: 'path',
      required: true,
      description: 'Name of the property',
      schema: { type: 'string', enum: names },
    },
  ];
  const path = `/${entity.set}({id})/{property}`;
  const value = {
    type: 'object',
    required: ['value'],
    properties: { '@odata.context': { type: 'string' }, value: {} },
  };
  const none = empty(scope, { description: 'The value is null' });
  const base = { tag: entity.name, causes: RECORD_CAUSES } as const;
  const get = operation(scope, {
    ...base,
    id: `${entity.set}.property`,
    summary: `Read a property: ${labelOf(scope, entity)}`,
    description: 'One property of a record.',
    options: ['format'],
    answers: { '200': answer(scope, value, { description: 'The value' }), '204': none },
  });
  const raw = operation(scope, {
    ...base,
    id: `${entity.set}.value`,
    summary: `Read a value: ${labelOf(scope, entity)}`,
    description: 'The value of one property and nothing around it.',
    options: [],
    answers: { '200': textAnswer(scope, 'The value as text'), '204': none },
  });
  const writes = may(scope, entity, 'read', 'write') ? propertyWrites(scope, entity, value) : { plain: {}, raw: {} };
  return [
    [path, { parameters, get, ...writes.plain }],
    [`${path}/$value`, { parameters, get: raw, ...writes.raw }],
  ];
}

/** PUT and DELETE of a property, and of its value alone. */
function propertyWrites(
  scope: OpenApiScope,
  entity: EntityType,
  value: JsonObject,
): Readonly<Record<'plain' | 'raw', JsonObject>> {
  const label = labelOf(scope, entity);
  const shown = answer(scope, value, {
    description: 'The value; with Prefer: return=representation',
    headers: { ...ETAG, ...PREFERENCE },
  });
  const base = {
    tag: entity.name,
    options: ['format'],
    headers: [...READ_HEADERS, 'if_match'],
    answers: { '200': shown, '204': empty(scope, { description: 'Changed', headers: { ...ETAG, ...PREFERENCE } }) },
    causes: [...WRITE_CAUSES, 'precondition'],
  } as const;
  const id = (name: string): string => `${entity.set}.${name}`;
  const write = {
    ...base,
    summary: `Write a property: ${label}`,
    description: 'A change of the record, with its rights.',
  };
  const clear = { ...base, summary: `Clear a property: ${label}`, description: 'Makes the property null.' };
  const text = {
    required: true,
    description: 'The value as text',
    content: { 'text/plain': { schema: { type: 'string' } } },
  };
  const body = jsonBody({ type: 'object', required: ['value'], properties: { value: {} } }, 'The value');
  return {
    plain: {
      put: operation(scope, { ...write, id: id('property.write'), body }),
      delete: operation(scope, { ...clear, id: id('property.clear') }),
    },
    raw: {
      put: operation(scope, {
        ...write,
        id: id('value.write'),
        body: text,
        answers: { ...base.answers, '200': textAnswer(scope, 'The value as text') },
      }),
      delete: operation(scope, { ...clear, id: id('value.clear') }),
    },
  };
}
