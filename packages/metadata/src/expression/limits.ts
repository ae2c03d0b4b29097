// Bounds of an expression's size, so that neither parsing nor evaluating one can exhaust a process.
import type { ExpressionError } from './types.ts';

export interface ExpressionLimits {
  /** UTF-16 units of the text. */
  readonly length: number;
  /** Nesting of parentheses, calls, lists and unary operators. */
  readonly depth: number;
  /** Nodes of the parsed tree, items of lists included. */
  readonly nodes: number;
  /** Items of one `in` list. */
  readonly list_items: number;
  /** Arithmetic operators: each can add its operand's digits to the result. */
  readonly arithmetic_operators: number;
  /** `any`, `all` and `$count` of collections: each can be a subquery for every record. */
  readonly lambdas: number;
  /** Nesting of those. */
  readonly lambda_depth: number;
}

export const EXPRESSION_LIMITS: ExpressionLimits = {
  length: 16_384,
  depth: 100,
  nodes: 1_000,
  list_items: 500,
  arithmetic_operators: 100,
  lambdas: 20,
  lambda_depth: 5,
};

/** The error that names a limit and its value. */
export function limitError(
  limit: keyof ExpressionLimits,
  at: number,
  limits: ExpressionLimits = EXPRESSION_LIMITS,
): ExpressionError {
  const value = String(limits[limit]);
  const message = `The expression exceeds the limit ${limit} (${value})`;
  return { code: 'limit_exceeded', at, message, values: { limit, value } };
}
