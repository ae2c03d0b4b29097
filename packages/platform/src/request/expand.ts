// Grammar of $expand (OData 4.01 Part 2, 5.1.3): text -> syntax nodes. Names are not resolved here, nor levels unfolded.
import { PlatformError } from '../errors.ts';
import { optionName, parseBooleanOption, parseCountOption, type QueryOptions } from './query-options.ts';
import { LIMITS, NAME, type OrderItem, parseOrderBy, parseSelect, type SelectItems } from './select-expand.ts';

/** What is shown of related records: they themselves, references to them (`/$ref`), or how many they are (`/$count`). */
export type ExpandForm = 'records' | 'references' | 'count';

export interface ExpandItem {
  /** A navigation; `*`: every one that no other item names. */
  readonly navigation: string;
  readonly form: ExpandForm;
  /** How often the navigation is followed, under the same options each time; 1 without $levels. */
  readonly levels: number | 'max';
  readonly options: NestedOptions;
}

export interface NestedOptions {
  readonly filter: string | null;
  readonly search: string | null;
  readonly select: SelectItems | null;
  readonly expand: readonly ExpandItem[];
  readonly orderBy: readonly OrderItem[];
  readonly top: number | null;
  readonly skip: number;
  readonly count: boolean;
  /** As written, decoded. */
  readonly raw: QueryOptions;
}

/** `company($select=name;$expand=...),contacts/$ref,*`. Throws invalid_option, not_supported, limit_exceeded. */
export function parseExpand(text: string): readonly ExpandItem[] {
  const counter = { left: LIMITS.expands };
  return expandItems(text, 1, counter);
}

function expandItems(text: string, depth: number, counter: { left: number }): readonly ExpandItem[] {
  if (depth > LIMITS.expandDepth) throw limit('$expand depth', LIMITS.expandDepth);
  const items = splitOptions(text, ',').map((raw) => expandItem(raw.trim(), depth, counter));
  const names = new Set(items.map((item) => item.navigation));
  if (names.size !== items.length) throw invalid('a navigation is named twice');
  return items;
}

/** What follows the name of a navigation. */
export const FORM_PATHS: Readonly<Record<ExpandForm, string>> = { records: '', references: '/$ref', count: '/$count' };
const FORMS = new Map(Object.entries(FORM_PATHS).map(([form, path]) => [path, form as ExpandForm]));

/** Options that apply to a form; all of them to records. */
const APPLICABLE: Readonly<Partial<Record<ExpandForm, ReadonlySet<keyof QueryOptions>>>> = {
  references: new Set<keyof QueryOptions>(['filter', 'search', 'orderby', 'top', 'skip', 'count', 'compute']),
  count: new Set<keyof QueryOptions>(['filter', 'search', 'compute']),
};

function expandItem(item: string, depth: number, counter: { left: number }): ExpandItem {
  counter.left -= 1;
  if (counter.left < 0) throw limit('$expand items', LIMITS.expands);
  const open = item.indexOf('(');
  if (open >= 0 && !item.endsWith(')')) throw invalid('a closing parenthesis is missing');
  const path = (open < 0 ? item : item.slice(0, open)).trim();
  const slash = path.indexOf('/');
  const navigation = slash < 0 ? path : path.slice(0, slash);
  if (navigation !== '*' && !NAME.test(navigation)) throw invalid(`"${navigation}" is not a name`);
  const form = FORMS.get(slash < 0 ? '' : path.slice(slash));
  if (form === undefined || (navigation === '*' && form === 'count'))
    throw invalid(`"${path}" leads nowhere: what a navigation leads to is expanded by $expand in its parentheses`);
  const options = nestedOptions(open < 0 ? '' : item.slice(open + 1, -1), depth, counter);
  refuseOptions(path, options.raw, navigation === '*' ? STAR[form] : APPLICABLE[form]);
  return { navigation, form, levels: levelsOf(options.raw), options };
}

const STAR: Readonly<Record<ExpandForm, ReadonlySet<keyof QueryOptions>>> = {
  records: new Set<keyof QueryOptions>(['levels']),
  references: new Set(),
  count: new Set(),
};

function refuseOptions(path: string, raw: QueryOptions, allowed: ReadonlySet<keyof QueryOptions> | undefined): void {
  const refused = Object.keys(raw).find((name) => allowed?.has(name as keyof QueryOptions) === false);
  if (refused !== undefined) throw invalid(`$${refused} does not apply to ${path}`);
}

