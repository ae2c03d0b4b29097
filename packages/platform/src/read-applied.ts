// GET of a list with $apply: one page of grouped rows, or how many there are. Parsed, planned, authorized, compiled and kept like
// any list (read.ts); the rows are no records: they have no ids and no versions.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { formattedRows } from './formatted-rows.ts';
import { formattingOf } from './formatted-values.ts';
import { collectionKey, filterShape, type ListRequest, listedOf, searchWithin, type Within } from './list-request.ts';
import { planApply } from './plan/apply.ts';
import { limitRecords } from './plan/record-limit.ts';
import type { EngineResponse } from './platform-types.ts';
import { type CompiledRead, compileRead, keptRead } from './read-cache.ts';
import type { ApplyNode } from './request/apply.ts';
import { pageOf } from './request/page.ts';
import type { QueryOptions } from './request/query-options.ts';
import {
  collectionHeaders,
  collectionValues,
  execute,
  nextLinkOf,
  type ReadEnvironment,
  sqlFormat,
  takeText,
} from './run-read.ts';
import { collectionBody, contextUrl, Timing } from './shape.ts';
import { compileApply } from './sql/apply.ts';
import type { Row } from './storage/types.ts';

/** One page of the rows. Throws what the options deserve, and not_found as readCollection does. */
export async function readApplied(
  env: ReadEnvironment,
  entity: EntityType,
  within: Within | null,
  list: ListRequest,
  nodes: readonly ApplyNode[],
): Promise<EngineResponse> {
  const timing = new Timing();
  const { model, principal, request } = env;
  const { options, format, page, set } = list;
  const formatting = formattingOf(model, principal, request, list.preferences);
  const compiled = await compiledApply(env, entity, within, list, nodes, false);
  limitRecords(page.size, principal, env.room);
  timing.mark('plan');
  const row = await rowOf(env, compiled, list, within);
  timing.mark('execute');
  const items = `[${takeText(row, 'items')}]`;
  const more = page.paged && Number(row.rows) > page.size;
  const body = collectionBody({
    contextUrl: contextUrl(request, format, `${entity.set}${compiled.contextSelect}`),
    total: page.count ? (format.ieee754 ? `"${row.total}"` : String(row.total)) : null,
    items: formatting === null ? items : formattedRows(items, compiled.rows ?? [], formatting),
    nextLink: more ? nextLinkOf(request, set, options, row, compiled, page) : null,
  });
  timing.mark('shape');
  return { status: 200, headers: collectionHeaders(request, format, page, formatting, timing), body };
}

/** How many rows there are. Throws as readApplied. */
export async function countApplied(
  env: ReadEnvironment,
  entity: EntityType,
  within: Within | null,
  options: QueryOptions,
  nodes: readonly ApplyNode[],
): Promise<string> {
  const filter = filterShape(env.model, entity, options.filter);
  const search = searchWithin(nodes);
  const format = { ieee754: false, metadata: 'none' } as const;
  const page = { ...pageOf({}, null), paged: false };
  const shape = `${filter.shape}\0${search?.shape ?? ''}`;
  const key = `count\0${collectionKey(env.model, listedOf(entity, within), format, options, shape, page, null)}`;
  const list = { options, format, page, filter, search, after: null, key };
  const compiled = await compiledApply(env, entity, within, list, nodes, true);
  return String((await rowOf(env, compiled, list, within)).total);
}

/** What is read of the request for a list. */
type Applied = Pick<ListRequest, 'options' | 'format' | 'page' | 'filter' | 'search' | 'after' | 'key'>;

async function compiledApply(
  env: ReadEnvironment,
  entity: EntityType,
  within: Within | null,
  { options, page, after, format, key }: Applied,
  nodes: readonly ApplyNode[],
  onlyCount: boolean,
): Promise<CompiledRead> {
  const planned = { nodes, options, page, after, within, onlyCount };
  return (
    keptRead(env.principal, key) ??
    compileRead(env, key, planApply(env.model, entity, planned), (plan) => compileApply(plan, sqlFormat(format)))
  );
}

async function rowOf(
  env: ReadEnvironment,
  compiled: CompiledRead,
  { options, page, after, filter, search }: Applied,
  within: Within | null,
): Promise<Row> {
  const values = { ...collectionValues(env.request, options, page, after), ...search?.values };
  if (within !== null) values.within = within.id;
  const row = (await execute(env, compiled, filter.literals, values))[0];
  if (row === undefined) throw new Error('a list answered no row');
  if (row.found === false) throw new PlatformError('not_found');
  return row;
}
