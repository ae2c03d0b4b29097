// What it costs to parse and check a filter, per character, as it grows up to the limits of the language: the cost must not grow
// with the length. Needs no database and no server.
import { performance } from 'node:perf_hooks';
import {
  checkExpression,
  EXPRESSION_LIMITS,
  parseExpression,
  type Scope,
  shapeOfExpression,
} from '@kartoteka/metadata';

const OPERATORS = new Set('eq ne lt le gt ge in add sub contains concat tolower year'.split(' '));
const TYPES = { name: 'string', age: 'integer', active: 'boolean', moment: 'datetime' } as const;

const scope: Scope = {
  resolve(segments) {
    const property = segments.at(-1) ?? '';
    const type = TYPES[property as keyof typeof TYPES];
    return type && { navigations: segments.slice(0, -1), property, type, nullable: true, operators: OPERATORS };
  },
  records: (segments) => ({ navigations: segments.slice(0, -1), navigation: segments.at(-1) ?? '', target: scope }),
};

/** Shapes of filters, each of about a given number of characters, as far as the limit of what it is made of allows. */
const FILTERS: Readonly<Record<string, (characters: number) => string>> = {
  'a long text': (n) => `name eq '${'x'.repeat(n - 10)}'`,
  'quotes in a text': (n) => `name eq '${"''".repeat((n - 10) / 2)}'`,
  'a chain of or': (n) => `active${' or active'.repeat(Math.min(n / 10, EXPRESSION_LIMITS.nodes / 2 - 1))}`,
  'a chain of comparisons': (n) => `age eq 1${" or name ne 'abcdefghijklmnop'".repeat(Math.min(n / 30, 249))}`,
  'a list': (n) =>
    `name in (${Array(Math.min(Math.ceil(n / 30), EXPRESSION_LIMITS.list_items))
      .fill(`'${'y'.repeat(27)}'`)
      .join()})`,
  parentheses: (n) => nested(n / 2, (inner) => `(${inner})`, 'active'),
  functions: (n) => `${nested(n / 9, (inner) => `tolower(${inner})`, 'name')} eq 'a'`,
  arithmetic: (n) => `age${' add 1'.repeat(Math.min(n / 6, EXPRESSION_LIMITS.arithmetic_operators))} gt 1`,
  'white space': (n) => `active${' '.repeat(n - 15)}or active`,
  'what is refused at its end': (n) => `name eq '${'x'.repeat(n - 10)}`,
  'many related records': (n) =>
    Array(Math.min(Math.ceil(n / 40), EXPRESSION_LIMITS.lambdas))
      .fill("c/any(x:x/name eq 'aaaaaaaaaaaaaaaaa')")
      .join(' or '),
};

function nested(depth: number, wrap: (inner: string) => string, inside: string): string {
  let text = inside;
  for (let level = 0; level < Math.min(depth, EXPRESSION_LIMITS.depth - 2); level++) text = wrap(text);
  return text;
}

const SIZES = [64, 256, 1_024, 4_096, EXPRESSION_LIMITS.length] as const;
const MILLISECONDS = 60;

function once(text: string): void {
  shapeOfExpression(text);
  const parsed = parseExpression(text);
  if (parsed.ok) checkExpression(parsed.expression, scope, { expects: 'boolean' });
}

/** Nanoseconds per character: the least of five measurements, so that pauses of the process do not count. */
function cost(text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let measurement = 0; measurement < 5; measurement++) {
    const start = performance.now();
    let runs = 0;
    let spent = 0;
    while (spent < MILLISECONDS / 5) {
      once(text);
      runs += 1;
      spent = performance.now() - start;
    }
    least = Math.min(least, (spent * 1e6) / runs / text.length);
  }
  return least;
}

/** Prints nanoseconds per character for growing filters of every shape, each up to the limit that it meets first. */
export function measureParsing(): void {
  console.log(`parse: nanoseconds per character (shape, parse and check), by the characters of the filter`);
  for (const [name, filter] of Object.entries(FILTERS)) {
    const texts = new Map(SIZES.map((size) => [filter(size).length, filter(size)]));
    for (const text of texts.values()) cost(text);
    const figures = [...texts].map(([length, text]) => `${length}: ${cost(text).toFixed(1)}`);
    console.log(`  ${name.padEnd(28)} ${figures.join('   ')}`);
  }
}
