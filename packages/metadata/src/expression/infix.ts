// The infix operators of the expression language and how tightly each binds. Data only.
import type { ArithmeticOperator, ComparisonOperator } from './types.ts';

export type Infix =
  | { readonly kind: 'compare'; readonly op: ComparisonOperator; readonly precedence: number }
  | { readonly kind: 'arithmetic'; readonly op: ArithmeticOperator; readonly precedence: number }
  | { readonly kind: 'logical'; readonly op: 'and' | 'or'; readonly precedence: number }
  | { readonly kind: 'in'; readonly precedence: number }
  | { readonly kind: 'has'; readonly precedence: number };

/** Infix operators; a higher precedence binds tighter, all associate to the left. */
export const INFIX_OPERATORS: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ['or', { kind: 'logical', op: 'or', precedence: 1 }],
  ['and', { kind: 'logical', op: 'and', precedence: 2 }],
  ['eq', { kind: 'compare', op: 'eq', precedence: 3 }],
  ['ne', { kind: 'compare', op: 'ne', precedence: 3 }],
  ['lt', { kind: 'compare', op: 'lt', precedence: 4 }],
  ['le', { kind: 'compare', op: 'le', precedence: 4 }],
  ['gt', { kind: 'compare', op: 'gt', precedence: 4 }],
  ['ge', { kind: 'compare', op: 'ge', precedence: 4 }],
  ['in', { kind: 'in', precedence: 4 }],
  ['has', { kind: 'has', precedence: 4 }],
  ['add', { kind: 'arithmetic', op: 'add', precedence: 5 }],
  ['sub', { kind: 'arithmetic', op: 'sub', precedence: 5 }],
  ['mul', { kind: 'arithmetic', op: 'mul', precedence: 6 }],
  ['div', { kind: 'arithmetic', op: 'div', precedence: 6 }],
  ['divby', { kind: 'arithmetic', op: 'divby', precedence: 6 }],
  ['mod', { kind: 'arithmetic', op: 'mod', precedence: 6 }],
]);
