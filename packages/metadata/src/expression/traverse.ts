// Walking typed nodes: what stands below a node, and a node with other nodes below it. It knows no meaning.
import type { TypedExpression } from './types.ts';

/** Nodes directly below a node, in order of appearance. A collection of records is no node. */
export function childrenOf(node: TypedExpression): readonly TypedExpression[] {
  switch (node.kind) {
    case 'literal':
    case 'path':
    case 'variable':
      return [];
    case 'lambda':
      return node.predicate === null ? [node.collection] : [node.collection, node.predicate];
    case 'records_lambda':
    case 'records_count':
      return node.predicate === null ? [] : [node.predicate];
    case 'count':
      return [node.collection];
    case 'member':
      return [node.operand, node.collection];
    case 'has':
      return [node.collection, node.values];
    case 'case':
      return node.branches.flatMap(({ when, value }) => [when, value]);
    case 'call':
      return node.args;
    case 'in':
      return [node.operand, ...node.list];
    case 'not':
    case 'negate':
    case 'round':
      return [node.operand];
    default:
      return [node.left, node.right];
  }
}

/** The node with what `inside` gives for each node below it. A collection is stored: nothing takes its place. */
export function withChildren(
  node: TypedExpression,
  inside: (child: TypedExpression) => TypedExpression,
): TypedExpression {
  switch (node.kind) {
    case 'literal':
    case 'variable':
    case 'path':
    case 'count':
    case 'has':
      return node;
    case 'lambda':
    case 'records_lambda':
    case 'records_count':
      return { ...node, predicate: node.predicate === null ? null : inside(node.predicate) };
    case 'member':
      return { ...node, operand: inside(node.operand) };
    case 'case':
      return {
        ...node,
        branches: node.branches.map(({ when, value }) => ({ when: inside(when), value: inside(value) })),
      };
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
