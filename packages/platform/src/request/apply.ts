// Grammar of $apply (OData Extension for Data Aggregation 4.0, 3): transformations one after the other, text -> syntax nodes.
// Expressions stay texts; names are not resolved here.
import { PlatformError } from '../errors.ts';
import { type ComputeItem, invalidOption, optionLimit, parseAlias, parseCompute } from './compute.ts';
import { parseCountOption } from './query-options.ts';
import { LIMITS, type OrderItem, parseOrderBy } from './select-expand.ts';
import { splitOutside } from './split.ts';

export const APPLY = '$apply';

export const APPLY_LIMITS = {
  /** In all, those within groupby included. */
  transformations: 20,
  groupingProperties: 20,
  /** Of one aggregate. */
  aggregates: 50,
} as const;

const METHODS = ['sum', 'average', 'min', 'max', 'countdistinct'] as const;
export type AggregateMethod = (typeof METHODS)[number] | 'count';

export interface AggregateItem {
  /** Null for `$count`. */
  readonly expression: string | null;
  readonly method: AggregateMethod;
  readonly alias: string;
}

export type ApplyNode =
  | { readonly kind: 'identity' }
  | { readonly kind: 'filter' | 'search'; readonly text: string }
  | { readonly kind: 'compute'; readonly items: readonly ComputeItem[]; readonly text: string }
  | {
      readonly kind: 'groupby';
      /** Paths, segment by segment. */
      readonly paths: readonly (readonly string[])[];
      readonly inner: readonly ApplyNode[];
    }
  | { readonly kind: 'aggregate'; readonly items: readonly AggregateItem[] }
  | { readonly kind: 'topcount' | 'bottomcount'; readonly count: number; readonly expression: string }
  | { readonly kind: 'orderby'; readonly items: readonly OrderItem[] }
  | { readonly kind: 'top' | 'skip'; readonly count: number };

/** What the service's $apply consists of, as $metadata tells it. */
export const TRANSFORMATIONS = [
  ...['aggregate', 'bottomcount', 'compute', 'filter', 'groupby', 'identity', 'orderby', 'search', 'skip', 'top'],
  'topcount',
] as const;

/** Transformations of the standard that are not served. */
const TO_COME: ReadonlySet<string> = new Set([
  ...[
    'topsum',
    'bottomsum',
    'toppercent',
    'bottompercent',
    'concat',
    'expand',
    'join',
    'outerjoin',
    'nest',
    'addnested',
  ],
  ...['ancestors', 'descendants', 'traverse'],
]);

/** Parses the text of $apply. Throws invalid_option, not_supported, limit_exceeded. */
export function parseApply(text: string): readonly ApplyNode[] {
  return pipeline(text, { left: APPLY_LIMITS.transformations });
}

interface Budget {
  left: number;
}

function pipeline(text: string, budget: Budget): readonly ApplyNode[] {
  return splitOutside(text, '/', APPLY).map((piece) => {
    budget.left -= 1;
    if (budget.left < 0) throw optionLimit(APPLY, 'transformations', APPLY_LIMITS.transformations);
    return transformation(piece.trim(), budget);
  });
}

function transformation(text: string, budget: Budget): ApplyNode {
  const [, spelled, body] = /^([A-Za-z_][\w.]*)\s*(?:\(([\s\S]*)\))?$/.exec(text) ?? [];
  if (spelled === undefined) throw invalidOption(APPLY, `"${text.slice(0, 60)}" is not a transformation`);
  const name = spelled.toLowerCase();
  if (TO_COME.has(name) || name.includes('.'))
    throw new PlatformError('not_supported', { what: `The transformation ${spelled}` }, { target: APPLY });
  if (name === 'identity' && body === undefined) return { kind: 'identity' };
  const parse = Object.hasOwn(PARSERS, name) ? PARSERS[name as keyof typeof PARSERS] : undefined;
  if (parse === undefined || body === undefined)
    throw invalidOption(APPLY, `"${text.slice(0, 60)}" is not a transformation`);
  if (body.trim() === '') throw invalidOption(APPLY, `${name} needs something in its parentheses`);
  // The parentheses are one pair: what stands in them is balanced by itself.
  splitOutside(body, ',', APPLY);
  return parse(body.trim(), budget);
}

const PARSERS: Readonly<Record<Exclude<ApplyNode['kind'], 'identity'>, (body: string, budget: Budget) => ApplyNode>> = {
  filter: (text) => ({ kind: 'filter', text }),
  search: (text) => ({ kind: 'search', text }),
  compute: (text) => ({ kind: 'compute', items: parseCompute(text, APPLY), text }),
  groupby: groupBy,
  aggregate: (text) => {
    const items = splitOutside(text, ',', APPLY);
    if (items.length > APPLY_LIMITS.aggregates) throw optionLimit(APPLY, 'aggregates', APPLY_LIMITS.aggregates);
    return { kind: 'aggregate', items: items.map((item) => aggregateItem(item.trim())) };
  },
  topcount: (text) => ranked('topcount', text),
  bottomcount: (text) => ranked('bottomcount', text),
  orderby: (text) => ({ kind: 'orderby', items: parseOrderBy(text) }),
  top: (text) => ({ kind: 'top', count: parseCountOption('apply', text, LIMITS.top) }),
  skip: (text) => ({ kind: 'skip', count: parseCountOption('apply', text, LIMITS.skip) }),
};

