// Options of a query as the query string that OData has for them, percent-encoded. Pure text.
import { type Condition, fieldsOf, type Order } from './filter.ts';
import type { SchemaData } from './schema.ts';

/** Options of any query; which of them a call takes is for its types to say (query-types.ts). */
export interface AnyOptions {
  readonly select?: readonly string[];
  readonly expand?: Readonly<Record<string, true | AnyOptions | undefined>>;
  readonly filter?: ((record: never) => Condition | undefined) | string;
  readonly search?: string;
  readonly orderBy?: readonly string[] | ((record: never) => readonly Order[]) | string;
  readonly top?: number;
  readonly skip?: number;
  readonly count?: boolean;
}

type Texts = readonly (readonly [name: string, value: string])[];

/** `?$select=...&$filter=...`, or nothing. Throws RangeError for values that cannot be written, TypeError for names that there are not. */
export function queryText(schema: SchemaData, set: string, options: AnyOptions): string {
  const parts = optionTexts(schema, set, options).map(([name, value]) => `$${name}=${encodeURIComponent(value)}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function optionTexts(schema: SchemaData, set: string, options: AnyOptions): Texts {
  const { select, expand, filter, search, orderBy, top, skip, count } = options;
  const texts: [string, string | undefined][] = [
    ['select', select?.join(',')],
    ['expand', expand === undefined ? undefined : expandText(schema, set, expand)],
    ['filter', typeof filter === 'function' ? filter(fieldsOf(schema, set) as never)?.toString() : filter],
    ['search', search],
    ['orderby', orderText(schema, set, orderBy)],
    ['top', wholeText('top', top)],
    ['skip', wholeText('skip', skip)],
    ['count', count === true ? 'true' : undefined],
  ];
  return texts.filter((each): each is [string, string] => each[1] !== undefined && each[1] !== '');
}

function expandText(schema: SchemaData, set: string, expand: NonNullable<AnyOptions['expand']>): string {
  const parts = Object.entries(expand).flatMap(([name, options]) => {
    if (options === undefined) return [];
    const navigations = schema.sets[set]?.navigations ?? {};
    const target = Object.hasOwn(navigations, name) ? navigations[name]?.[0] : undefined;
    if (target === undefined) throw new TypeError(`${set} has no navigation ${name}`);
    const texts = options === true ? [] : optionTexts(schema, target, options).map(within);
    return [texts.length === 0 ? name : `${name}(${texts.join(';')})`];
  });
  return parts.join(',');
}

/** An option within the parentheses of an expand, which other options follow. */
function within([name, value]: readonly [string, string]): string {
  // Texts of filters are in quotes; these are not.
  if (name === 'search' && (/[;()]/.test(value) || value.split('"').length % 2 === 0)) {
    throw new RangeError(`in an expand, search takes words and "phrases", no parentheses and semicolons: ${value}`);
  }
  return `$${name}=${value}`;
}

function orderText(schema: SchemaData, set: string, orderBy: AnyOptions['orderBy']): string | undefined {
  if (orderBy === undefined || typeof orderBy === 'string') return orderBy;
  if (typeof orderBy !== 'function') return orderBy.join(',');
  return orderBy(fieldsOf(schema, set) as never)
    .map(({ text }) => text)
    .join(',');
}

function wholeText(name: string, value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && value >= 0) return String(value);
  throw new RangeError(`${name} is a whole number from 0 on, not ${value}`);
}

/** Parameters of a function as its query: `?principal_id=...`. */
export function parameterText(parameters: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`],
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** Texts stand in single quotes, phrases of a search in double ones: `&` within them ends no option. */
const OPTION = /\$?search=(?:"[^"]*"|[^&])*|(?:'[^']*'|[^&])+/gi;

/** Options as they are written by hand (`$filter=name eq 'A & B'&$top=5`), percent-encoded. */
export function encodedQuery(query: string): string {
  const parts = (query.match(OPTION) ?? []).map((option) => {
    const [name = '', ...value] = option.split('=');
    return `${encodeURI(name)}=${encodeURIComponent(value.join('='))}`;
  });
  return parts.join('&');
}
