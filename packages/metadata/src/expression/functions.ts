// The functions of the expression language: argument and result types, and the names OData knows that are still to come.
// Data only; the evaluator and the SQL printer each hold their own table over these names.
import type { ExpressionType } from './types.ts';

export interface FunctionSignature {
  readonly parameters: readonly ExpressionType[];
  /** How many of the last parameters may be left out. */
  readonly optional: number;
  readonly result: ExpressionType;
}

/** Every function an expression may call, by lower-case name. `my_teams` stands only on the right of `in`. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map<string, FunctionSignature>([
  ['contains', { parameters: ['string', 'string'], optional: 0, result: 'boolean' }],
  ['startswith', { parameters: ['string', 'string'], optional: 0, result: 'boolean' }],
  ['endswith', { parameters: ['string', 'string'], optional: 0, result: 'boolean' }],
  ['tolower', { parameters: ['string'], optional: 0, result: 'string' }],
  ['toupper', { parameters: ['string'], optional: 0, result: 'string' }],
  ['trim', { parameters: ['string'], optional: 0, result: 'string' }],
  ['length', { parameters: ['string'], optional: 0, result: 'integer' }],
  ['indexof', { parameters: ['string', 'string'], optional: 0, result: 'integer' }],
  ['substring', { parameters: ['string', 'integer', 'integer'], optional: 1, result: 'string' }],
  ['concat', { parameters: ['string', 'string'], optional: 0, result: 'string' }],
  ['me', { parameters: [], optional: 0, result: 'guid' }],
  ['my_teams', { parameters: [], optional: 0, result: 'guid' }],
  ['my_business_unit', { parameters: [], optional: 0, result: 'guid' }],
  ['now', { parameters: [], optional: 0, result: 'datetime' }],
  ['today', { parameters: [], optional: 0, result: 'date' }],
]);

/** Functions of OData 4.01 that are understood as such and refused as not supported yet. */
export const FUNCTIONS_TO_COME: ReadonlySet<string> = new Set([
  ...['year', 'month', 'day', 'hour', 'minute', 'second', 'fractionalseconds', 'date', 'time', 'totaloffsetminutes'],
  ...['mindatetime', 'maxdatetime', 'totalseconds', 'round', 'floor', 'ceiling', 'cast', 'isof', 'case'],
  ...['matchespattern', 'hassubset', 'hassubsequence', 'geo.distance', 'geo.length', 'geo.intersects'],
]);
