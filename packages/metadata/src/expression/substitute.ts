// Typed expressions put in the place of paths, and the size of what comes out. It checks nothing: what is put in must be of the
// type of the path.
import { EXPRESSION_LIMITS, type ExpressionLimits } from './limits.ts';
import { childrenOf } from './print.ts';
import type { TypedExpression } from './types.ts';

export type TypedPath = Extract<TypedExpression, { kind: 'path' }>;

/** The expression with every path replaced by what `replace` gives for it (the path itself where it stays). */
export function substitutePaths(node: TypedExpression, replace: (path: TypedPath) => TypedExpression): TypedExpression {
  const inside = (child: TypedExpression): TypedExpression => substitutePaths(child, replace);
  switch (node.kind) {
    case 'literal':
    case 'variable':
      return node;
    // A collection is stored: there is nothing to put in its place.
    case 'lambda':
      return { ...node, predicate: node.predicate === null ? null : inside(node.predicate) };
    case 'path':
      return replace(node);
    case 'call':
      return { ...node, args: node.args.map(inside) };
    case 'in':
      return { ...node, operand: inside(node.operand), list: node.list.map(inside) };
    case 'not':
    case 'negate':
    case 'round':
      return { ...node, operand: inside(node.operand) };
    default:
      return { ...node, left: inside(node.left), right: inside(node.right) };
  }
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
