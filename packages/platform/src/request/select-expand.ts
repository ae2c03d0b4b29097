// Grammar of $select and $orderby (OData 4.01 Part 2, 5.1): text -> syntax nodes. Names are not resolved here.
import { PlatformError } from '../errors.ts';

export interface OrderItem {
  readonly expression: string;
  readonly descending: boolean;
}

/** What $select names; `all` stands for `*`. */
export interface SelectItems {
  readonly all: boolean;
  readonly names: readonly string[];
}

export const LIMITS = {
  /** Levels below the record, those of $levels among them. */
  expandDepth: 5,
  /** Items in the text of $expand, and navigations followed once `*` and $levels are unfolded. */
  expands: 20,
  unfolded: 500,
  orderKeys: 8,
  selectItems: 500,
  /** Records that filter and order of one collection reach over lookups. */
  joins: 20,
  /** Rollups that filter and order of one collection compute for each record. */
  rollups: 20,
  top: 1_000_000_000,
  skip: 100_000,
} as const;

/** A name of a document. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `name,amount` or `*`. Throws invalid_option (also for paths: no property has parts), limit_exceeded. */
export function parseSelect(text: string): SelectItems {
  const items = splitTopLevel(text, ',').map((item) => item.trim());
  if (items.length > LIMITS.selectItems) throw limit('$select items', LIMITS.selectItems);
  const names = new Set(items);
  const all = names.delete('*');
  for (const item of names) {
    if (NAME.test(item)) continue;
    const hint = item.includes('/') ? '; of a related record select in its $expand: company($select=name)' : '';
    throw invalid('$select', `"${item}" is not a name${hint}`);
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

/** Splits at a separator outside parentheses and string literals; one pass. Throws invalid_option when unbalanced. */
function splitTopLevel(text: string, separator: ','): string[] {
  const parts: string[] = [];
  let depth = 0;
  let lists = 0;
  let quote: string | undefined;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    // Within a list in brackets a text can stand in the quotes of JSON; elsewhere these are an error of the expression.
    if (char === quote) quote = undefined;
    else if (quote !== undefined) at += quote === '"' && char === '\\' ? 1 : 0;
    else if (char === "'" || (char === '"' && lists > 0)) quote = char;
    else if (char === '(' || char === '[') depth += 1;
    else if (char === ')' || char === ']') depth -= 1;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
    if (quote === undefined) lists += char === '[' ? 1 : char === ']' ? -1 : 0;
    if (depth < 0) break;
  }
  if (depth !== 0 || quote !== undefined) throw invalid('the query', 'parentheses or quotes are not balanced');
  parts.push(text.slice(start));
  return parts;
}

function invalid(name: string, reason: string): PlatformError {
  return new PlatformError('invalid_option', { name, reason }, { target: name });
}

function limit(name: string, value: number): PlatformError {
  return new PlatformError('limit_exceeded', { limit: name, value: String(value) }, { target: name });
}
