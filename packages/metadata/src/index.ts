// Public face of the metadata package.
export * from './documents.ts';
export * from './exact-number.ts';
export { type CheckedExpression, type CheckOptions, checkExpression } from './expression/check.ts';
export { DIVISION_SCALE } from './expression/decimal.ts';
export * from './expression/evaluate.ts';
export { EXPRESSION_LIMITS, type ExpressionLimits } from './expression/limits.ts';
export { type ParsedExpression, type ParseOptions, parseExpression } from './expression/parse.ts';
export { childrenOf, printExpression, referencedPaths } from './expression/print.ts';
export * from './expression/shape.ts';
export { WHITE_SPACE } from './expression/text.ts';
export * from './expression/types.ts';
export * from './field-type.ts';
export * from './model.ts';
export * from './storage-shape-types.ts';
