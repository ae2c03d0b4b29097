// Paths along the relations of a record: what its lookups lead to, its collections, and the references of both.

import { type EntityType, labelText, type Navigation } from '@kartoteka/metadata';
import { LIST_OPTIONS } from '../request/query-options.ts';
import { answer, empty, jsonBody, operation } from './operation.ts';
import { idParameter, keyParameter } from './parameters.ts';
import {
  ANSWER_OPTIONS,
  changeAnswers,
  countOf,
  create,
  LIST_CAUSES,
  list,
  may,
  only,
  READ_HEADERS,
  RECORD_CAUSES,
  WRITE_CAUSES,
} from './record-paths.ts';
import { recordSchema, visibleNavigations } from './record-schemas.ts';
import type { JsonObject, OpenApiScope, Paths } from './types.ts';

type Way = Navigation & { readonly to: EntityType };

/** Paths of all navigations of the entity that the caller may follow. */
export function relationPaths(scope: OpenApiScope, entity: EntityType): Paths {
  if (!may(scope, entity, 'read')) return {};
  const parameters = [keyParameter(scope, entity)];
  const parts = visibleNavigations(scope, entity).flatMap((way) =>
    way.collection ? collectionPaths(scope, entity, way) : lookupPaths(scope, entity, way),
  );
  const shared = parts.map(([path, { parameters: more = [], ...item }]): [string, JsonObject] => [
    path,
    { parameters: [...parameters, ...(more as readonly JsonObject[])], ...item },
  ]);
  return Object.fromEntries(shared.filter(([, item]) => Object.keys(item).length > 1));
}

const about = ({ language }: OpenApiScope, entity: EntityType, { name }: Way): string =>
  `${labelText(entity.label, language)}, ${name}`;

function lookupPaths(scope: OpenApiScope, entity: EntityType, way: Way): [string, JsonObject][] {
  const path = `/${entity.set}({id})/${way.name}`;
  const id = `${entity.set}.${way.name}`;
  const property = entity.properties.get(way.property);
  const mayWrite = may(scope, entity, 'read', 'write') && property?.readOnly === false && !property.readOnlyAfterCreate;
  const base = { tag: entity.name, causes: RECORD_CAUSES } as const;
  const none = empty(scope, { description: 'It leads nowhere, or to a record that the caller may not read' });
  const follow = operation(scope, {
    ...base,
    id: `${id}.read`,
    summary: `Follow: ${about(scope, entity, way)}`,
    description: 'The record that the lookup leads to.',
    options: ANSWER_OPTIONS,
    headers: [...READ_HEADERS, 'if_match', 'if_none_match'],
    answers: {
      '200': answer(scope, recordSchema(scope, way.to), {
        description: 'The record',
        headers: { ETag: 'Version of the record, for If-Match and If-None-Match' },
      }),
      '204': none,
      '304': empty(scope, { description: 'The client has it already' }),
    },
    causes: [...RECORD_CAUSES, 'precondition'],
  });
  const write = {
    ...base,
    causes: [...WRITE_CAUSES, 'precondition'],
    options: ANSWER_OPTIONS,
    headers: [...READ_HEADERS, 'if_match'],
    answers: changeAnswers(scope, entity),
  } as const;
  const reference = only({
    get: operation(scope, {
      ...base,
      id: `${id}.reference`,
      summary: `Reference: ${about(scope, entity, way)}`,
      description: 'The URL of the record that the lookup leads to.',
      options: ['format'],
      answers: { '200': answer(scope, referenceSchema(scope), { description: 'The reference' }), '204': none },
    }),
    put: mayWrite
      ? operation(scope, {
          ...write,
          options: [],
          id: `${id}.set`,
          summary: `Set: ${about(scope, entity, way)}`,
          description: 'Writes the lookup.',
          body: referenceBody(scope, way),
        })
      : undefined,
    delete:
      mayWrite && property.nullable
        ? operation(scope, {
            ...write,
            options: [],
            id: `${id}.clear`,
            summary: `Clear: ${about(scope, entity, way)}`,
            description: 'Empties the lookup.',
          })
        : undefined,
  });
  return [
    [path, { get: follow }],
    [`${path}/$ref`, reference],
  ];
}

