// Nodes to canonical text, and the paths an expression names. The text parses and checks back to the same nodes.
import { INFIX_OPERATORS } from './parse.ts';
import type { Expression, TypedExpression } from './types.ts';

type Node = Expression | TypedExpression;
const UNARY = 7;

/** Canonical text: lower-case operators, single spaces, no parentheses that are not needed, canonical literals. */
export function printExpression(node: Node): string {
  switch (node.kind) {
    case 'literal':
      if (node.type === 'duration') return `duration'${String(node.value)}'`;
      return node.type === 'string' ? `'${String(node.value).replaceAll("'", "''")}'` : String(node.value);
    case 'variable':
      return node.name;
    case 'lambda':
      return printLambda(node);
    case 'path':
      return 'segments' in node ? node.segments.join('/') : [...node.navigations, node.property].join('/');
    case 'call':
      return `${node.name}(${node.args.map(printExpression).join(',')})`;
    case 'not':
      return `not ${printOperand(node.operand, UNARY)}`;
    case 'negate':
      return `- ${printOperand(node.operand, UNARY)}`;
    case 'round':
      return `round(${printExpression(node.operand)},${node.scale})`;
    case 'in':
      return `${printOperand(node.operand, precedenceOf(node))} in ${printList(node.list)}`;
    default: {
      const precedence = precedenceOf(node);
      return `${printOperand(node.left, precedence)} ${node.op} ${printOperand(node.right, precedence + 1)}`;
    }
  }
}

function printLambda(node: Extract<Node, { kind: 'lambda' }>): string {
  const path = 'path' in node ? node.path.join('/') : printExpression(node.collection);
  const predicate = node.predicate === null ? '' : `${node.variable}:${printExpression(node.predicate)}`;
  return `${path}/${node.op}(${predicate})`;
}

function printList(list: readonly Node[]): string {
  const [only] = list;
  if (list.length === 1 && only?.kind === 'call' && only.name === 'my_teams') return 'my_teams()';
  return `(${list.map(printExpression).join(',')})`;
}

function printOperand(node: Node, precedence: number): string {
  const text = printExpression(node);
  return precedenceOf(node) < precedence ? `(${text})` : text;
}

function precedenceOf(node: Node): number {
  if (node.kind === 'in') return INFIX_OPERATORS.get('in')?.precedence ?? 0;
  if (node.kind === 'compare' || node.kind === 'arithmetic' || node.kind === 'logical') {
    return INFIX_OPERATORS.get(node.op)?.precedence ?? 0;
  }
  return UNARY;
}

type Path = Extract<TypedExpression, { kind: 'path' }>;

/** Every path an expression names, each once, in order of appearance. */
export function referencedPaths(expression: TypedExpression): readonly Path[] {
  const paths = new Map<string, Path>();
  const visit = (node: TypedExpression): void => {
    if (node.kind === 'path') paths.set(printExpression(node), paths.get(printExpression(node)) ?? node);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression);
  return [...paths.values()];
}

/** Nodes directly below a node, in order of appearance. */
export function childrenOf(node: TypedExpression): readonly TypedExpression[] {
  switch (node.kind) {
    case 'literal':
    case 'path':
    case 'variable':
      return [];
    case 'lambda':
      return node.predicate === null ? [node.collection] : [node.collection, node.predicate];
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
