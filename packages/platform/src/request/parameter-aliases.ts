// Parameter aliases (OData 4.01 Part 2, 5.3): `$filter=amount gt @min&@min=100`. What an alias stands for is put in its place
// before anything else looks at the text, so that no later stage knows of them.
import { parseExpression, printExpression } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { QueryOptions } from './query-options.ts';

/** Options in which expressions stand. */
const EXPRESSIONS = ['filter', 'orderby', 'expand', 'compute', 'apply'] as const satisfies (keyof QueryOptions)[];

const NAME = /^@[A-Za-z_]\w*$/;
/** A name that is no annotation (`@Measures.Unit`) and no part of a path. */
const MENTION = /(?<![\w/@.])@[A-Za-z_]\w*(?![\w.])/y;

/**
 * Puts the values of the aliases (name with @ -> text) in their places; one that has no value is null (5.3). `longest`: UTF-16 units
 * that an option may have then. Throws invalid_option for a value that is no expression, and for one that nothing names; limit_exceeded.
 */
export function replaceAliases(options: QueryOptions, aliases: ReadonlyMap<string, string>, longest: number): void {
  const values = new Map([...aliases].map(([name, text]) => [name, textOfValue(name, text)]));
  const used = new Set<string>();
  for (const option of EXPRESSIONS) {
    const text = options[option];
    if (text?.includes('@')) options[option] = replaceMentions(text, values, used, { option: `$${option}`, longest });
  }
  const idle = [...aliases.keys()].find((name) => !used.has(name));
  if (idle !== undefined) throw invalid(idle, 'nothing in the query names it');
}

/** The value as text that can stand anywhere in an expression. */
export function textOfValue(name: string, text: string): string {
  if (!NAME.test(name)) throw invalid(name, 'an alias is named @ and letters, digits or underscores');
  const parsed = parseExpression(text);
  if (parsed.ok) {
    const printed = printExpression(parsed.expression);
    return parsed.expression.kind === 'literal' || parsed.expression.kind === 'path' ? printed : `(${printed})`;
  }
  // A list stands on the right of `in` only, and is no expression of its own.
  const list = parseExpression(`null in ${text}`);
  if (list.ok && list.expression.kind === 'in') return printExpression(list.expression).slice('null in '.length);
  const [first] = parsed.errors;
  if (first?.code === 'not_supported')
    throw new PlatformError('not_supported', { what: first.values?.what ?? first.message }, { target: name });
  throw invalid(name, first?.message ?? 'it is no expression');
}

/** The text with what `values` has for each alias, or null, in its place; the names that it mentions outside of quotes are added to `used`. */
export function replaceMentions(
  text: string,
  values: ReadonlyMap<string, string>,
  used: Set<string>,
  { option, longest }: { readonly option: string; readonly longest: number },
): string {
  let [result, copied, at] = ['', 0, 0];
  while (at < text.length) {
    const char = text[at];
    if (char === "'" || char === '"') {
      const close = text.indexOf(char, at + 1);
      at = close < 0 ? text.length : close + 1;
      continue;
    }
    MENTION.lastIndex = at;
    const name = char === '@' ? MENTION.exec(text)?.[0] : undefined;
    if (name === undefined) {
      at += 1;
      continue;
    }
    used.add(name);
    result += text.slice(copied, at) + (values.get(name) ?? 'null');
    at += name.length;
    copied = at;
    if (result.length > longest)
      throw new PlatformError(
        'limit_exceeded',
        { limit: `length of ${option} with its aliases`, value: String(longest) },
        { target: option },
      );
  }
  return result + text.slice(copied);
}

function invalid(name: string, reason: string): PlatformError {
  return new PlatformError('invalid_option', { name, reason }, { target: name });
}
