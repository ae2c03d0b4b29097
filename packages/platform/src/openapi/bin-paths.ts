// Paths of an entity's recycle bin: its records as any list, and what their relations lead to. All are read only.

import { type EntityType, recycleBinOf } from '@kartoteka/metadata';
import { mayBin } from '../describe/operations.ts';
import { COUNT_OPTIONS, LIST_OPTIONS } from '../request/query-options.ts';
import { own } from './components.ts';
import { answer, empty, operation, textAnswer } from './operation.ts';
import { idParameter } from './parameters.ts';
import { countOf, LIST_CAUSES, labelOf, list, READ_HEADERS, readRecord } from './record-paths.ts';
import { visibleNavigations } from './record-schemas.ts';
import type { JsonObject, OpenApiScope, Paths } from './types.ts';

/** Nothing for who may not see deleted records. */
export function binPaths(scope: OpenApiScope, entity: EntityType): Paths {
  if (!mayBin(scope, entity)) return {};
  const bin = recycleBinOf(entity);
  const id = `${entity.set}.deleted`;
  const parameters = [idParameter(scope, 'id', 'Id of the record')];
  return Object.fromEntries([
    [`/${entity.set}/deleted`, { get: list(scope, bin, id, 'Recycle bin') }],
    [`/${entity.set}/deleted/$count`, { get: countOf(scope, bin, id) }],
    [`/${entity.set}/deleted({id})`, { parameters, get: readRecord(scope, bin, `${id}.read`) }],
    ...binRelationPaths(scope, bin, id, parameters),
  ]);
}

/** Relations of a deleted record, of which there is not much to tell: one path for all of them. */
function binRelationPaths(
  scope: OpenApiScope,
  bin: EntityType,
  id: string,
  shared: readonly JsonObject[],
): [string, JsonObject][] {
  const names = visibleNavigations(scope, bin).map(({ name }) => name);
  if (names.length === 0) return [];
  const schema = { type: 'string', enum: names };
  const navigation = { name: 'navigation', in: 'path', required: true, description: 'Name of the relation', schema };
  const parameters = [...shared, navigation];
  const related = scope.components.ref('schemas', own('related_records'), () => ({
    type: 'object',
    description: 'The record that a lookup leads to, or a page of a collection: `value`',
  }));
  const base = {
    tag: bin.name,
    description: 'Leads to live records only.',
    causes: [...LIST_CAUSES, 'record', 'precondition'],
  } as const;
  const none = empty(scope, { description: 'It leads nowhere' });
  const follow = operation(scope, {
    ...base,
    id: `${id}.related`,
    summary: `Follow a relation of a deleted record: ${labelOf(scope, bin)}`,
    options: LIST_OPTIONS,
    headers: READ_HEADERS,
    answers: { '200': answer(scope, related, { description: 'What it leads to' }), '204': none },
  });
  const count = operation(scope, {
    ...base,
    id: `${id}.related.count`,
    summary: `Number of related records of a deleted record: ${labelOf(scope, bin)}`,
    options: COUNT_OPTIONS,
    answers: { '200': textAnswer(scope, 'The number') },
  });
  const reference = operation(scope, {
    ...base,
    id: `${id}.related.reference`,
    summary: `Reference of a deleted record: ${labelOf(scope, bin)}`,
    options: ['format'],
    answers: { '200': answer(scope, related, { description: 'The reference' }), '204': none },
  });
  const path = `/${bin.set}({id})/{navigation}`;
  return [
    [path, { parameters, get: follow }],
    [`${path}/$count`, { parameters, get: count }],
    [`${path}/$ref`, { parameters, get: reference }],
  ];
}
