// GET of an entity set whose changes are to be told: the list itself, page after page, each page of it with the token of the moment
// at which the first one was read; or, by the delta link, what has changed since. It decides no rights.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { planDelta } from '../plan/delta.ts';
import type { EngineRequest, EngineResponse } from '../platform-types.ts';
import { readCollection, type Tracking } from '../read.ts';
import { parseFormat, parsePrefer } from '../request/headers.ts';
import { parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { parseSelect } from '../request/select-expand.ts';
import type { ReadEnvironment } from '../run-read.ts';
import { withAllShares } from '../security/all-shares.ts';
import { encodeOption, header } from '../shape.ts';
import type { Row } from '../storage/types.ts';
import { type Binding, bindingOf, queryOf } from './binding.ts';
import { appliedPreference, deltaLink } from './links.ts';
import { readDelta } from './read.ts';
import { positionOf } from './snapshot.ts';
import { type DeltaToken, decodeToken, deltaSecret, encodeToken, expired, invalidToken } from './token.ts';

const TRACKS = /(?:odata\.)?track-changes/gi;

/** Whether a request for a list may be about its changes; readTracked looks closer. */
export function mayTrack({ query, headers: { prefer } }: EngineRequest): boolean {
  return (prefer !== undefined && String(prefer).search(TRACKS) >= 0) || /deltatoken/i.test(query);
}

/** What can be said of a list that is followed. */
const OPTIONS: ReadonlySet<string> = new Set(['filter', 'search', 'select', 'orderby', 'count', 'format', 'skiptoken']);
/** And of its changes, whose order and number are their own. */
const DELTA_OPTIONS: ReadonlySet<string> = new Set(['filter', 'search', 'select', 'format']);

/**
 * Throws what readCollection throws; invalid_deltatoken, delta_expired (410: the list has to be read again), not_supported for a list
 * that cannot be followed.
 */
export async function readTracked(asked: ReadEnvironment, entity: EntityType): Promise<EngineResponse> {
  const { request } = asked;
  const prefer = header(request, 'prefer');
  const { deltatoken, ...given } = parseQueryOptions(request.query);
  if (deltatoken === undefined && !parsePrefer(prefer).trackChanges) return readCollection(asked, entity);
  const env = { ...asked, principal: withAllShares(asked.executor, asked.principal) };
  refuseNone(request, given);
  const token = deltatoken === undefined ? null : decodeToken(deltatoken, await deltaSecret(env.executor));
  refuseOthers(given, token?.kind === 'delta' ? DELTA_OPTIONS : OPTIONS);
  const options = withId(given);
  if (token !== null && token.query !== queryOf(env.principal, entity, options)) throw invalidToken();
  if (token !== null && token.kind === 'list' && options.skiptoken === undefined) throw invalidToken();
  if (token === null && options.skiptoken !== undefined) throw invalidToken();
  const binding = bindingNow(env, entity, options, token);
  if (token?.kind === 'delta') return readDelta(env, { entity, options, token, binding });
  const rest = { ...request, query: queryText(options), headers: withoutTracking(request) };
  const tracking = await trackingOf(env, entity, options, token ?? binding);
  return readCollection({ ...env, request: rest }, entity, null, tracking);
}

/** What was asked for and could be told once can be asked for no more: the documents are others. Refused rights stay refused. */
function bindingNow(
  { model, principal }: ReadEnvironment,
  entity: EntityType,
  options: QueryOptions,
  token: DeltaToken | null,
): Binding {
  try {
    return bindingOf(model, principal, planDelta(model, entity, options), options);
  } catch (error) {
    if (token === null || !(error instanceof PlatformError) || error.status === 403) throw error;
    throw expired('the metadata has changed');
  }
}

/** JSON without control information cannot hold what is told of removed records (OData JSON 4.01, 3.1.3). */
function refuseNone(request: EngineRequest, { format }: QueryOptions): void {
  const { metadata } = parseFormat(header(request, 'accept'), format);
  const name = format === undefined ? 'Accept' : '$format';
  if (metadata !== 'none') return;
  const reason = 'changes cannot be told with metadata=none';
  throw new PlatformError('invalid_option', { name, reason }, { target: name });
}

function refuseOthers(options: QueryOptions, allowed: ReadonlySet<string>): void {
  const name = Object.keys(options).find((each) => !allowed.has(each));
  if (name === undefined) return;
  throw new PlatformError('not_supported', { what: `$${name} with change tracking` }, { target: `$${name}` });
}

/** Without its id nobody knows what record has changed. */
function withId<Options extends QueryOptions>(options: Options): Options {
  if (options.select === undefined) return options;
  const { all, names } = parseSelect(options.select);
  return all || names.includes('id') ? options : { ...options, select: `${options.select},id` };
}

function queryText(options: QueryOptions): string {
  return Object.entries(options)
    .map(([name, value]) => `$${name}=${encodeOption(value)}`)
    .join('&');
}

function withoutTracking({ headers }: EngineRequest): EngineRequest['headers'] {
  const prefer = typeof headers.prefer === 'object' ? headers.prefer.join(',') : headers.prefer;
  return prefer === undefined ? headers : { ...headers, prefer: prefer.replace(TRACKS, '') };
}

/** `from`: the token that came along, or what the first page is bound to. */
async function trackingOf(
  env: ReadEnvironment,
  { set }: EntityType,
  options: QueryOptions,
  from: Binding | DeltaToken,
): Promise<Tracking> {
  const secret = await deltaSecret(env.executor);
  const { request } = env;
  const tokenOf = (row: Row): DeltaToken => {
    const { snapshot, epoch } = positionOf(row);
    if ('low' in from) return { ...from, high: snapshot, epoch: from.epoch === epoch ? epoch : null };
    const { query, meaning, rights } = from;
    return { kind: 'list', query, meaning, rights, epoch, low: snapshot, high: null, upper: null, after: null };
  };
  const { filter, search, select, format } = options;
  const shown = { filter, search, select, format } as QueryOptions;
  return {
    next: (row) => `&$deltatoken=${encodeToken({ ...tokenOf(row), high: null }, secret)}`,
    delta: (row) => deltaLink(`${request.baseUrl}/${set}`, shown, { ...tokenOf(row), kind: 'delta' }, secret),
    applied: appliedPreference(request),
  };
}
