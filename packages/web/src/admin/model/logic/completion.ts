// What may stand at the caret of an expression: properties, navigations, functions, operators, values of a choice. It looks at the text
// before the caret only and never refuses anything; expression.ts says what is wrong. Pure.
import { FUNCTIONS } from '@kartoteka/metadata';
import type { ExpressionPlace, NamedEntity } from './scope.ts';

export interface Completion {
  readonly text: string;
  readonly kind: 'property' | 'navigation' | 'function' | 'operator' | 'value';
  /** Where the caret stands afterwards, from the end of the text: -1 is within the parenthesis. */
  readonly caret: number;
}

export interface Completions {
  /** Part of the text that the chosen one takes the place of. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly Completion[];
}

const MOST = 50;
const INFIX = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in', 'and', 'or', 'add', 'sub', 'mul', 'div', 'mod'];
const WORDS = new Set([...INFIX, 'divby', 'has', 'not']);
/** A path or word that ends at the caret. */
const WORD = /[A-Za-z_$][\w$]*(?:\/[\w$]*)*$/;
/** An operand that is complete: what follows is an operator. */
const OPERAND = /(?:[\w$)\]]|')\s+$/;
/** The property that a quoted text at the end is compared with. */
const COMPARED = /([A-Za-z_][\w/]*)\s+(?:(?:eq|ne|has)\s+|in\s*\((?:\s*'(?:[^']|'')*'\s*,)*\s*)$/i;

const isQuoted = (before: string): boolean => (before.match(/'/g)?.length ?? 0) % 2 === 1;

/** The entity that the path leads to, beginning at one. */
function walk(
  entities: ReadonlyMap<string, NamedEntity>,
  entity: string,
  path: readonly string[],
): NamedEntity | undefined {
  let at = entities.get(entity);
  for (const name of path) at = entities.get(at?.navigations.get(name)?.target ?? '');
  return at;
}

function namesAt(entity: NamedEntity | undefined, place: ExpressionPlace, prefix: string): readonly Completion[] {
  if (entity === undefined) return [];
  const properties = [...entity.properties.keys()].map(
    (name) => ({ text: prefix + name, kind: 'property', caret: 0 }) as const,
  );
  if (place === 'record') return properties;
  const navigations = [...entity.navigations.values()].map(
    ({ name }) => ({ text: `${prefix}${name}/`, kind: 'navigation', caret: 0 }) as const,
  );
  return [...properties, ...navigations];
}

const CALLS: readonly Completion[] = [...FUNCTIONS].map(([name, { parameters }]) => ({
  text: `${name}()`,
  kind: 'function',
  caret: parameters.length === 0 ? 0 : -1,
}));

const OPERATOR_WORDS: readonly Completion[] = INFIX.map((text) => ({ text: `${text} `, kind: 'operator', caret: 0 }));
const STARTS: readonly Completion[] = [
  { text: 'not ', kind: 'operator', caret: 0 },
  ...['null', 'true', 'false'].map((text) => ({ text, kind: 'value', caret: 0 }) as const),
];

function matching(options: readonly Completion[], typed: string): readonly Completion[] {
  const lower = typed.toLowerCase();
  const found = options.filter(({ text }) => text.toLowerCase().includes(lower) && text !== typed);
  // What begins so comes first.
  const rank = ({ text }: Completion): number => (text.toLowerCase().replace(/^'/, '').startsWith(lower) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
}

/** Values of the choice that the property is, where the caret stands where one may. */
function valuesFor(
  before: string,
  entities: ReadonlyMap<string, NamedEntity>,
  entity: string,
): readonly string[] | undefined {
  const path = COMPARED.exec(before)?.[1]?.split('/');
  if (path === undefined) return undefined;
  return walk(entities, entity, path.slice(0, -1))?.properties.get(path.at(-1) ?? '')?.values;
}

/** What may be put at the caret. */
export function completionsAt(
  text: string,
  caret: number,
  entities: ReadonlyMap<string, NamedEntity>,
  entity: string,
  place: ExpressionPlace,
): Completions {
  const before = text.slice(0, caret);
  if (isQuoted(before)) {
    const from = before.lastIndexOf("'");
    const values = valuesFor(before.slice(0, from), entities, entity) ?? [];
    const to = text[caret] === "'" ? caret + 1 : caret;
    return { from, to, options: matching(values.map(quoted), before.slice(from + 1)) };
  }
  const word = WORD.exec(before)?.[0] ?? '';
  const from = caret - word.length;
  const lead = before.slice(0, from);
  if (word.includes('/')) {
    const path = word.split('/').slice(0, -1);
    const options = place === 'record' ? [] : namesAt(walk(entities, entity, path), place, `${path.join('/')}/`);
    return { from, to: caret, options: matching(options, word) };
  }
  const last = /([\w$]+)\s+$/.exec(lead)?.[1]?.toLowerCase() ?? '';
  if (OPERAND.test(lead) && !WORDS.has(last)) return { from, to: caret, options: matching(OPERATOR_WORDS, word) };
  const values = (valuesFor(lead, entities, entity) ?? []).map(quoted);
  const names = namesAt(entities.get(entity), place, '');
  return { from, to: caret, options: matching([...values, ...names, ...CALLS, ...STARTS], word) };
}

const quoted = (value: string): Completion => ({ text: `'${value}'`, kind: 'value', caret: 0 });
