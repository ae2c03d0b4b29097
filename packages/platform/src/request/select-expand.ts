// Grammar of $select, $orderby and $expand (OData 4.01 Part 2, 5.1): text -> syntax nodes. Names are not resolved here.
import { PlatformError } from '../errors.ts';
import { optionName, parseBooleanOption, parseCountOption, type QueryOptions } from './query-options.ts';

export interface OrderItem {
  readonly expression: string;
  readonly descending: boolean;
}

export interface ExpandItem {
  readonly navigation: string;
  readonly options: NestedOptions;
}

/** What $select names; `all` stands for `*`. */
export interface SelectItems {
  readonly all: boolean;
  readonly names: readonly string[];
}

export interface NestedOptions {
  readonly filter: string | null;
  readonly select: SelectItems | null;
  readonly expand: readonly ExpandItem[];
  readonly orderBy: readonly OrderItem[];
  readonly top: number | null;
  readonly skip: number;
  readonly count: boolean;
  /** As written, decoded. */
  readonly raw: QueryOptions;
}

export const LIMITS = {
  expandDepth: 5,
  expands: 20,
  orderKeys: 8,
  selectItems: 500,
  /** Records that filter and order of one collection reach over lookups. */
  joins: 20,
  /** Rollups that filter and order of one collection compute for each record. */
  rollups: 20,
  top: 1_000_000_000,
  skip: 100_000,
} as const;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `name,amount` or `*`. Throws invalid_option, not_supported (paths), limit_exceeded. */
export function parseSelect(text: string): SelectItems {
  const items = splitTopLevel(text, ',').map((item) => item.trim());
  if (items.length > LIMITS.selectItems) throw limit('$select items', LIMITS.selectItems);
  const names = new Set(items);
  const all = names.delete('*');
  for (const item of names) {
    if (item.includes('/'))
      throw new PlatformError('not_supported', { what: 'A path in $select' }, { target: '$select' });
    if (!NAME.test(item)) throw invalid('$select', `"${item}" is not a name`);
  }
  return { all, names: [...names] };
}

/** `close_date desc,company/name`. Throws invalid_option, limit_exceeded. */
export function parseOrderBy(text: string): readonly OrderItem[] {
  const items = splitTopLevel(text, ',');
  if (items.length > LIMITS.orderKeys) throw limit('$orderby keys', LIMITS.orderKeys);
  return items.map((item) => {
    const match = /^\s*(\S(?:.*\S)?)\s+(asc|desc)\s*$/i.exec(item);
    const expression = (match?.[1] ?? item).trim();
    if (expression === '') throw invalid('$orderby', 'an expression is missing');
    return { expression, descending: match?.[2]?.toLowerCase() === 'desc' };
  });
}

/** `company($select=name;$expand=...),contacts`. Throws invalid_option, not_supported, limit_exceeded. */
export function parseExpand(text: string): readonly ExpandItem[] {
  const counter = { left: LIMITS.expands };
  return expandItems(text, 1, counter);
}

function expandItems(text: string, depth: number, counter: { left: number }): readonly ExpandItem[] {
  if (depth > LIMITS.expandDepth) throw limit('$expand depth', LIMITS.expandDepth);
  const items = splitTopLevel(text, ',').map((raw) => expandItem(raw.trim(), depth, counter));
  const names = new Set(items.map((item) => item.navigation));
  if (names.size !== items.length) throw invalid('$expand', 'a navigation is named twice');
  return items;
}

function expandItem(item: string, depth: number, counter: { left: number }): ExpandItem {
  counter.left -= 1;
  if (counter.left < 0) throw limit('$expand items', LIMITS.expands);
  const open = item.indexOf('(');
  const navigation = (open < 0 ? item : item.slice(0, open)).trim();
  if (open >= 0 && !item.endsWith(')')) throw invalid('$expand', 'a closing parenthesis is missing');
  if (navigation === '*' || navigation.includes('/')) {
    throw new PlatformError('not_supported', { what: `$expand=${navigation}` }, { target: '$expand' });
  }
  if (!NAME.test(navigation)) throw invalid('$expand', `"${navigation}" is not a name`);
  const body = open < 0 ? '' : item.slice(open + 1, -1);
  return { navigation, options: nestedOptions(body, depth, counter) };
}

function nestedOptions(body: string, depth: number, counter: { left: number }): NestedOptions {
  const raw: QueryOptions = {};
  for (const part of body.trim() === '' ? [] : splitTopLevel(body, ';')) {
    const equals = part.indexOf('=');
    if (equals < 0) throw invalid('$expand', `"${part.trim()}" is not an option`);
    const name = optionName(part.slice(0, equals).trim());
    if (raw[name] !== undefined)
      throw new PlatformError('duplicate_option', { name: `$${name}` }, { target: '$expand' });
    raw[name] = part.slice(equals + 1);
  }
  if (raw.skiptoken !== undefined || raw.format !== undefined)
    throw invalid('$expand', '$skiptoken and $format stand at the top only');
  if (raw.apply !== undefined || raw.compute !== undefined)
    throw new PlatformError('not_supported', { what: '$apply and $compute in $expand' }, { target: '$expand' });
  if (raw.search !== undefined)
    throw new PlatformError('not_supported', { what: '$search in $expand' }, { target: '$expand' });
  return {
    filter: raw.filter ?? null,
    select: raw.select === undefined ? null : parseSelect(raw.select),
    expand: raw.expand === undefined ? [] : expandItems(raw.expand, depth + 1, counter),
    orderBy: raw.orderby === undefined ? [] : parseOrderBy(raw.orderby),
    top: raw.top === undefined ? null : parseCountOption('top', raw.top.trim(), LIMITS.top),
    skip: raw.skip === undefined ? 0 : parseCountOption('skip', raw.skip.trim(), LIMITS.skip),
    count: raw.count === undefined ? false : parseBooleanOption('count', raw.count.trim()),
    raw,
  };
}

/** Splits at a separator outside parentheses and string literals; one pass. Throws invalid_option when unbalanced. */
function splitTopLevel(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
    if (depth < 0) break;
  }
  if (depth !== 0 || quoted) throw invalid('the query', 'parentheses or quotes are not balanced');
  parts.push(text.slice(start));
  return parts;
}

function invalid(name: string, reason: string): PlatformError {
  return new PlatformError('invalid_option', { name, reason }, { target: name });
}

function limit(name: string, value: number): PlatformError {
  return new PlatformError('limit_exceeded', { limit: name, value: String(value) }, { target: name });
}
