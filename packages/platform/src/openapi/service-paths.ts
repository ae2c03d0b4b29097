// Paths of the service as a whole: what it consists of, descriptions of it, batches.
import { own } from './components.ts';
import { answer, empty, operation } from './operation.ts';
import { SERVICE_TAG } from './operation-paths.ts';
import type { JsonObject, OpenApiScope, Paths } from './types.ts';

export function servicePaths(scope: OpenApiScope): Paths {
  return {
    '/': { get: serviceDocument(scope) },
    '/$metadata': { get: metadata(scope) },
    '/openapi.json': { get: openApi(scope) },
    '/json-schemas': { get: jsonSchemas(scope) },
    '/client-model': { get: clientModel(scope) },
    '/$entity': { get: entityById(scope) },
    '/$batch': { post: batch(scope) },
  };
}

function serviceDocument(scope: OpenApiScope): JsonObject {
  const schema = scope.components.ref('schemas', own('service_document'), () => ({
    type: 'object',
    required: ['value'],
    properties: {
      '@odata.context': { type: 'string', format: 'uri' },
      value: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'url'],
          properties: {
            name: { type: 'string' },
            kind: { type: 'string' },
            title: { type: 'string' },
            url: { type: 'string', format: 'uri-reference' },
          },
        },
      },
    },
  }));
  return operation(scope, {
    id: 'service.document',
    tag: SERVICE_TAG,
    summary: 'Service document',
    description: 'The entity sets that the caller may read.',
    options: ['format'],
    answers: { '200': answer(scope, schema, { description: 'The entity sets' }) },
    causes: ['format'],
  });
}

function entityById(scope: OpenApiScope): JsonObject {
  const id = { name: '$id', in: 'query', required: true, schema: { type: 'string', format: 'uri-reference' } };
  return operation(scope, {
    id: 'service.entity',
    tag: SERVICE_TAG,
    summary: 'A record by its entity-id',
    description: 'The record that has the URL, as a request for that URL answers it.',
    options: ['compute', 'select', 'expand', 'format'],
    headers: ['prefer', 'language', 'if_match', 'if_none_match'],
    parameters: [{ ...id, description: 'URL of the record, relative to the service or absolute' }],
    answers: {
      '200': answer(scope, { type: 'object' }, { description: 'The record', headers: KNOWN }),
      '304': empty(scope, { description: 'The client has it already', headers: KNOWN }),
    },
    causes: ['privilege', 'record', 'expression', 'format', 'precondition'],
  });
}

/** What a description answers to who has it already. */
const KNOWN = { ETag: 'Of the content' } as const;

function metadata(scope: OpenApiScope): JsonObject {
  const ok = empty(scope, { description: 'The description', headers: KNOWN });
  const content = {
    'application/xml': { schema: { type: 'string' } },
    'application/json': { schema: { type: 'object' } },
  };
  return operation(scope, {
    id: 'service.metadata',
    tag: SERVICE_TAG,
    summary: 'Metadata (CSDL)',
    description: 'Entity types, sets, actions and functions for the rights of the caller, as CSDL XML or CSDL JSON.',
    options: ['format'],
    headers: ['language', 'if_none_match'],
    answers: {
      '200': { ...ok, content },
      '304': empty(scope, { description: 'The client has it already', headers: KNOWN }),
    },
    causes: ['format'],
  });
}

function openApi(scope: OpenApiScope): JsonObject {
  return operation(scope, {
    id: 'service.openapi',
    tag: SERVICE_TAG,
    summary: 'This document',
    description: 'OpenAPI 3.1 for the rights of the caller, with labels in his language.',
    options: [],
    headers: ['language', 'if_none_match'],
    answers: {
      '200': answer(
        scope,
        { type: 'object', required: ['openapi'], properties: { openapi: { const: '3.1.0' } } },
        { description: 'The document', headers: KNOWN },
      ),
      '304': empty(scope, { description: 'The client has it already', headers: KNOWN }),
    },
    causes: ['format'],
  });
}

function jsonSchemas(scope: OpenApiScope): JsonObject {
  const object: JsonObject = { type: 'object', additionalProperties: { type: 'object' } };
  const schema: JsonObject = {
    type: 'object',
    required: ['$schema', 'schema_version', 'language', 'sets', 'operations', '$defs'],
    properties: {
      $schema: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      schema_version: { type: 'string', description: 'For $schemaversion' },
      language: { type: 'string' },
      sets: { ...object, description: 'By name: schemas, keys, navigations and operations' },
      operations: { ...object, description: 'Of the service itself' },
      $defs: object,
    },
    additionalProperties: false,
  };
  return operation(scope, {
    id: 'service.json_schemas',
    tag: SERVICE_TAG,
    summary: 'JSON Schemas',
    description:
      'JSON Schemas (2020-12) of the records of every entity set as they are read, created and changed, for the rights of the caller: what clients are generated from. Labels are English unless another language is asked for.',
    options: [],
    headers: ['language', 'if_none_match'],
    answers: {
      '200': answer(scope, schema, { description: 'The schemas', headers: KNOWN }),
      '304': empty(scope, { description: 'The client has it already', headers: KNOWN }),
    },
    causes: ['format'],
  });
}

