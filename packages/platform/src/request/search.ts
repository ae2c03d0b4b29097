// Grammar of $search (OData 4.01 Part 2, 5.1.8): words, "phrases", AND (also by standing side by side), OR, NOT, parentheses.
// Text -> nodes over numbered terms, so that one shape serves every text. What is searched is not known here.
import { PlatformError } from '../errors.ts';

export type SearchNode =
  | {
      readonly kind: 'term';
      readonly index: number;
      /** It is written like a telephone number, and asked for by its digits as well. */
      readonly digits: boolean;
      /** It is too short for an index, and a part of long texts rather than a word of them. */
      readonly short: boolean;
    }
  | { readonly kind: 'not'; readonly operand: SearchNode }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly SearchNode[] };

export interface Search {
  readonly node: SearchNode;
  /** Equal for searches that differ in the text of their terms only. */
  readonly shape: string;
  /** Texts of the terms by the names under which the statement asks for them: as they are, and as patterns of LIKE. */
  readonly values: Readonly<Record<string, string>>;
}

export const SEARCH_LIMITS = { length: 1_000, terms: 20, depth: 20 } as const;

/** Parses the text of a $search. Throws invalid_option, limit_exceeded. */
export function parseSearch(text: string): Search {
  if (text.length > SEARCH_LIMITS.length) throw limit('$search characters', SEARCH_LIMITS.length);
  const parser = new Parser(tokensOf(text));
  const node = parser.whole();
  return { node, shape: shapeOf(node), values: parser.values };
}

/**
 * What is asked of a term: its text, `term` and (its digits alone) `digits` as patterns of LIKE, `words` as it is, `beginning` as it
 * is where it is one word, else empty.
 */
export type TermForm = 'term' | 'digits' | 'words' | 'beginning';

/** The name of a form of a term among the values. */
export function termName(index: number, form: TermForm): string {
  return `${form}${index}`;
}

type Token =
  | { readonly kind: '(' | ')' | 'AND' | 'OR' | 'NOT' | 'end' }
  | { readonly kind: 'term'; readonly text: string };

const TOKEN = /\s+|[()]|"((?:[^"\\]|\\.)*)"|[^\s()"]+|"/gsu;
const OPERATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', '(', ')']);

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [token, phrase] of text.matchAll(TOKEN)) {
    if (phrase !== undefined) tokens.push({ kind: 'term', text: phraseText(phrase) });
    else if (OPERATORS.has(token)) tokens.push({ kind: token as 'AND' });
    else if (token === '"') throw invalid('a closing quotation mark is missing');
    else if (token.trim() !== '') tokens.push({ kind: 'term', text: token });
  }
  return [...tokens, { kind: 'end' }];
}

function phraseText(phrase: string): string {
  const text = phrase.replace(/\\(.)/gsu, '$1');
  if (text.trim() === '') throw invalid('a phrase is empty');
  return text;
}

class Parser {
  readonly values: Record<string, string> = {};
  readonly #tokens: readonly Token[];
  #at = 0;
  #terms = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): SearchNode {
    const node = this.#or(0);
    if (this.#kind() !== 'end') throw invalid('a parenthesis is closed that was not opened');
    return node;
  }

  #kind(): Token['kind'] {
    return this.#tokens[this.#at]?.kind ?? 'end';
  }

  #or(depth: number): SearchNode {
    const operands = [this.#and(depth)];
    while (this.#kind() === 'OR') {
      this.#at += 1;
      operands.push(this.#and(depth));
    }
    return joined('or', operands);
  }

  #and(depth: number): SearchNode {
    const operands = [this.#operand(depth)];
    for (;;) {
      const kind = this.#kind();
      if (kind === 'AND') this.#at += 1;
      else if (kind !== 'term' && kind !== '(' && kind !== 'NOT') return joined('and', operands);
      operands.push(this.#operand(depth));
    }
  }

  #operand(depth: number): SearchNode {
    if (depth > SEARCH_LIMITS.depth) throw limit('$search depth', SEARCH_LIMITS.depth);
    const token = this.#tokens[this.#at] ?? { kind: 'end' };
    this.#at += 1;
    if (token.kind === 'term') return this.#term(token.text);
    if (token.kind === 'NOT') return { kind: 'not', operand: this.#operand(depth + 1) };
    if (token.kind !== '(')
      throw invalid(token.kind === 'end' ? 'a term is missing' : `a term is missing at ${token.kind}`);
    const node = this.#or(depth + 1);
    if (this.#kind() !== ')') throw invalid('a closing parenthesis is missing');
    this.#at += 1;
    return node;
  }

  #term(text: string): SearchNode {
    const index = this.#terms;
    this.#terms += 1;
    if (this.#terms > SEARCH_LIMITS.terms) throw limit('$search terms', SEARCH_LIMITS.terms);
    this.values[termName(index, 'term')] = containing(text);
    this.values[termName(index, 'words')] = text;
    this.values[termName(index, 'beginning')] = (text.match(WORDS) ?? []).length === 1 ? text : '';
    const digits = digitsOf(text);
    if (digits !== null) this.values[termName(index, 'digits')] = containing(digits);
    const short = (text.match(LETTERS) ?? []).length < FEWEST_LETTERS;
    return { kind: 'term', index, digits: digits !== null, short };
  }
}

function joined(kind: 'and' | 'or', operands: readonly SearchNode[]): SearchNode {
  const [first] = operands;
  return operands.length === 1 && first !== undefined ? first : { kind, operands };
}

/** Pattern of LIKE; what it would take for a wildcard is meant as it stands. */
function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}

const LETTERS = /[\p{L}\p{N}]/gu;
const WORDS = /[\p{L}\p{N}]+/gu;
/** Trigrams are made of as many. */
const FEWEST_LETTERS = 3;

/** Fewer digits with dashes or dots between them are dates and versions rather than telephone numbers. */
const FEWEST_DIGITS = 7;

/** The digits of what looks like a written telephone number, which is stored without its marks; else null. */
function digitsOf(text: string): string | null {
  if (!/^\+?[\d\s().-]+$/.test(text)) return null;
  const digits = text.replaceAll(/\D/g, '');
  return digits === text || digits.length < FEWEST_DIGITS ? null : digits;
}

function shapeOf(node: SearchNode): string {
  if (node.kind === 'term') return node.digits ? 'd' : node.short ? 's' : 't';
  if (node.kind === 'not') return `!${shapeOf(node.operand)}`;
  return `${node.kind}(${node.operands.map(shapeOf).join(' ')})`;
}

function invalid(reason: string): PlatformError {
  return new PlatformError('invalid_option', { name: '$search', reason }, { target: '$search' });
}

function limit(name: string, value: number): PlatformError {
  return new PlatformError('limit_exceeded', { limit: name, value: String(value) }, { target: '$search' });
}
