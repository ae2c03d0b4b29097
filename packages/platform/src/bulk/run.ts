// POST to `/<set>/bulk`: many records in one request, each judged as a single write would be, with a result for each.
import type { EntityType } from '@kartoteka/metadata';
import { type ErrorDetail, errorObject, PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { authorizeBulk, authorizeKey } from '../plan/write-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { requireJson } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { header, jsonHeaders, Timing } from '../shape.ts';
import { executeBulk } from './execute.ts';
import { type BulkRequest, parseBulkRequest } from './request.ts';
import type { BulkEnvironment, Outcome } from './types.ts';

/** Details of the error of an atomic request. */
const MOST_DETAILS = 100;

const NO_OPTIONS = new Set<keyof QueryOptions>();

/**
 * 200 with `{"results": [...]}` in the order of the records. Throws what refuses the request as a whole; an atomic request is
 * refused by its first bad record.
 */
export async function runBulk(env: RequestEnvironment, entity: EntityType): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, principal } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  requireJson(header(request, 'content-type'));
  const bulk = await parseBulkRequest(request.body, entity);
  authorizeBulk(bulk.mode, entity, principal);
  const environment = environmentOf(env, entity, bulk);
  authorizeKey(entity, environment.key, env.model, principal);
  timing.mark('parse');
  const { outcomes, failure } = await executeBulk(environment, bulk);
  if (bulk.atomic) refuseFailed(outcomes);
  timing.mark('write');
  const body = JSON.stringify({ results: outcomes.map(resultOf) });
  timing.mark('shape');
  const headers = { ...jsonHeaders(request, 'none', false), 'server-timing': timing.header() };
  return { status: 200, headers, body, ...(failure === undefined ? {} : { failure }) };
}

function environmentOf(env: RequestEnvironment, entity: EntityType, { mode, key }: BulkRequest): BulkEnvironment {
  const { model, database, hooks, principal, request } = env;
  const properties = key.flatMap((name) => entity.properties.get(name) ?? []);
  return { model, database, hooks, principal, entity, mode, key: properties, client: request.client };
}

function resultOf(outcome: Outcome): object {
  return outcome instanceof PlatformError ? { status: outcome.status, error: errorObject(outcome) } : outcome;
}

/** Throws the first record's error, with those of the others as details. */
function refuseFailed(outcomes: readonly Outcome[]): void {
  const index = outcomes.findIndex((outcome) => outcome instanceof PlatformError);
  const first = outcomes[index];
  if (!(first instanceof PlatformError)) return;
  const details: ErrorDetail[] = [];
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome instanceof PlatformError && details.length < MOST_DETAILS) details.push(...detailsOf(at, outcome));
  }
  const target = placeOf(index, first.target ?? first.details[0]?.target);
  throw first.with({ target, details: details.slice(0, MOST_DETAILS) });
}

function detailsOf(index: number, { code, message, target, details }: PlatformError): readonly ErrorDetail[] {
  const own = details.length > 0 ? details : [{ code, message, ...(target === undefined ? {} : { target }) }];
  return own.map((detail) => ({ ...detail, target: placeOf(index, detail.target) }));
}

/** `records/17/name`. */
function placeOf(index: number, target: string | undefined): string {
  return target === undefined ? `records/${index}` : `records/${index}/${target}`;
}
