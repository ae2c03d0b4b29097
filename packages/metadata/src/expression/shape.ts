// The shape of a filter text: the text with every literal replaced by its kind. Requests of one shape share a plan.
// It must agree with the parser: equal shapes parse to equal nodes except literal values.
import { Lexer } from './lexer.ts';
import { EXPRESSION_LIMITS, limitError } from './limits.ts';
import { canonicalDuration, isGuid } from './literals.ts';
import type { ExpressionError, ExpressionType } from './types.ts';

/** `?` can stand in no valid expression outside a string, so a marker cannot be confused with text. */
const MARKERS: Partial<Record<ExpressionType, string>> = {
  string: '?s',
  integer: '?i',
  decimal: '?d',
  date: '?a',
  datetime: '?t',
  guid: '?g',
  duration: '?p',
  time: '?c',
};

export type ExpressionShape =
  | { readonly ok: true; readonly shape: string; readonly literals: readonly string[] }
  | { readonly ok: false; readonly error: ExpressionError };

/**
 * Shape and canonical literal values of an expression text; `literals[n]` is the value of the literal with index n.
 * A string that is a GUID or a duration has a marker of its own, because the checker lets it stand for one. Only tokens are checked:
 * a shape does not mean that the text parses.
 */
export function shapeOfExpression(text: string): ExpressionShape {
  if (text.length > EXPRESSION_LIMITS.length) return { ok: false, error: limitError('length', 0) };
  const lexer = new Lexer(text);
  const literals: string[] = [];
  let shape = '';
  let copied = 0;
  for (let kind = lexer.next(); kind !== 'end'; kind = lexer.next()) {
    if (kind === 'error') break;
    if (kind !== 'literal' || typeof lexer.value !== 'string') continue;
    literals.push(lexer.value);
    shape += text.slice(copied, lexer.start) + markerOf(lexer, lexer.value);
    copied = lexer.end;
  }
  if (lexer.error !== undefined) return { ok: false, error: lexer.error };
  return { ok: true, shape: shape + text.slice(copied), literals };
}

function markerOf({ type, negative }: Lexer, value: string): string | undefined {
  if (type === 'duration' && negative) return '?n';
  if (type !== 'string') return MARKERS[type];
  if (isGuid(value)) return '?u';
  return value.startsWith('P') && canonicalDuration(value) !== undefined ? '?q' : '?s';
}
