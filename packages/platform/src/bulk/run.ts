// POST to `/<set>/bulk`: many records in one request, each judged as a single write would be, with a result for each.
import type { EntityType } from '@kartoteka/metadata';
import { type ErrorObject, errorObject, PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { requirePrivilege } from '../plan/write-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { requireJson } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { header, jsonHeaders, Timing } from '../shape.ts';
import { executeWrite } from '../write/execute.ts';
import { findRecords, keyValues, type RecordKey } from './find.ts';
import { type BulkRequest, parseBulkRequest } from './request.ts';

interface Result {
  readonly status: number;
  readonly id?: string;
  readonly changed?: boolean;
  readonly error?: ErrorObject;
}

const NO_OPTIONS = new Set<keyof QueryOptions>();

/** 200 with `{"results": [...]}` in the order of the records. Throws what refuses the request as a whole. */
export async function runBulk(env: RequestEnvironment, entity: EntityType): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, model } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  requireJson(header(request, 'content-type'));
  requireAny(env, entity);
  const bulk = parseBulkRequest(request.body, entity, model);
  if (bulk.atomic) throw new PlatformError('not_supported', { what: 'atomic' }, { target: 'atomic' });
  if (bulk.dryRun) throw new PlatformError('not_supported', { what: 'dry_run' }, { target: 'dry_run' });
  timing.mark('parse');
  const key = { entity, properties: bulk.key.flatMap((name) => entity.properties.get(name) ?? []) };
  const results: Result[] = [];
  for (const record of bulk.records) {
    try {
      if (record instanceof PlatformError) throw record;
      results.push(await writeOne(env, bulk, key, record));
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      results.push({ status: error.status, error: errorObject(error) });
    }
  }
  timing.mark('write');
  const headers = { ...jsonHeaders(request, 'none', false), 'server-timing': timing.header() };
  return { status: 200, headers, body: JSON.stringify({ results }) };
}

/** Whoever may neither create nor change records of the entity is refused as a whole. */
function requireAny({ principal }: RequestEnvironment, entity: EntityType): void {
  if (!principal.access(entity.name, 'write').granted) requirePrivilege(principal, entity, 'create');
}

async function writeOne(
  env: RequestEnvironment,
  bulk: BulkRequest,
  key: RecordKey,
  record: Readonly<Record<string, unknown>>,
): Promise<Result> {
  const { model, database, principal, request } = env;
  const base = { entity: key.entity, principal, client: request.client, representation: null } as const;
  if (bulk.mode === 'create') {
    const { id } = await executeWrite(env, { ...base, operation: 'create', values: record });
    return { status: 201, id, changed: true };
  }
  const found = (await findRecords(model, principal, database, key, [keyValues(key, record)]))[0] ?? null;
  if (found === null && bulk.mode === 'upsert') {
    const { id } = await executeWrite(env, { ...base, operation: 'create', values: record });
    return { status: 201, id, changed: true };
  }
  if (found === null) throw new PlatformError('not_found');
  if (found.hidden) {
    if (bulk.mode === 'update' || bulk.key[0] === 'id') throw new PlatformError('not_found');
    throw new PlatformError('duplicate_key', { name: bulk.key.join(', ') }, { target: bulk.key[0] ?? '' });
  }
  const values = Object.fromEntries(Object.entries(record).filter(([name]) => !bulk.key.includes(name)));
  const { id } = found;
  const { changed } = await executeWrite(env, { ...base, operation: 'update', id, values, ifMatch: null });
  return { status: 200, id, changed };
}
