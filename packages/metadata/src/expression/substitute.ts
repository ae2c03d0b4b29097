// Typed expressions put in the place of paths, and the size of what comes out. It checks nothing: what is put in must be of the
// type of the path.
import { EXPRESSION_LIMITS, type ExpressionLimits } from './limits.ts';
import { childrenOf, withChildren } from './traverse.ts';
import type { EvaluationContext, TypedExpression } from './types.ts';

export type TypedPath = Extract<TypedExpression, { kind: 'path' }>;

/** The expression with every path replaced by what `replace` gives for it (the path itself where it stays). */
export function substitutePaths(node: TypedExpression, replace: (path: TypedPath) => TypedExpression): TypedExpression {
  return substitute(node, (part) => (part.kind === 'path' ? replace(part) : null));
}

/** Whom me(), my_teams() and my_business_unit() name. */
export type CallerContext = Pick<EvaluationContext, 'me' | 'myTeams' | 'myBusinessUnit'>;

/** The expression as this user asks it, whoever evaluates it; now() and today() stay. */
export function fixContext(node: TypedExpression, context: CallerContext): TypedExpression {
  const guid = (value: string): TypedExpression => ({ kind: 'literal', type: 'guid', value, index: null });
  return substitute(node, (part) => {
    if (part.kind === 'call' && part.name === 'me') return guid(context.me);
    if (part.kind === 'call' && part.name === 'my_business_unit') return guid(context.myBusinessUnit);
    if (part.kind !== 'in' || !part.list.some((item) => item.kind === 'call' && item.name === 'my_teams')) return null;
    // Of no teams nothing is one, a null neither.
    if (context.myTeams.length === 0) return { kind: 'literal', type: 'boolean', value: false, index: null };
    return { ...part, operand: fixContext(part.operand, context), list: context.myTeams.map(guid) };
  });
}

/** The expression with what `replace` gives in the place of a part; null: the part stays, and is looked into. */
function substitute(
  node: TypedExpression,
  replace: (part: TypedExpression) => TypedExpression | null,
): TypedExpression {
  const replaced = replace(node);
  if (replaced !== null) return replaced;
  return withChildren(node, (child) => substitute(child, replace));
}

/** The limit that an expression exceeds, if any: one that was put together can be larger than any text. */
export function exceededLimit(expression: TypedExpression): keyof ExpressionLimits | undefined {
  const { nodes, depth, arithmetic_operators: arithmetic } = EXPRESSION_LIMITS;
  const sizes = { nodes: 0, arithmetic: 0, depth: 0 };
  const visit = (node: TypedExpression, level: number): void => {
    sizes.nodes += 1;
    sizes.depth = Math.max(sizes.depth, level);
    if (ARITHMETIC.has(node.kind)) sizes.arithmetic += 1;
    const inside = SIDE_BY_SIDE.has(node.kind) ? level : level + 1;
    if (sizes.nodes <= nodes) for (const child of childrenOf(node)) visit(child, inside);
  };
  visit(expression, 1);
  if (sizes.nodes > nodes) return 'nodes';
  if (sizes.arithmetic > arithmetic) return 'arithmetic_operators';
  return sizes.depth > depth + 1 ? 'depth' : undefined;
}

/** Operators that stand beside their operands in a text, where only brackets make it deeper; their own number is limited. */
const SIDE_BY_SIDE: ReadonlySet<TypedExpression['kind']> = new Set(['logical', 'compare', 'arithmetic', 'round']);

const ARITHMETIC: ReadonlySet<TypedExpression['kind']> = new Set(['arithmetic', 'negate', 'round']);
