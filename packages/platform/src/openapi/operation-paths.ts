// Paths of actions and functions, as describe/operations.ts has them: of an entity's records, and of the service.
import type { EntityType } from '@kartoteka/metadata';
import { operationsFor } from '../describe/operations.ts';
import type { Binding, Operation } from '../describe/types.ts';
import { tabularOf } from '../export/tabular.ts';
import { shapeOf } from '../extensions/registry.ts';
import { own } from './components.ts';
import type { Cause } from './error-responses.ts';
import { answer, ETAG, empty, jsonBody, operation, PREFERENCE } from './operation.ts';
import { idParameter, keyParameter, type OptionName } from './parameters.ts';
import { ANSWER_OPTIONS, changeAnswers, READ_HEADERS, withFiles } from './record-paths.ts';
import { memberSchema, membersSchema, shapeSchema } from './shape-schema.ts';
import type { JsonObject, OpenApiScope, Paths } from './types.ts';

/** Tag of what is of the service as a whole. */
export const SERVICE_TAG = 'service';

interface Place {
  readonly path: string;
  readonly id: string;
  readonly parameters: readonly JsonObject[];
}

const PLACES: Readonly<Record<Binding, (scope: OpenApiScope, entity: EntityType | null) => Place>> = {
  service: () => ({ path: '', id: '', parameters: [] }),
  collection: (_scope, entity) => ({ path: `/${entity?.set}`, id: `${entity?.set}.all.`, parameters: [] }),
  record: (scope, entity) => ({
    path: `/${entity?.set}({id})`,
    id: `${entity?.set}.`,
    parameters: entity === null ? [] : [keyParameter(scope, entity)],
  }),
  deleted_record: (scope, entity) => ({
    path: `/${entity?.set}/deleted({id})`,
    id: `${entity?.set}.deleted.`,
    parameters: [idParameter(scope, 'id', 'Id of the record')],
  }),
};

/** Those of the entity that the caller may use; of the service where it is null. */
export function operationPaths(scope: OpenApiScope, entity: EntityType | null): Paths {
  const parts = operationsFor(scope, entity).map((each): [string, JsonObject] => {
    const { path, id, parameters } = PLACES[each.binding](scope, entity);
    const method = each.kind === 'action' ? 'post' : 'get';
    const described = operationOf(scope, entity, each, id);
    return [`${path}/${each.name}`, { ...(parameters.length === 0 ? {} : { parameters }), [method]: described }];
  });
  return Object.fromEntries(parts);
}

const LIST_OPTIONS: readonly OptionName[] = ['top', 'skiptoken', 'format'];

function operationOf(scope: OpenApiScope, entity: EntityType | null, each: Operation, id: string): JsonObject {
  const { name, kind, binding, parameters, list, summary, description, versioned } = each;
  const answersRecord = each.returns === 'record';
  const needed = Object.values(parameters).some(({ optional }) => optional !== true);
  const takesBody = kind === 'action' && Object.keys(parameters).length > 0;
  const filter = list?.filter === undefined ? [] : [filterParameter(list.filter)];
  const asked = kind === 'function' ? queryParameters(scope, each) : [];
  return operation(scope, {
    id: `${id}${name}`,
    tag: entity?.name ?? SERVICE_TAG,
    summary,
    description,
    options: list === undefined ? (answersRecord ? ANSWER_OPTIONS : []) : LIST_OPTIONS,
    headers: [
      ...(list === undefined && !answersRecord ? [] : READ_HEADERS),
      ...(versioned === true ? (['if_match'] as const) : []),
    ],
    parameters: [...filter, ...asked],
    ...(takesBody ? { body: jsonBody(parametersSchema(scope, each), 'Parameters', needed) } : {}),
    answers: answersOf(scope, entity, each),
    causes: causesOf(binding, each),
  });
}

/** What an extension does is its own business: all that reading and writing records can meet. */
const OF_EXTENSIONS: readonly Cause[] = [
  ...(['extension', 'privilege', 'record', 'expression', 'pages', 'format', 'options', 'body'] as const),
  ...(['write', 'delete', 'restore', 'share', 'precondition', 'documents'] as const),
];

/** Of functions that can be refused with more than others. */
const OWN_CAUSES: Readonly<Record<string, readonly Cause[]>> = { shares: ['shares'], timeline: ['arguments'] };

function causesOf(binding: Binding, { kind, list, name, extended }: Operation): readonly Cause[] {
  if (extended === true) return OF_EXTENSIONS;
  const named: readonly Cause[] = binding === 'record' || binding === 'deleted_record' ? ['record'] : [];
  const reads: readonly Cause[] = list === undefined ? ['record', 'format'] : ['expression', 'pages', 'format'];
  const does: readonly Cause[] =
    name === 'restore'
      ? ['restore', 'body', 'expression', 'format']
      : ['write', 'share', 'precondition', 'expression', 'format'];
  const publishes: readonly Cause[] = binding === 'service' ? ['documents'] : [];
  const tells: readonly Cause[] = [...(OWN_CAUSES[name] ?? []), ...reads];
  return ['privilege', ...named, ...(kind === 'function' ? tells : [...does, ...publishes])];
}

function answersOf(scope: OpenApiScope, entity: EntityType | null, described: Operation): JsonObject {
  const answers = plainAnswers(scope, entity, described);
  const isTable = described.extended === true && tabularOf(described, (name) => shapeOf(scope.model, name)) !== null;
  return isTable ? { ...answers, '200': withFiles(scope, answers['200'] as JsonObject) } : answers;
}

function plainAnswers(scope: OpenApiScope, entity: EntityType | null, { returns, list }: Operation): JsonObject {
  if (returns === null) return { '204': empty(scope, { description: 'Done', headers: { ...ETAG, ...PREFERENCE } }) };
  if (returns === 'record') return entity === null ? {} : changeAnswers(scope, entity);
  const shape = shapeSchema(scope, returns.shape);
  if (returns.collection !== true) return { '200': answer(scope, shape, { description: 'The answer' }) };
  return {
    '200': answer(scope, pageSchema(scope, returns.shape), {
      description: 'A page',
      ...(list === undefined ? {} : { headers: PREFERENCE }),
    }),
  };
}

/** A page of structures. */
export function pageSchema(scope: OpenApiScope, name: string): JsonObject {
  return scope.components.ref('schemas', own(`${name}_list`), () => ({
    type: 'object',
    required: ['value'],
    properties: {
      '@odata.context': { type: 'string' },
      value: { type: 'array', items: shapeSchema(scope, name) },
      '@odata.nextLink': { type: 'string', description: 'The next page; absent on the last' },
    },
  }));
}

/** Shared by all entities whose operation takes the same. */
function parametersSchema(scope: OpenApiScope, { name, parameters }: Operation): JsonObject {
  return scope.components.same('schemas', own(`${name}${'ids' in parameters ? '_many' : ''}`), {
    ...membersSchema(scope, parameters),
    additionalProperties: false,
  });
}

function filterParameter(text: string): JsonObject {
  return { name: '$filter', in: 'query', description: `Conditions on ${text}`, schema: { type: 'string' } };
}

/** Parameters that stand in the query under their own names. */
export function queryParameters(
  scope: OpenApiScope,
  { parameters }: Pick<Operation, 'parameters'>,
): readonly JsonObject[] {
  return Object.entries(parameters).map(([name, member]) => {
    const { description, ...schema } = memberSchema(scope, member);
    return { name, in: 'query', required: member.optional !== true, description: description ?? name, schema };
  });
}