const PATH = /^[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*$/;

/** `(stage,company/industry),aggregate(...)` */
function groupBy(body: string, budget: Budget): ApplyNode {
  const [list = '', inner, ...rest] = splitOutside(body, ',', APPLY).map((part) => part.trim());
  const names = /^\(([\s\S]*)\)$/.exec(list)?.[1];
  if (names === undefined || rest.length > 0)
    throw invalidOption(APPLY, 'groupby is written groupby((property,...),aggregate(...))');
  const items = splitOutside(names, ',', APPLY).map((item) => item.trim());
  if (items.length > APPLY_LIMITS.groupingProperties)
    throw optionLimit(APPLY, 'grouping properties', APPLY_LIMITS.groupingProperties);
  if (new Set(items).size !== items.length) throw invalidOption(APPLY, 'groupby names a property twice');
  const paths = items.map((item) => {
    if (/^(?:rollup|rolluprecursive)\s*\(/i.test(item))
      throw new PlatformError('not_supported', { what: 'rollup in groupby' }, { target: APPLY });
    if (!PATH.test(item)) throw invalidOption(APPLY, `groupby needs names of properties, not "${item.slice(0, 60)}"`);
    return item.split('/');
  });
  return { kind: 'groupby', paths, inner: inner === undefined ? [] : pipeline(inner, budget) };
}

const AGGREGATE = /^([\s\S]*\S)\s+with\s+([\w.]+)(?:\s+as\s+(\S+))?$/i;
const COUNT = /^\$count(?:\s+as\s+(\S+))?$/i;

/** `amount with sum as total`, `$count as n`. */
function aggregateItem(text: string): AggregateItem {
  const count = COUNT.exec(text);
  if (count !== null) return { expression: null, method: 'count', alias: aliasOf(count[1], text) };
  if (/\/\$count\b/i.test(text)) throw unsupported('$count of a path in aggregate');
  if (/\swith\s+[\w.]+\s+from\s/i.test(text)) throw unsupported('from in aggregate');
  const [, expression, spelled = '', alias] = AGGREGATE.exec(text) ?? [];
  if (expression === undefined) {
    if (/^[A-Za-z_]\w*(?:\s+as\s+\S+)?$/.test(text)) throw unsupported(`The custom aggregate ${text.slice(0, 60)}`);
    throw invalidOption(APPLY, `"${text.slice(0, 60)}" is not written "expression with method as name"`);
  }
  if (spelled.includes('.')) throw unsupported(`The aggregation method ${spelled}`);
  const method = METHODS.find((each) => each === spelled.toLowerCase());
  if (method === undefined)
    throw invalidOption(APPLY, `There is no aggregation method ${spelled}: use ${METHODS.join(', ')} or $count`);
  return { expression, method, alias: aliasOf(alias, text) };
}

function aliasOf(alias: string | undefined, text: string): string {
  if (alias === undefined) throw invalidOption(APPLY, `"${text.slice(0, 60)}" needs a name: "... as name"`);
  return parseAlias(alias, APPLY);
}

/** `3,total` */
function ranked(kind: 'topcount' | 'bottomcount', text: string): ApplyNode {
  const [count = '', expression, ...rest] = splitOutside(text, ',', APPLY).map((part) => part.trim());
  if (expression === undefined || expression === '' || rest.length > 0)
    throw invalidOption(APPLY, `${kind} is written ${kind}(number,expression)`);
  return { kind, count: parseCountOption('apply', count, LIMITS.top), expression };
}

function unsupported(what: string): PlatformError {
  return new PlatformError('not_supported', { what }, { target: APPLY });
}

/** The options of a list in which transformations that leave records as they are stand as $filter, $search and $compute. */
export interface Lowered {
  readonly filter: readonly string[];
  readonly search: readonly string[];
  readonly compute: readonly string[];
}

/** What $apply says in other words, where no transformation makes other rows of the records; else null. */
export function loweredApply(nodes: readonly ApplyNode[]): Lowered | null {
  const lowered = { filter: [] as string[], search: [] as string[], compute: [] as string[] };
  for (const node of nodes) {
    if (node.kind === 'identity') continue;
    if (node.kind !== 'filter' && node.kind !== 'search' && node.kind !== 'compute') return null;
    lowered[node.kind].push(node.text);
  }
  return lowered;
}