function levelsOf({ levels }: QueryOptions): number | 'max' {
  if (levels === undefined) return 1;
  const text = levels.trim().toLowerCase();
  if (text === 'max') return 'max';
  if (!/^0*[1-9]\d*$/.test(text)) throw invalid('$levels is a number from 1, or max');
  if (Number(text) > LIMITS.expandDepth) throw limit('$levels', LIMITS.expandDepth);
  return Number(text);
}

function nestedOptions(body: string, depth: number, counter: { left: number }): NestedOptions {
  const raw: QueryOptions = {};
  for (const part of body.trim() === '' ? [] : splitOptions(body, ';')) {
    const equals = part.indexOf('=');
    if (equals < 0) throw invalid(`"${part.trim()}" is not an option`);
    const name = optionName(part.slice(0, equals).trim());
    if (raw[name] !== undefined)
      throw new PlatformError('duplicate_option', { name: `$${name}` }, { target: '$expand' });
    raw[name] = part.slice(equals + 1);
  }
  if (raw.skiptoken !== undefined || raw.format !== undefined)
    throw invalid('$skiptoken and $format stand at the top only');
  if (raw.apply !== undefined)
    throw new PlatformError('not_supported', { what: '$apply in $expand' }, { target: '$expand' });
  return {
    filter: raw.filter ?? null,
    search: raw.search ?? null,
    select: raw.select === undefined ? null : parseSelect(raw.select),
    expand: raw.expand === undefined ? [] : expandItems(raw.expand, depth + 1, counter),
    orderBy: raw.orderby === undefined ? [] : parseOrderBy(raw.orderby),
    top: raw.top === undefined ? null : parseCountOption('top', raw.top.trim(), LIMITS.top),
    skip: raw.skip === undefined ? 0 : parseCountOption('skip', raw.skip.trim(), LIMITS.skip),
    count: raw.count === undefined ? false : parseBooleanOption('count', raw.count.trim()),
    raw,
  };
}

/** An item as text, to be parsed again: of its options those in `raw`. */
export function expandText(navigation: string, raw: QueryOptions): string {
  const options = Object.entries(raw).map(([name, value]) => `$${name}=${value}`);
  return options.length === 0 ? navigation : `${navigation}(${options.join(';')})`;
}

const SEARCH = /\s*\$?search\s*=/iy;

/**
 * Splits at a separator outside parentheses, string literals and phrases; one pass. The text of a $search has phrases and
 * apostrophes (O'Brien) but no string literals. Throws invalid_option when unbalanced.
 */
function splitOptions(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let depth = 0;
  /** Depth at which a $search stands; -1 outside. */
  let searching = beginsSearch(text, 0) ? 0 : -1;
  let start = 0;
  for (let at = 0; at < text.length && depth >= 0; at += 1) {
    const char = text[at];
    if (char === (searching < 0 ? "'" : '"')) {
      at = quoteEnd(text, at, searching >= 0);
      continue;
    }
    if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
    if (depth < searching || (char === ';' && depth === searching)) searching = -1;
    if (searching < 0 && (char === '(' || char === ';') && beginsSearch(text, at + 1)) searching = depth;
  }
  if (depth !== 0) throw unbalanced();
  parts.push(text.slice(start));
  return parts;
}

function beginsSearch(text: string, at: number): boolean {
  SEARCH.lastIndex = at;
  return SEARCH.test(text);
}

/** Where the quotation that begins at `at` ends. */
function quoteEnd(text: string, at: number, escapes: boolean): number {
  const quote = text[at];
  for (let end = at + 1; end < text.length; end += 1) {
    if (escapes && text[end] === '\\') end += 1;
    else if (text[end] === quote) return end;
  }
  throw unbalanced();
}

function unbalanced(): PlatformError {
  const reason = 'parentheses or quotes are not balanced';
  return new PlatformError('invalid_option', { name: 'the query', reason }, { target: 'the query' });
}

function invalid(reason: string): PlatformError {
  return new PlatformError('invalid_option', { name: '$expand', reason }, { target: '$expand' });
}

function limit(name: string, value: number): PlatformError {
  return new PlatformError('limit_exceeded', { limit: name, value: String(value) }, { target: '$expand' });
}