function collectionPaths(scope: OpenApiScope, entity: EntityType, way: Way): [string, JsonObject][] {
  const path = `/${entity.set}({id})/${way.name}`;
  const id = `${entity.set}.${way.name}`;
  const collection = only({
    get: list(scope, way.to, id, about(scope, entity, way)),
    post: may(scope, way.to, 'create') ? create(scope, way.to, id) : undefined,
  });
  const paths: [string, JsonObject][] = [
    [path, collection],
    [`${path}/$count`, { get: countOf(scope, way.to, id) }],
  ];
  const references = operation(scope, {
    id: `${id}.references`,
    tag: entity.name,
    summary: `References: ${about(scope, entity, way)}`,
    description: 'The URLs of the records.',
    options: LIST_OPTIONS.filter((name) => !['select', 'expand', 'compute', 'apply'].includes(name)),
    answers: { '200': answer(scope, referenceListSchema(scope), { description: 'A page of references' }) },
    causes: [...LIST_CAUSES, 'record'],
  });
  if (!mayLink(scope, entity, way)) return [...paths, [`${path}/$ref`, { get: references }]];
  const base = {
    tag: entity.name,
    answers: { '204': empty(scope, { description: 'Done' }) },
    causes: WRITE_CAUSES,
  } as const;
  const link = {
    ...base,
    id: `${id}.link`,
    summary: `Link: ${about(scope, entity, way)}`,
    description: 'Links a record; to link twice changes nothing.',
  };
  const unlink = {
    ...base,
    summary: `Unlink: ${about(scope, entity, way)}`,
    description: 'Takes a link away; 404 where there is none.',
  };
  const named = {
    name: '$id',
    in: 'query',
    required: true,
    description: 'URL of the record whose link goes',
    schema: { type: 'string' },
    example: urlOf(way),
  };
  return [
    ...paths,
    [
      `${path}/$ref`,
      {
        get: references,
        post: operation(scope, { ...link, options: [], body: referenceBody(scope, way) }),
        delete: operation(scope, { ...unlink, options: [], id: `${id}.unlink`, parameters: [named] }),
      },
    ],
    [
      `${path}({other})/$ref`,
      {
        parameters: [idParameter(scope, 'other', 'Id of the other record')],
        delete: operation(scope, { ...unlink, options: [], id: `${id}.unlink_by_id` }),
      },
    ],
  ];
}

/** Links are made by who may append on both sides, the other end of a lookup is set by who may write its record. */
function mayLink(scope: OpenApiScope, entity: EntityType, { junction, through, to }: Way): boolean {
  if (through !== undefined) return false;
  if (junction === undefined) return may(scope, to, 'read', 'write');
  return [entity, to].every((side) => may(scope, side, 'read', 'append', 'append_to'));
}

const urlOf = ({ to }: Way): string => `${to.set}(0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d)`;

/** A reference as it is answered. */
function referenceSchema({ components }: OpenApiScope): JsonObject {
  return components.ref('schemas', 'kartoteka.reference_answer', () => ({
    type: 'object',
    required: ['@odata.id'],
    properties: { '@odata.context': { type: 'string' }, '@odata.id': { type: 'string', format: 'uri-reference' } },
  }));
}

function referenceListSchema(scope: OpenApiScope): JsonObject {
  return scope.components.ref('schemas', 'kartoteka.references', () => ({
    type: 'object',
    required: ['value'],
    properties: {
      '@odata.context': { type: 'string' },
      '@odata.count': { type: ['integer', 'string'] },
      value: { type: 'array', items: referenceSchema(scope) },
      '@odata.nextLink': { type: 'string' },
    },
  }));
}

function referenceBody({ components }: OpenApiScope, way: Way): JsonObject {
  const schema = components.ref('schemas', 'kartoteka.reference_body', () => ({
    type: 'object',
    properties: {
      '@odata.id': { type: 'string', format: 'uri-reference' },
      '@id': { type: 'string', format: 'uri-reference' },
    },
    anyOf: [{ required: ['@odata.id'] }, { required: ['@id'] }],
  }));
  const body = jsonBody(schema, 'The URL of the record');
  return { ...body, content: { 'application/json': { schema, example: { '@odata.id': urlOf(way) } } } };
}
