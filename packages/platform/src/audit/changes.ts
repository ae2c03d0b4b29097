// GET of the changes of a record, or of all records of a set that the caller may read: parse -> plan -> authorize -> compile ->
// execute -> shape, as every read. It decides no rights and looks into no image.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type FilterShape, filterShape, formatKey } from '../list-request.ts';
import { type ChangesPlan, planChangesFilter } from '../plan/changes.ts';
import type { EngineResponse } from '../platform-types.ts';
import { type CompiledRead, compileRead, keptRead } from '../read-cache.ts';
import { type Format, parseFormat, parsePrefer } from '../request/headers.ts';
import { type Page, pageOf } from '../request/page.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { decodeSkipToken, encodeSkipToken, type TokenValues, tokenShape } from '../request/skiptoken.ts';
import type { ReadEnvironment } from '../run-read.ts';
import { collectionBody, contextUrl, header, jsonHeaders, nextLink, Timing } from '../shape.ts';
import { MOST_BYTES } from '../sql/answer-size.ts';
import { bindStatement } from '../sql/bind.ts';
import { compileChanges } from '../sql/changes.ts';
import type { Row } from '../storage/types.ts';

const OPTIONS = new Set<keyof QueryOptions>(['filter', 'top', 'skiptoken', 'format']);
/** A position in the log: two keys. */
const KEYS = [/^[\d :.+-]{1,40}$/, /^\d{1,19}$/] as const;

/** One page as the request asks for it. */
interface ChangesRequest {
  /** As links name it: `deals(ID)/changes`. */
  readonly path: string;
  readonly options: QueryOptions;
  readonly format: Format;
  readonly page: Page;
  readonly after: TokenValues | null;
  readonly literals: FilterShape;
  readonly plan: ChangesPlan;
}

/**
 * A page of changes, newest first. `id`: of one record; throws not_found where that is missing or hidden. `entity`: of the recycle
 * bin its own type. Throws missing_privilege, secured_property and the errors of the options.
 */
export async function readChanges(
  env: ReadEnvironment,
  entity: EntityType,
  id: string | null,
): Promise<EngineResponse> {
  const timing = new Timing();
  const request = changesRequest(env, entity, id);
  timing.mark('parse');
  const compiled = await compiledChanges(env, request);
  timing.mark('plan');
  const row = await run(env, request, compiled, id);
  timing.mark('execute');
  if (row.found === false) throw new PlatformError('not_found');
  if (typeof row.items !== 'string') {
    const limit = 'bytes in one answer; ask for fewer changes';
    throw new PlatformError('limit_exceeded', { limit, value: String(MOST_BYTES) });
  }
  const body = collectionBody({
    contextUrl: contextUrl(env.request, request.format, 'Collection(kartoteka.change)'),
    total: null,
    items: `[${row.items}]`,
    nextLink: nextOf(env, request, row),
  });
  timing.mark('shape');
  return { status: 200, headers: headersOf(env, request, timing), body };
}

function changesRequest(env: ReadEnvironment, entity: EntityType, id: string | null): ChangesRequest {
  const { model, request } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, OPTIONS);
  const format = parseFormat(header(request, 'accept'), options.format);
  const page = pageOf(options, parsePrefer(header(request, 'prefer')).maxPageSize);
  const path = `${entity.set}${id === null ? '' : `(${id})`}/changes`;
  const after = options.skiptoken === undefined ? null : position(tokenShape(path, options), options.skiptoken);
  const filter = planChangesFilter(entity, options.filter);
  const plan = { kind: 'changes', entity, single: id !== null, ...filter, continues: after !== null } as const;
  return { path, options, format, page, after, plan, literals: filterShape(model, entity, options.filter) };
}

/** Throws invalid_skiptoken also for a forged position. */
function position(shape: string, token: string): TokenValues {
  const values = decodeSkipToken(shape, token);
  const fits = values.length === KEYS.length && KEYS.every((key, index) => key.test(values[index] ?? ''));
  if (!fits) throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
  return values;
}

/** Which properties a filter names is part of what is authorized, so that it is never left to the shape of its text. */
async function compiledChanges(env: ReadEnvironment, request: ChangesRequest): Promise<CompiledRead> {
  const { plan, format, literals } = request;
  const { entity, single, continues, touching } = plan;
  const names = touching.map((group) =>
    group.map(({ property, navigation }) => (property ?? navigation).name).join(','),
  );
  const flags = `${single ? 's' : ''}${continues ? 'c' : ''}`;
  const key = `changes\0${env.model.revision}\0${entity.set}\0${formatKey(format)}\0${flags}\0${literals.shape}\0${names.join('\0')}`;
  return (
    keptRead(env.principal, key) ??
    (await compileRead(env, key, plan, (authorized) => compileChanges(authorized, format.ieee754)))
  );
}

/** Planned for the log as it is, and for the values asked for: never prepared. */
async function run(
  env: ReadEnvironment,
  { page, after, literals }: ChangesRequest,
  { statement }: CompiledRead,
  id: string | null,
): Promise<Row> {
  const { model, principal, executor } = env;
  const values: Record<string, string | null> = { limit: String(page.size + 1), page: String(page.size), id };
  for (const [index, value] of (after ?? []).entries()) values[`key${index}`] = value;
  const parameters = bindStatement(statement, { model, principal, literals: literals.literals, values });
  const row = (await executor.run(statement.text, parameters))[0];
  if (row === undefined) throw new Error('a page of changes answered no row');
  return row;
}

function nextOf({ request }: ReadEnvironment, { path, options, page }: ChangesRequest, row: Row): string | null {
  if (!page.paged || Number(row.rows) <= page.size) return null;
  const token = encodeSkipToken(tokenShape(path, options), [row.k0, row.k1] as TokenValues);
  return nextLink(`${request.baseUrl}/${path}`, options, token, page.top === null ? null : page.top - page.size);
}

function headersOf(env: ReadEnvironment, { format, page }: ChangesRequest, timing: Timing): Record<string, string> {
  const headers = jsonHeaders(env.request, format.metadata, format.ieee754);
  if (page.preferred !== null) headers['preference-applied'] = `odata.maxpagesize=${page.preferred}`;
  headers['server-timing'] = timing.header();
  return headers;
}