function clientModel(scope: OpenApiScope): JsonObject {
  const object: JsonObject = { type: 'object' };
  const schema: JsonObject = {
    type: 'object',
    required: ['revision', 'hash', 'languages', 'organization', 'user', 'capabilities', 'entities', 'choices'],
    properties: {
      revision: { type: 'integer', description: 'Of the documents' },
      hash: { type: 'string', description: 'Differs where anything in the answer does' },
      languages: { type: 'array', items: { type: 'string' } },
      organization: { ...object, description: 'Currencies, time zone, locale' },
      user: { ...object, description: 'Who asks' },
      capabilities: { type: 'array', items: { type: 'string' } },
      entities: { ...object, description: 'By name: labels, privileges, fields, navigations, views and forms' },
      choices: { ...object, description: 'Shared choices that fields name, by name' },
    },
    additionalProperties: false,
  };
  return operation(scope, {
    id: 'service.client_model',
    tag: SERVICE_TAG,
    summary: 'The Model for applications',
    description:
      'What an application draws its pages from, for the rights of the caller: entities, fields with their options and controls, relations, views, forms and choices, with labels in all languages.',
    options: [],
    headers: ['if_none_match'],
    answers: {
      '200': answer(scope, schema, { description: 'The Model', headers: KNOWN }),
      '304': empty(scope, { description: 'The client has it already', headers: KNOWN }),
    },
    causes: ['format'],
  });
}

function batch(scope: OpenApiScope): JsonObject {
  const { components } = scope;
  const body = components.ref('schemas', own('batch'), () => ({
    type: 'object',
    required: ['requests'],
    properties: {
      requests: { type: 'array', maxItems: 1000, items: components.ref('schemas', own('batch_request'), batchRequest) },
    },
  }));
  const answered = components.ref('schemas', own('batch_answer'), () => ({
    type: 'object',
    required: ['responses'],
    properties: {
      responses: { type: 'array', items: components.ref('schemas', own('batch_response'), batchResponse) },
    },
  }));
  const multipart = {
    'multipart/mixed': { schema: { type: 'string', description: 'Parts of application/http, and change sets' } },
  };
  const ok = answer(scope, answered, {
    description: 'Answers of the requests, in their order',
    headers: { 'Preference-Applied': 'Which preferences were honoured' },
  });
  return {
    ...operation(scope, {
      id: 'service.batch',
      tag: SERVICE_TAG,
      summary: 'Batch',
      description:
        'Up to 1,000 requests that run one after the other, each with the rights of the caller; an atomicity group is one transaction.',
      options: [],
      headers: ['prefer', 'language'],
      body: {
        required: true,
        description: 'The requests',
        content: { 'application/json': { schema: body, example: BATCH_EXAMPLE }, ...multipart },
      },
      answers: { '200': { ...ok, content: { ...(ok.content as JsonObject), ...multipart } } },
      causes: ['batch', 'format'],
    }),
  };
}

const BATCH_EXAMPLE: JsonObject = { requests: [{ id: '1', method: 'GET', url: '$metadata' }] };

const HEADERS: JsonObject = { type: 'object', additionalProperties: { type: 'string' } };

function batchRequest(): JsonObject {
  return {
    type: 'object',
    required: ['id', 'method', 'url'],
    properties: {
      id: { type: 'string', description: 'Names the request within the batch' },
      method: { type: 'string', description: 'GET, POST, PATCH, PUT or DELETE' },
      url: {
        type: 'string',
        description: 'Relative to the service, from the root of the host, or absolute; $id for an earlier record',
      },
      headers: HEADERS,
      body: { description: 'JSON' },
      atomicityGroup: { type: 'string', description: 'Requests of one group are one transaction' },
      dependsOn: {
        type: 'array',
        items: { type: 'string' },
        description: 'Requests and groups that must have succeeded',
      },
    },
  };
}

function batchResponse(): JsonObject {
  return {
    type: 'object',
    required: ['id', 'status'],
    properties: {
      id: { type: 'string' },
      atomicityGroup: { type: 'string' },
      status: { type: 'integer' },
      headers: HEADERS,
      body: { description: 'As the request alone would answer it' },
    },
  };
}
