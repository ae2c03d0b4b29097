// GET of `/deals(ID)/contacts/$ref`, a page of URLs of the members, and of `/deals(ID)/contacts(ID)/$ref`, the URL of one (OData 4.01
// Part 1, 11.2.8). A list under the reader's rights of which nothing but the ids is shown.
import { exactJsonText, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { requireMember } from './find-record.ts';
import type { Within } from './list-request.ts';
import { targetOf } from './plan/read.ts';
import type { EngineResponse } from './platform-types.ts';
import { readCollection } from './read.ts';
import { parseFormat } from './request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import type { ReadEnvironment } from './run-read.ts';
import { contextUrl, header, jsonHeaders } from './shape.ts';

const LIST_OPTIONS = new Set<keyof QueryOptions>([
  ...(['filter', 'search', 'orderby', 'top', 'skip', 'count', 'skiptoken', 'format'] as const),
]);
const FORMAT_ONLY = new Set<keyof QueryOptions>(['format']);

/** What a reader of references asks for besides. */
const IDS = '$select=id';

/** 200 with the page, or the one URL. Throws what reading the collection throws. */
export function readReferences(
  env: ReadEnvironment,
  references: Within & { readonly other: string | null },
): Promise<EngineResponse> {
  const { other, ...within } = references;
  return other === null ? readAll(env, within) : readOne(env, within, other);
}

async function readOne(env: ReadEnvironment, within: Within, id: string): Promise<EngineResponse> {
  const { request, model } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, FORMAT_ONLY);
  const format = parseFormat(header(request, 'accept'), options.format);
  const target = targetOf(model, within.navigation);
  await requireMember(env, within, target, id);
  const context = contextUrl(request, format, '$ref');
  const reference = { '@odata.id': `${request.baseUrl}/${target.set}(${id})` };
  const body = { ...(context === null ? {} : { '@odata.context': context }), ...reference };
  return { status: 200, headers: jsonHeaders(request, format.metadata, format.ieee754), body: JSON.stringify(body) };
}

interface Page {
  readonly '@odata.count'?: unknown;
  readonly value: readonly { readonly id: string }[];
  readonly '@odata.nextLink'?: string;
}

async function readAll(env: ReadEnvironment, within: Within): Promise<EngineResponse> {
  const { request, model } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, LIST_OPTIONS);
  const format = parseFormat(header(request, 'accept'), options.format);
  const target = targetOf(model, within.navigation);
  const query = request.query === '' ? IDS : `${request.query}&${IDS}`;
  const answer = await readCollection({ ...env, request: { ...request, query } }, target, within);
  if (answer.body === null) throw new PlatformError('internal');
  const page = parseExactJson(answer.body) as Page;
  const context = contextUrl(request, format, 'Collection($ref)');
  const { '@odata.count': count, '@odata.nextLink': next } = page;
  const body = {
    ...(context === null ? {} : { '@odata.context': context }),
    ...(count === undefined ? {} : { '@odata.count': count }),
    value: page.value.map(({ id }) => ({ '@odata.id': `${request.baseUrl}/${target.set}(${id})` })),
    ...(next === undefined ? {} : { '@odata.nextLink': linkToReferences(next) }),
  };
  return { ...answer, body: exactJsonText(body) };
}

/** The next page of references, as the next page of the records. */
function linkToReferences(link: string): string {
  const mark = link.indexOf('?');
  const query = link.slice(mark + 1).split('&');
  return `${link.slice(0, mark)}/$ref?${query.filter((part) => part !== IDS).join('&')}`;
}
