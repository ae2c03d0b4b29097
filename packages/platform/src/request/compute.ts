// Grammar of $compute (OData 4.01 Part 2, 5.1.3) and of the transformation compute: `amount mul 2 as doubled,...`. Expressions
// stay texts; names are not resolved here.
import { PlatformError } from '../errors.ts';
import { splitOutside } from './split.ts';

export interface ComputeItem {
  readonly expression: string;
  readonly alias: string;
}

export const COMPUTE_LIMITS = {
  items: 20,
  /** PostgreSQL's names have 63 bytes, and the name stands in front of `@odata.type`. */
  aliasCharacters: 50,
} as const;

const ITEM = /^([\s\S]*\S)\s+as\s+(\S+)$/i;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The items of a compute; `option` is what errors name. Throws invalid_option, limit_exceeded. */
export function parseCompute(text: string, option = '$compute'): readonly ComputeItem[] {
  const items = splitOutside(text, ',', option);
  if (items.length > COMPUTE_LIMITS.items) throw optionLimit(option, 'computed properties', COMPUTE_LIMITS.items);
  return items.map((item) => {
    const [, expression, alias] = ITEM.exec(item.trim()) ?? [];
    if (expression === undefined || alias === undefined)
      throw invalidOption(option, `"${item.trim().slice(0, 60)}" is not written "expression as name"`);
    return { expression, alias: parseAlias(alias, option) };
  });
}

/** The name that a computed value gets. Throws invalid_option, limit_exceeded. */
export function parseAlias(alias: string, option: string): string {
  if (!NAME.test(alias)) throw invalidOption(option, `"${alias.slice(0, 60)}" is not a name`);
  const { aliasCharacters } = COMPUTE_LIMITS;
  if (alias.length > aliasCharacters) throw optionLimit(option, 'characters of a name', aliasCharacters);
  return alias;
}

export function invalidOption(option: string, reason: string): PlatformError {
  return new PlatformError('invalid_option', { name: option, reason }, { target: option });
}

export function optionLimit(option: string, what: string, value: number): PlatformError {
  return new PlatformError('limit_exceeded', { limit: `${option}: ${what}`, value: String(value) }, { target: option });
}
