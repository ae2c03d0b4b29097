// POST to `/<set>/bulk`: many records in one request, each judged as a single write would be, with a result for each.
import type { EntityType } from '@kartoteka/metadata';
import { errorObject, PlatformError } from '../errors.ts';
import { withExplanations } from '../explain/links.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { authorizeBulk, authorizeKey } from '../plan/write-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat, requireJson } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { header, jsonHeaders, Timing } from '../shape.ts';
import { executeBulk } from './execute.ts';
import { refuseFailed } from './refusal.ts';
import { type BulkRequest, parseBulkRequest } from './request.ts';
import type { BulkEnvironment, Outcome } from './types.ts';

const NO_OPTIONS = new Set<keyof QueryOptions>();

/**
 * 200 with `{"results": [...]}` in the order of the records. Throws what refuses the request as a whole; an atomic request is
 * refused by its first bad record.
 */
export async function runBulk(env: RequestEnvironment, entity: EntityType): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, principal } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  parseFormat(header(request, 'accept'), undefined);
  requireJson(header(request, 'content-type'));
  const bulk = await parseBulkRequest(request.body, entity);
  authorizeBulk(bulk.mode, entity, principal);
  const environment = environmentOf(env, entity, bulk);
  authorizeKey(entity, environment.key, env.model, principal);
  timing.mark('parse');
  const { outcomes: bare, failure } = await executeBulk(environment, bulk);
  const outcomes = await withExplanations(env, bare, () => null);
  if (bulk.atomic) refuseFailed(outcomes, placeOf);
  timing.mark('write');
  const body = JSON.stringify({ results: outcomes.map(resultOf) });
  timing.mark('shape');
  const headers = { ...jsonHeaders(request, 'none', false), 'server-timing': timing.header() };
  return { status: 200, headers, body, ...(failure === undefined ? {} : { failure }) };
}

function environmentOf(env: RequestEnvironment, entity: EntityType, { mode, key }: BulkRequest): BulkEnvironment {
  const { model, database, hooks, principal, request } = env;
  const properties = key.flatMap((name) => entity.properties.get(name) ?? []);
  const { client } = request;
  return { model, database, hooks, principal, entity, mode, key: properties, client, request };
}

function resultOf(outcome: Outcome): object {
  if (outcome instanceof PlatformError) return { status: outcome.status, error: errorObject(outcome) };
  // The members of a result have plain names.
  return Object.fromEntries(Object.entries(outcome).map(([name, value]) => [name.replace(/^@kartoteka\./, ''), value]));
}

/** `records/17/name`. */
function placeOf(index: number, target: string | undefined): string {
  return target === undefined ? `records/${index}` : `records/${index}/${target}`;
}
