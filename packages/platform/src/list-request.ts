// What a list asks for, from the text of its request: parsed once per text, because clients ask the same again and again. It
// depends on the Model and the text alone, never on who asks.
import { type EntityType, type Model, type Navigation, shapeOfExpression } from '@kartoteka/metadata';
import { LRUCache } from 'lru-cache';
import { PlatformError } from './errors.ts';
import { titledFormat } from './formatted-values.ts';
import { joinedSearch } from './plan/apply.ts';
import { planFilter } from './plan/collection.ts';
import type { EngineRequest } from './platform-types.ts';
import { type ApplyNode, loweredApply, parseApply } from './request/apply.ts';
import { type Format, type Preferences, parseFormat, parsePrefer } from './request/headers.ts';
import { type Page, pageOf } from './request/page.ts';
import { parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { parseSearch, type Search } from './request/search.ts';
import { decodeSkipToken, type TokenValues, tokenShape } from './request/skiptoken.ts';
import { header } from './shape.ts';

export interface ListRequest {
  readonly options: Readonly<QueryOptions>;
  readonly format: Format;
  readonly preferences: Preferences;
  readonly page: Page;
  readonly filter: FilterShape;
  readonly search: Search | null;
  /** What groups records; null where the answer is records. */
  readonly apply: readonly ApplyNode[] | null;
  /** Path of the list, as links to it name it. */
  readonly set: string;
  /** Where the page begins; null at the first. */
  readonly after: TokenValues | null;
  /** Of the compiled statement (see collectionKey). */
  readonly key: string;
}

const KNOWN_REQUESTS = 1_000;
/** Characters; longer requests, and continuations, are parsed each time. */
const LONGEST_KNOWN = 1_000;

const known = new LRUCache<string, ListRequest>({ max: KNOWN_REQUESTS });

/** Parses the request for a list. Throws what its options and headers are refused with. */
export function listRequest(
  model: Model,
  request: EngineRequest,
  entity: EntityType,
  within: Within | null,
): ListRequest {
  const accept = header(request, 'accept');
  const prefer = header(request, 'prefer');
  if (within !== null || request.query.length > LONGEST_KNOWN)
    return parse(model, request.query, accept, prefer, entity, within);
  // No header and no query has a NUL in it.
  const text = `${model.revision}\0${entity.set}\0${request.query}\0${accept ?? ''}\0${prefer ?? ''}`;
  const found = known.get(text);
  if (found !== undefined) return found;
  const list = parse(model, request.query, accept, prefer, entity, within);
  if (list.after === null && text.length <= LONGEST_KNOWN) known.set(text, list);
  return list;
}

function parse(
  model: Model,
  query: string,
  accept: string | undefined,
  prefer: string | undefined,
  entity: EntityType,
  within: Within | null,
): ListRequest {
  const { options, apply } = appliedOptions(parseQueryOptions(query));
  const preferences = parsePrefer(prefer);
  // What is grouped, and what has changed, is told with minimal metadata.
  const accepted = parseFormat(accept, options.format, apply === null && !preferences.trackChanges);
  const format = titledFormat(accepted, preferences);
  refuseTracking(options, preferences);
  const page = pageOf(options, preferences.maxPageSize);
  const filter = filterShape(model, entity, options.filter);
  const search = apply === null ? searchOf(options) : searchWithin(apply);
  const set = within === null ? entity.set : `${within.entity.set}(${within.id})/${within.navigation.name}`;
  const after = options.skiptoken === undefined ? null : decodeSkipToken(tokenShape(set, options), options.skiptoken);
  const shape = `${filter.shape}\0${search?.shape ?? ''}`;
  const key = collectionKey(model, listedOf(entity, within), format, options, shape, page, after);
  return { options, format, preferences, page, filter, search, apply, set, after, key };
}

/**
 * The options with an $apply that leaves records what they are put into $filter, $search and $compute; of another one its nodes.
 * Throws the errors of its text.
 */
export function appliedOptions(options: QueryOptions): {
  readonly options: QueryOptions;
  readonly apply: readonly ApplyNode[] | null;
} {
  const { apply: text, ...others } = options;
  if (text === undefined) return { options, apply: null };
  const nodes = parseApply(text);
  const lowered = loweredApply(nodes);
  if (lowered === null) return { options, apply: nodes };
  const both = (texts: readonly string[], own: string | undefined): readonly string[] =>
    own === undefined ? texts : [...texts, own];
  const filters = both(lowered.filter, others.filter);
  const search = joinedSearch(both(lowered.search, others.search));
  const computes = both(lowered.compute, others.compute);
  if (filters.length > 0)
    others.filter = filters.length === 1 ? filters[0] : filters.map((each) => `(${each})`).join(' and ');
  if (search !== undefined) others.search = search;
  if (computes.length > 0) others.compute = computes.join(',');
  return { options: others, apply: null };
}

/** What is searched within $apply; null where nothing is. Throws the errors of its text. */
export function searchWithin(apply: readonly ApplyNode[]): Search | null {
  const text = joinedSearch(apply.flatMap((node) => (node.kind === 'search' ? [node.text] : [])));
  return text === undefined ? null : parseSearch(text);
}

/** Lists whose changes are told are read elsewhere (delta/tracked.ts). Throws not_supported, invalid_option. */
export function refuseTracking({ deltatoken }: QueryOptions, { trackChanges }: Preferences): void {
  const reason = 'only the records of an entity set can be followed, as JSON';
  if (deltatoken !== undefined)
    throw new PlatformError('invalid_option', { name: '$deltatoken', reason }, { target: '$deltatoken' });
  if (trackChanges) throw new PlatformError('not_supported', { what: 'Change tracking here' }, { target: 'Prefer' });
}

/** The records that a navigation of one record leads to. */
export interface Within {
  readonly entity: EntityType;
  readonly id: string;
  readonly navigation: Navigation;
}

/** Which records a list or a count is of, whosever they are: sets have no space in their names. */
export function listedOf(entity: EntityType, within: Within | null): string {
  return within === null ? entity.set : `${within.entity.set} ${within.navigation.name}`;
}

/** What $search asks for; null without one. Throws the errors of its text. */
export function searchOf({ search }: QueryOptions): Search | null {
  return search === undefined ? null : parseSearch(search);
}

export interface FilterShape {
  readonly shape: string;
  readonly literals: readonly string[];
}

const NO_FILTER: FilterShape = { shape: '', literals: [] };

/** Throws the errors of a filter that cannot be split into tokens: such a text could look like the shape of another. */
export function filterShape(model: Model, entity: EntityType, filter: string | undefined): FilterShape {
  if (filter === undefined) return NO_FILTER;
  const shape = shapeOfExpression(filter);
  if (shape.ok) return shape;
  planFilter(model, entity, filter);
  throw new Error('the parser accepts a filter that has no shape');
}

/** All that the text of the statement follows from, except the principal's rights. */
export function collectionKey(
  model: Model,
  listed: string,
  format: Format,
  options: QueryOptions,
  filterShapeText: string,
  page: Pick<Page, 'count' | 'paged' | 'skip'>,
  after: TokenValues | null,
): string {
  const nulls = after === null ? '' : after.map((value) => (value === null ? 'n' : 'v')).join('');
  const flags = `${page.count ? 'c' : ''}${page.paged ? 'p' : ''}${page.skip > 0 ? 's' : ''}${nulls}`;
  return `list\0${model.revision}\0${listed}\0${formatKey(format)}\0${flags}\0${filterShapeText}\0${options.select ?? ''}\0${options.expand ?? ''}\0${options.orderby ?? ''}\0${options.compute ?? ''}\0${options.apply ?? ''}`;
}

export function formatKey(format: Format): string {
  const { ieee754, metadata, titles } = format;
  return `${ieee754 ? 'i' : ''}${metadata === 'minimal' ? '' : metadata}${titles === true ? 't' : ''}`;
}
