// The functions of the expression language in SQL, equal to those of the JavaScript evaluator. No request text gets here.
import { CASE_MAPS, type TypedExpression, WHITE_SPACE } from '@kartoteka/metadata';
import { TIME_CALLS } from './expression-time.ts';
import { isNullable } from './expression-types.ts';
import { named } from './named-value.ts';
import { quoteLiteral } from './statement.ts';

/** Prints an argument's exact value as a PostgreSQL type. */
export type PrintAs = (node: TypedExpression, sqlType: string) => string;
export interface CallEnvironment {
  readonly print: PrintAs;
  /** Placeholder of the name of the organization's time zone. */
  readonly timeZone: () => string;
}
type Call = (args: readonly TypedExpression[], print: PrintAs, environment: CallEnvironment) => string;

export function argumentAt(args: readonly TypedExpression[], index: number): TypedExpression {
  const argument = args[index];
  if (argument === undefined) throw new Error('An argument is missing');
  return argument;
}

/** The argument as text with an explicit collation, so that columns of different collations can meet in one function. */
function textArgument(args: readonly TypedExpression[], index: number, print: PrintAs): string {
  return `(${print(argumentAt(args, index), 'text')} collate "C")`;
}

const TRIMMED = quoteLiteral(WHITE_SPACE);

/** The functions by name; arguments are as the checker has passed them. Context functions are not among them. */
export const CALLS: Readonly<Record<string, Call>> = {
  contains: (args, print) => `(strpos(${textArgument(args, 0, print)}, ${textArgument(args, 1, print)}) > 0)`,
  startswith: (args, print) => `starts_with(${textArgument(args, 0, print)}, ${textArgument(args, 1, print)})`,
  endswith: (args, print) => {
    const suffix = textArgument(args, 1, print);
    return `(right(${textArgument(args, 0, print)}, char_length(${suffix})) = ${suffix})`;
  },
  tolower: (args, print) => changeCase('lower', args, print),
  toupper: (args, print) => changeCase('upper', args, print),
  trim: (args, print) => `btrim(${textArgument(args, 0, print)}, ${TRIMMED})`,
  length: (args, print) => `char_length(${textArgument(args, 0, print)})::bigint`,
  indexof: (args, print) => `(strpos(${textArgument(args, 0, print)}, ${textArgument(args, 1, print)}) - 1)::bigint`,
  concat: (args, print) => `(${textArgument(args, 0, print)} || ${textArgument(args, 1, print)})`,
  substring: (args, print) => {
    const text = textArgument(args, 0, print);
    const [, start, length] = args;
    if (start === undefined) throw new Error('An argument is missing');
    const most = length === undefined ? '' : `, ${count(length, print)}`;
    return named(start, print, 'bigint', (at) => `substr(right(${text}, ${fromEnd(at)}), ${fromStart(at)}${most})`);
  },
  ...TIME_CALLS,
  round: (args, print) => `round(${print(argumentAt(args, 0), 'numeric')})`,
  floor: (args, print) => `floor(${print(argumentAt(args, 0), 'numeric')})`,
  ceiling: (args, print) => `ceiling(${print(argumentAt(args, 0), 'numeric')})`,
};

/**
 * By ICU's root locale. The server's ICU may be older than the newest case pairs: text that has one of them is mapped by
 * translate() first, which is too slow to do for every text.
 */
function changeCase(name: 'lower' | 'upper', args: readonly TypedExpression[], print: PrintAs): string {
  const { sqlClass, from, to } = CASE_MAPS[name];
  return named(argumentAt(args, 0), print, 'text', (text) => {
    const mapped = `translate(${text}, ${quoteLiteral(from)}, ${quoteLiteral(to)})`;
    const newer = `${text} collate "C" ~ ${quoteLiteral(`[${sqlClass}]`)}`;
    return `(${name}((case when ${newer} then ${mapped} else ${text} end) collate "und-x-icu") collate "C")`;
  });
}

/** More characters than a text can have, with room for adding two of them in an int4. */
const MOST_CHARACTERS = 1_000_000_000;

/** A start below zero is that many characters before the end (OData 4.01 Part 2, 5.1.1.5.7): the rest is cut from there. */
function fromEnd(start: string): string {
  return `case when ${start} < 0 then - greatest(${start}, -${MOST_CHARACTERS}) else ${MOST_CHARACTERS} end::int4`;
}

/** Of what is left then, the place that substr begins at, which it counts from 1. */
function fromStart(start: string): string {
  return `case when ${start} < 0 then 1 when ${start} is not null then least(${start}, ${MOST_CHARACTERS}) + 1 end::int4`;
}

/** A number of characters as int4 within 0 and MOST_CHARACTERS; null stays null, which greatest and least would lose. */
function count(node: TypedExpression, print: PrintAs): string {
  const clamp = (sql: string) => `least(greatest(${sql}, 0), ${MOST_CHARACTERS})::int4`;
  if (!isNullable(node)) return clamp(print(node, 'bigint'));
  return named(node, print, 'bigint', (sql) => `case when ${sql} is not null then ${clamp(sql)} end`);
}
